"""Ceramic membrane filter and its PLC.

J = TMP / (mu(T) (Rm + Rc + Ri)), in shares of the clean resistance Rm: cake Rc and pores Ri grow by k c J, c the
turbidity of the pool's water; a fraction goes into the pores. A backwash takes 97 % of the cake, chemical cleaning 90 %
of what stands in the pores. Flux 300 l/m²h, a clean TMP of 0.08 bar, start at 0.15-0.5, never above 0.7, washes of 0.9
and 0.45 m³ in 45 s after 30 s of air: engineering estimates inside the usual bands (150-600 l/m²h, 0.05-0.15 bar,
0.25-0.4, 0.6-0.8; 0.3-1 m³ in 30-60 s every 2-24 h). k makes a busy day without a wash double the resistance, the pores
about three cleanings a year (usual: 1-4).
The PLC washes by pressure, interval or request if the balance tank holds enough, cleans chemically at night when
washing no longer brings back the permeability, and stops its pump over a dry tank. Dead-end: what comes in leaves as
permeate; washing water is the pool's own and leaves it.
"""

from math import exp, sqrt
from typing import Final, NamedTuple

from simulators.plant.record import record
from simulators.plant.setpoints import FilterSetpoints

CLEAN_PERMEABILITY: Final = 3750.0  # l/m²h·bar at 20 °C
FILTERING, SCOURING, FLUSHING, SETTLING, DOSING, SOAKING, RINSING = range(7)
PHASE_S: Final = (0.0, 30.0, 45.0, 60.0, 300.0, 1800.0, 180.0)
_NEXT: Final = (FILTERING, FLUSHING, SETTLING, FILTERING, SOAKING, RINSING, FILTERING)
RINSE_WASHES: Final = 2.0  # water of a rinse after cleaning, in backwashes
BLOWER_KW, WASH_PUMP_KW = 5.5, 4.0
CAKE_PER_FTU: Final = 0.00075  # share of Rm for each l/m²h, FTU and hour
PORE_SHARE: Final = 0.003
CAKE_LEFT, PORES_LEFT = 0.03, 0.1
CLEAN_AT: Final = 0.3
TRIP_BAR: Final = 0.7
NIGHT_FLOW: Final = 0.6
WASH_LEVEL, DRY_LEVEL = 20.0, 5.0
STUCK_H: Final = 1.0
PUMP_EFFICIENCY: Final = 0.62


class FilterPlan(NamedTuple):
    """One filter: m³/h at 100 %, m² of membrane, pump head [bar], m³ of a backwash, kW of UV and rest."""

    flow: float
    area_m2: float
    head_bar: float
    backwash_m3: float
    uv_kw: float
    rest_kw: float


MAIN = FilterPlan(270.0, 900.0, 0.75, 0.9, 1.6, 0.8)
THERAPY = FilterPlan(120.0, 400.0, 0.70, 0.45, 0.9, 0.5)


class Filter(NamedTuple):
    """Fouling (shares of the clean resistance), phase and seconds left in it, means of the last step, counters.

    running is the share of the step in which it filtered; flow, powers and wash_flow are means, tmp_bar is the end's.
    """

    cake: float
    pores: float
    phase: int
    phase_left_s: float
    since_h: float
    running: float
    flow: float
    pump_kw: float
    plant_kw: float
    tmp_bar: float
    permeability: float
    washed_m3: float
    wash_flow: float
    washes: float
    cleanings: float
    volume_m3: float
    run_h: float


class Sequence(NamedTuple):
    """What a step made of the phases: the one it ends in, seconds left in it and seconds spent off the filtering."""

    phase: int
    left_s: float
    off_s: float
    scoured_s: float
    flushed_s: float
    rinsed_s: float
    washed: bool
    cleaned: bool


_FILTERS: Final = Sequence(FILTERING, 0.0, 0.0, 0.0, 0.0, 0.0, False, False)


class Pooled(NamedTuple):
    """What the filter meets: its pool's water (°C, FTU, % in the tank), whether the hall is closed, and its faults."""

    water_t: float
    turbidity: float
    level_pct: float
    night: bool
    fouling: float
    stuck: bool


# One of these, or its fields alone.
AnyPooled = tuple[float, float, float, bool, float, bool]


def viscosity_ratio(t: float) -> float:
    """Viscosity of water at t [°C] over that at 20 °C (Vogel form)."""
    return exp(578.919 / (t + 135.5) - 578.919 / 155.5)


def due(f: Filter, sp: FilterSetpoints, at: AnyPooled) -> int:
    """Phase that the PLC starts from filtering: a wash, a chemical cleaning, or none; nothing over a low tank."""
    _, _, level_pct, night, _, stuck = at
    if level_pct < WASH_LEVEL:
        return FILTERING
    _, interval_h, tmp_start, request = sp
    wash = f.since_h >= interval_h or f.tmp_bar >= tmp_start or request >= 0.5
    if wash or (stuck and f.since_h >= STUCK_H):
        return SCOURING
    return DOSING if f.pores >= CLEAN_AT and night else FILTERING


def _sequence(phase: int, left: float, dt_s: float) -> Sequence:
    """Let phases run for dt_s, ending with filtering."""
    rest, spent = dt_s, [0.0] * 7
    washed = cleaned = False
    while rest > 0.0 and phase != FILTERING:
        taken = min(left, rest)
        rest, left = rest - taken, left - taken
        spent[phase] += taken
        if left <= 0.0:
            washed, cleaned = washed or phase == SETTLING, cleaned or phase == RINSING
            phase = _NEXT[phase]
            left = PHASE_S[phase]
    return Sequence(
        phase, left, dt_s - rest, spent[SCOURING], spent[FLUSHING], spent[RINSING], washed, cleaned
    )  # fmt: skip


def advance(f: Filter, plan: FilterPlan, sp: FilterSetpoints, at: AnyPooled, dt_s: float) -> Filter:
    """One step of filter and PLC; at night the pump runs at 60 % of its setpoint."""
    dt_h = dt_s / 3600.0
    cake, pores, phase, left, since_h, _, _, _, _, _, _, _, _, washes, cleanings, volume_m3, run_h = f
    full_flow, area_m2, head_bar, backwash_m3, uv_kw, rest_kw = plan
    water_t, turbidity, level_pct, night, fouling, _ = at
    if phase == FILTERING:
        phase = due(f, sp, at)
        left = PHASE_S[phase]
    after = _FILTERS if phase == FILTERING else _sequence(phase, left, dt_s)
    phase, left, off_s, scoured_s, flushed_s, rinsed_s, clean, cleaned = after
    clean = clean or cleaned
    share = 0.0 if level_pct < DRY_LEVEL else sp.flow_sp / 100.0 * (NIGHT_FLOW if night else 1.0)
    running = (dt_s - off_s) / dt_s if share > 0.0 else 0.0
    flux = 1000.0 * full_flow * share / area_m2
    resistance = 1.0 + cake + pores
    tmp = flux * viscosity_ratio(water_t) * resistance / CLEAN_PERMEABILITY
    if tmp > TRIP_BAR:
        share, flux, tmp = share * TRIP_BAR / tmp, flux * TRIP_BAR / tmp, TRIP_BAR
    flow = full_flow * share * running
    caught = CAKE_PER_FTU * fouling * flux * turbidity * running * dt_h
    cake = cake * (CAKE_LEFT if clean else 1.0) + caught
    pores = pores * (PORES_LEFT if cleaned else 1.0) + PORE_SHARE * caught
    washed = backwash_m3 * (flushed_s / PHASE_S[FLUSHING] + RINSE_WASHES * rinsed_s / PHASE_S[RINSING])
    return record(Filter, (
        cake, pores, phase, left,
        (dt_s - off_s) / 3600.0 if clean else since_h + dt_h,
        running, flow,
        flow / 36.0 * (head_bar * share * share + tmp) / PUMP_EFFICIENCY,
        uv_kw + rest_kw + (BLOWER_KW * scoured_s + WASH_PUMP_KW * (flushed_s + rinsed_s)) / dt_s,
        tmp * (1.0 + cake + pores) / resistance if phase == FILTERING else 0.0,
        CLEAN_PERMEABILITY / (1.0 + cake + pores),
        washed, washed / dt_h,
        washes + (1.0 if after.washed else 0.0), cleanings + (1.0 if cleaned else 0.0),
        volume_m3 + washed, run_h + running * dt_h,
    ))  # fmt: skip


def speed_pct(f: Filter, plan: FilterPlan) -> float:
    """Speed of the circulation pump [%] by the affinity law, pressure going with its square: 90 % clean and full."""
    if f.flow <= 0.0:
        return 0.0
    share = f.flow / (plan.flow * f.running)
    clean = 1000.0 * plan.flow / plan.area_m2 / CLEAN_PERMEABILITY
    return 90.0 * sqrt((plan.head_bar * share * share + f.tmp_bar) / (plan.head_bar + clean))


def wash_phase(f: Filter) -> int:
    """Phase of the backwash: 0 none, 1 air, 2 flushing, 3 settling."""
    return f.phase if f.phase <= SETTLING else 0


def cleaning_state(f: Filter) -> int:
    """State of the chemical cleaning: 0 none, 1 dosing, 2 soaking, 3 rinsing."""
    return f.phase - SETTLING if f.phase > SETTLING else 0
