"""Pavement collector of 650 m²: charges the wells with the sun on the asphalt; 250 m² of it can melt snow.

That a part melts is Enova's description of the hall; 250 m² is an estimate: with it the 60 kW that the controller may
take are 240 W/m², the usual design. Both parts are slabs (slab.py) with pipes of 20 mm 250 mm apart, 70 mm deep: U_f 12
W/m²K between fluid and node by the shape factor of a row of pipes below a plane at 1.2 W/mK, with a plastic wall and
film.

Charging: brine of the wells through all pipes in parallel, each part giving A U_f (T - T_in) (1 - e^-N)/N, N = A U_f/c.
On when the mean slab is start_dt_sp above the brine, off below 4 K; the pump's speed is the wells' flow_sp; what would
come out above charge_max_t_sp is held back. Melting: heat of the header through an exchanger into the heated part, as a
snow-melting controller does it: on at -10 to 2 °C with snow on the sensor or falling, or water and a surface below
1 °C; off when dry, 1 K above the setpoint, or outside -12 to 3 °C. No idling: dry, the slab may freeze.
"""

from functools import lru_cache
from math import exp
from typing import Final, NamedTuple

from simulators.plant import slab
from simulators.plant.record import record
from simulators.plant.setpoints import SLAB_AUTO, SLAB_CHARGE, SLAB_MELT, CollectorSetpoints
from simulators.plant.slab import Slab
from simulators.plant.weather import Weather
from simulators.plant.wells import BRINE_KWH_PER_M3_K

AREA_M2: Final = 650.0
MELTING_M2: Final = 250.0
PLAIN_M2: Final = AREA_M2 - MELTING_M2
FLUID_KW_K: Final = AREA_M2 * 0.012
MELTING_KW_K: Final = MELTING_M2 * 0.012
FLOW_M3_H: Final = 20.0
PUMP_KW: Final = 1.6
MELT_GAIN_KW_K: Final = 30.0
EXCHANGER_K: Final = 5.0  # between the header and the mean of the melting fluid
STOP_DT: Final = 4.0
SNOW_MM: Final = 0.1
MOIST_MM: Final = 0.05
STANDING_S: Final = 3600.0
MODE_OFF, MODE_CHARGE, MODE_MELT = 0, 2, 3
_MAY_CHARGE: Final = frozenset({SLAB_AUTO, SLAB_CHARGE})
_MAY_MELT: Final = frozenset({SLAB_AUTO, SLAB_MELT})


class Collector(NamedTuple):
    """Heated and plain part; the circuit's temperatures [°C], flow [m³/h] and heat [kW] in the last step."""

    heated: Slab
    plain: Slab
    mode: int
    fluid_in_t: float
    fluid_out_t: float
    flow: float
    solar_kw: float
    melt_kw: float
    pump_kw: float
    pump_run_h: float


class Circuits(NamedTuple):
    """What the pipes meet: the wells' brine and its highest temperature when charging [°C], pump share 0-1, the header.

    available: share of a wish that the header gives; stuck: its valve stands open whatever the controller says.
    """

    source_t: float
    max_t: float
    pump: float
    header_t: float
    available: float
    stuck: bool = False


# One of these, or its fields alone.
AnyCircuits = tuple[float, float, float, float, float, bool]


@lru_cache(maxsize=64)
def _gain(pump: float) -> float:
    """Share of the way from its own to the slab's temperature that the brine goes at this share of the flow."""
    return 1.0 - exp(-FLUID_KW_K / (BRINE_KWH_PER_M3_K * FLOW_M3_H * pump)) if pump > 0.0 else 0.0


def mean_t(c: Collector) -> float:
    """Mean temperature of all pipes' depth [°C]."""
    return (c.heated.t * MELTING_M2 + c.plain.t * PLAIN_M2) / AREA_M2


def _charging(c: Collector, sp: CollectorSetpoints, to: AnyCircuits) -> float:
    """Kelvin that the brine gains on its way, 0 if the circuit should rest."""
    if sp.mode_sp not in _MAY_CHARGE:
        return 0.0
    source_t, max_t, pump, _, _, _ = to
    above, room = mean_t(c) - source_t, max_t - source_t
    if above < (STOP_DT if c.mode == MODE_CHARGE else sp.start_dt_sp) or room <= 0.0:
        return 0.0
    gained = _gain(pump) * above
    return gained if gained < room else room


def _melting(c: Collector, sp: CollectorSetpoints, w: Weather, to: AnyCircuits) -> float:
    """Heat [kW] from the header to the slab."""
    s, t = c.heated, w.outdoor_t
    _, _, _, header_t, available, stuck = to
    if stuck:
        wish = sp.max_power_sp
    elif sp.mode_sp not in _MAY_MELT or t <= -12.0 or t >= 3.0:
        return 0.0
    else:
        on = c.mode == MODE_MELT
        snow = s.snow_mm > SNOW_MM or w.snow > SNOW_MM
        if not snow and (s.wet_mm < MOIST_MM or (not on and s.surface_t > 1.0)):
            return 0.0
        if not on and not (-10.0 < t < 2.0 and s.surface_t < sp.melt_t_sp):
            return 0.0
        wish = MELT_GAIN_KW_K * (sp.melt_t_sp + 1.0 - s.surface_t)
        wish = wish if wish < sp.max_power_sp else sp.max_power_sp
    room = MELTING_KW_K * (header_t - EXCHANGER_K - s.t)
    wish = available * (wish if wish < room else room)
    return wish if wish > 0.0 else 0.0


def advance(c: Collector, sp: CollectorSetpoints, w: Weather, to: AnyCircuits, dt_s: float) -> Collector:
    """One step."""
    sky = slab.sky(w)
    was_heated, was_plain, _, fluid_in, fluid_out, _, _, _, _, run_h = c
    source_t, _, pump, _, _, stuck = to
    t = was_heated.t
    melt = _melting(c, sp, w, to)
    gained = _charging(c, sp, to) if melt <= 0.0 and not stuck else 0.0
    heated = plain = solar = flow = pump_kw = 0.0
    mode = MODE_OFF
    if melt > 0.0:
        mode, flow, pump_kw, run_h = MODE_MELT, FLOW_M3_H, PUMP_KW, run_h + dt_s / 3600.0
        heated = melt * (1000.0 / MELTING_M2)
        half = 0.5 * melt / (BRINE_KWH_PER_M3_K * flow)
        middle = t + melt / MELTING_KW_K
        fluid_in, fluid_out = middle + half, middle - half
    elif gained > 0.0:
        mode, flow, pump_kw, run_h = MODE_CHARGE, FLOW_M3_H * pump, PUMP_KW * pump**3, run_h + dt_s / 3600.0
        solar = BRINE_KWH_PER_M3_K * flow * gained
        share = 1000.0 * solar / (AREA_M2 * (mean_t(c) - source_t))
        heated, plain = share * (source_t - t), share * (source_t - was_plain.t)
        fluid_in, fluid_out = source_t, source_t + gained
    else:
        drift = _drift(dt_s)
        fluid_in += (t - fluid_in) * drift
        fluid_out += (t - fluid_out) * drift
    return record(Collector, (
        slab.advance(was_heated, sky, heated, dt_s), slab.advance(was_plain, sky, plain, dt_s), mode, fluid_in,
        fluid_out, flow, solar, melt, pump_kw, run_h,
    ))  # fmt: skip


@lru_cache(maxsize=64)
def _drift(dt_s: float) -> float:
    return 1.0 - exp(-dt_s / STANDING_S)


def rested(t: float, run_h: float) -> Collector:
    """A dry collector at t [°C] whose pump has run for run_h."""
    still = Slab(t, t, *(0.0,) * 11)
    return Collector(still, still, MODE_OFF, t, t, 0.0, 0.0, 0.0, 0.0, run_h)


def flows(c: Collector) -> dict[str, float]:
    """Heat [kW] of the last step into the slab (absorbed, melt) and out of it (all others)."""
    a, b = MELTING_M2 / 1000.0, PLAIN_M2 / 1000.0
    h, p = c.heated, c.plain
    return {
        "sol1.absorbed": a * h.absorbed + b * p.absorbed,
        "sol1.sky": a * h.sky + b * p.sky,
        "sol1.air": a * h.air + b * p.air,
        "sol1.ground": a * h.ground + b * p.ground,
        "sol1.latent": a * h.latent + b * p.latent,
        "snow.melt": c.melt_kw,
        "sol1.collector": c.solar_kw,
    }


def contents(c: Collector) -> dict[str, float]:
    """Heat [kWh] in the slab above 0 °C."""
    return {"slab": slab.CAPACITY_WH_K / 1000.0 * (c.heated.t * MELTING_M2 + c.plain.t * PLAIN_M2)}
