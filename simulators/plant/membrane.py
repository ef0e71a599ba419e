"""Ceramic membrane filter and the water chemistry of its pool.

Filter: J = TMP / (mu(T) (Rm + Rc)), dRc/dt = k c J; backwash when the pressure or the interval says so, or when asked.
Flux 300 l/m²h and a clean TMP of 0.08 bar at nominal flow (engineering estimates inside the usual bands). Chemistry:
chlorine is dosed by a P-controller, eaten by bathers, light and combined chlorine; UV breaks combined chlorine down; pH
rises with hypochlorite and aeration and acid brings it back; redox follows free chlorine and pH.
"""

from math import exp, log10
from typing import Final, NamedTuple

from simulators.plant.setpoints import FilterSetpoints

CLEAN_PERMEABILITY: Final = 3750.0  # l/m²h·bar at 20 °C
PH_SP: Final = 7.3
FILTERING, SCOURING, FLUSHING, SETTLING = 0, 1, 2, 3
PHASE_S: Final = {SCOURING: 30.0, FLUSHING: 45.0, SETTLING: 60.0}


class FilterPlan(NamedTuple):
    """One filter: m³/h at 100 %, m² of membrane, pump head [bar], m³ in pool and backwash, kW of UV and rest."""

    flow: float
    area_m2: float
    head_bar: float
    pool_m3: float
    backwash_m3: float
    uv_kw: float
    rest_kw: float
    cl_sp: float


MAIN = FilterPlan(270.0, 900.0, 0.75, 1050.0, 0.9, 1.6, 0.8, 0.75)
THERAPY = FilterPlan(120.0, 400.0, 0.70, 200.0, 0.45, 0.9, 0.5, 1.05)


class Filter(NamedTuple):
    """Fouling (share of the clean resistance), backwash phase and seconds left in it, chemistry and flows now."""

    fouling: float
    phase: int
    phase_left_s: float
    since_h: float
    flow: float
    pump_kw: float
    plant_kw: float
    tmp_bar: float
    permeability: float
    washed_m3: float
    wash_flow: float
    cl_free: float
    cl_combined: float
    ph: float
    turbidity_in: float
    turbidity: float
    cl_dosing: float
    acid_dosing: float
    washes: float
    volume_m3: float
    run_h: float


def viscosity_ratio(t: float) -> float:
    """Viscosity of water at t [°C] over that at 20 °C (Vogel form)."""
    return exp(578.919 / (t + 135.5) - 578.919 / 155.5)


def redox_mv(cl_free: float, ph: float) -> float:
    """Redox potential [mV] of pool water: 750 at 0.6 mg/l and pH 7.2 (engineering estimate)."""
    return 750.0 + 62.0 * log10(max(cl_free, 0.02) / 0.6) - 60.0 * (ph - 7.2)


def _phase(f: Filter, sp: FilterSetpoints, dt_s: float) -> tuple[int, float, float, bool]:
    """Phase after the step, seconds left in it, seconds of flushing within the step, whether a wash was completed."""
    if f.phase == FILTERING:
        due = f.tmp_bar >= sp.tmp_start_sp or f.since_h >= sp.interval_sp or sp.backwash_request >= 0.5
        if not due:
            return FILTERING, 0.0, 0.0, False
        phase, left = SCOURING, PHASE_S[SCOURING]
    else:
        phase, left = f.phase, f.phase_left_s
    rest, flushed = dt_s, 0.0
    while rest > 0.0 and phase != FILTERING:
        spent = min(rest, left)
        rest, left = rest - spent, left - spent
        flushed += spent if phase == FLUSHING else 0.0
        if left <= 0.0:
            phase = (phase + 1) % 4
            left = PHASE_S.get(phase, 0.0)
    return phase, left, flushed, phase == FILTERING


def advance(
    f: Filter, plan: FilterPlan, sp: FilterSetpoints, water_t: float, bathers: float, night: bool, dt_s: float
) -> Filter:
    """One step of filter and chemistry; at night the pump runs at 60 % of its setpoint."""
    dt_h = dt_s / 3600.0
    phase, left, flushed_s, done = _phase(f, sp, dt_s)
    share = sp.flow_sp / 100.0 * (0.6 if night else 1.0)
    flow = plan.flow * share if phase == FILTERING else 0.0
    flux = 1000.0 * flow / plan.area_m2
    permeability = CLEAN_PERMEABILITY / (1.0 + f.fouling)
    tmp = flux * viscosity_ratio(water_t) / permeability
    load = 0.12 + 0.011 * bathers * 1000.0 / plan.pool_m3
    fouling = 0.0 if done else f.fouling + 0.00042 * flux * load * dt_h
    washed = plan.backwash_m3 * flushed_s / PHASE_S[FLUSHING]
    pump = flow / 3600.0 * (plan.head_bar * share * share + tmp) * 100.0 / 0.62
    washing = phase != FILTERING
    chemistry = _chemistry(f, plan, bathers, dt_h)
    cl_free, cl_combined, ph, cl_dosing, acid_dosing = chemistry
    raw = f.turbidity_in + ((0.10 + 0.9 * load) - f.turbidity_in) * min(1.0, dt_h / 2.0)
    return Filter(
        fouling=fouling, phase=phase, phase_left_s=left, since_h=0.0 if done else f.since_h + dt_h,
        flow=flow, pump_kw=pump, plant_kw=plan.uv_kw + plan.rest_kw + (4.0 if washing or done else 0.0),
        tmp_bar=tmp, permeability=permeability, washed_m3=washed, wash_flow=3600.0 * washed / dt_s,
        cl_free=cl_free, cl_combined=cl_combined, ph=ph,
        turbidity_in=raw, turbidity=0.06 + 0.12 * raw,
        cl_dosing=cl_dosing, acid_dosing=acid_dosing,
        washes=f.washes + (1.0 if done else 0.0), volume_m3=f.volume_m3 + washed,
        run_h=f.run_h + (0.0 if washing else dt_h),
    )  # fmt: skip


def _chemistry(f: Filter, plan: FilterPlan, bathers: float, dt_h: float) -> tuple[float, float, float, float, float]:
    """Free and combined chlorine [mg/l], pH, chlorine and acid dosing [%] after the step."""
    dosing = min(1.0, max(0.0, (plan.cl_sp + 0.08 - f.cl_free) / 0.25))
    eaten = 0.05 * f.cl_free + 1.6 * bathers / plan.pool_m3 * f.cl_free
    cl_free = f.cl_free + (0.9 * dosing - eaten) * dt_h
    formed = 0.75 * bathers / plan.pool_m3 * f.cl_free
    cl_combined = f.cl_combined + (0.008 + formed - 0.16 * f.cl_combined) * dt_h
    acid = min(1.0, max(0.0, (f.ph - PH_SP) / 0.2))
    ph = f.ph + (0.012 + 0.10 * dosing - 0.35 * acid) * dt_h
    return max(0.0, cl_free), max(0.0, cl_combined), ph, 100.0 * dosing, 100.0 * acid
