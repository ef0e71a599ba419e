"""The hall's meters: true power, flow and temperatures now, and what they have counted."""

from collections.abc import Mapping
from math import exp
from typing import Final, NamedTuple

PIPE_S: Final = 2400.0  # a standing pipe takes the room's temperature
ROOM_T: Final = 22.0
WATER_KWH_PER_M3_K: Final = 1.152


class Stream(NamedTuple):
    """What passes a heat meter: kW, m³/h, °C."""

    power: float
    flow: float
    supply_t: float
    return_t: float


class Meters(NamedTuple):
    """By name: electrical power [kW] and energy [kWh], heat streams, energy and volume, water [m³/h, m³], solar energy.

    p["main"] is positive into the hall; its import stands in el_kwh["main"].
    """

    p: Mapping[str, float]
    el_kwh: Mapping[str, float]
    export_kwh: float
    heat: Mapping[str, Stream]
    heat_kwh: Mapping[str, float]
    heat_m3: Mapping[str, float]
    heat_run_h: Mapping[str, float]
    water: Mapping[str, float]
    water_m3: Mapping[str, float]
    pv_kwh: Mapping[str, float]


def stream(power: float, supply_t: float, return_t: float, per_m3_k: float = WATER_KWH_PER_M3_K) -> Stream:
    """Stream that carries a power between two temperatures; nothing flows if there is no power."""
    if power <= 0.0 or supply_t == return_t:
        return Stream(0.0, 0.0, supply_t, return_t)
    return Stream(power, power / (per_m3_k * abs(supply_t - return_t)), supply_t, return_t)


def _settled(now: Stream, before: Stream, dt_s: float) -> Stream:
    """Keep a running stream as it is; a standing one drifts from its last temperatures to the room's."""
    if now.flow > 0.0:
        return now
    share = 1.0 - exp(-dt_s / PIPE_S)
    return Stream(
        0.0,
        0.0,
        before.supply_t + (ROOM_T - before.supply_t) * share,
        before.return_t + (ROOM_T - before.return_t) * share,
    )


def count(
    m: Meters,
    p: Mapping[str, float],
    heat: Mapping[str, Stream],
    water: Mapping[str, float],
    pv_kw: Mapping[str, float],
    dt_s: float,
) -> Meters:
    """Count a step in which these powers and flows were constant."""
    h = dt_s / 3600.0
    streams = {k: _settled(s, m.heat[k], dt_s) for k, s in heat.items()}
    return Meters(
        p=p,
        el_kwh={k: m.el_kwh[k] + max(0.0, kw) * h for k, kw in p.items()},
        export_kwh=m.export_kwh + max(0.0, -p["main"]) * h,
        heat=streams,
        heat_kwh={k: m.heat_kwh[k] + s.power * h for k, s in streams.items()},
        heat_m3={k: m.heat_m3[k] + s.flow * h for k, s in streams.items()},
        heat_run_h={k: v + h for k, v in m.heat_run_h.items()},
        water=water,
        water_m3={k: m.water_m3[k] + flow * h for k, flow in water.items()},
        pv_kwh={k: m.pv_kwh[k] + kw * h for k, kw in pv_kw.items()},
    )
