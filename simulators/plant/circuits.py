"""Where the meters sit: electrical loads, heat streams and water flows of a state."""

from collections.abc import Callable
from math import inf
from typing import Final, NamedTuple

from simulators.plant import collector
from simulators.plant.building import REST_KW
from simulators.plant.header import FLOOR_MOST_T, MIXED_MOST_T
from simulators.plant.meters import (
    WATER_KWH_PER_M3_K,
    Heats,
    Inverters,
    Loads,
    Passing,
    Standing,
    Waters,
    cooled,
)
from simulators.plant.state import State

HEAT_METERS: Final = Heats._fields[:-1]
WATER_METERS: Final = Waters._fields


class Drops(NamedTuple):
    """Temperature drop of each circuit [K] at every load: the valves trim the flow."""

    space: float = 8.0
    vent: float = 10.0
    floor: float = 5.0
    pool_main: float = 6.0
    pool_therapy: float = 6.0
    tap: float = 12.0


DROP_K: Final = Drops()
AIR_LIFT_K, BOILER_LIFT_K = 6.0, 10.0
# m³/h for each kW of the circuits that the header feeds, and of what lifts its water.
_SPACE, _VENT, _FLOOR, _POOL_MAIN, _POOL_THERAPY, _TAP = (1.0 / (WATER_KWH_PER_M3_K * drop) for drop in DROP_K)
_AIR, _BOILER = 1.0 / (WATER_KWH_PER_M3_K * AIR_LIFT_K), 1.0 / (WATER_KWH_PER_M3_K * BOILER_LIFT_K)


def loads_kw(s: State, pv: Inverters) -> Loads:
    """Electrical power [kW] at each meter; main is the balance at the intake, positive into the hall."""
    main, therapy = s.filter_main, s.filter_therapy
    fans = s.ahu1.fan_kw + s.ahu2.fan_kw + s.ahu3.fan_kw
    filters, floors = main.plant_kw + therapy.plant_kw, s.floor_main.p_el + s.floor_therapy.p_el + 0.2
    snow = s.sol1.pump_kw + (0.95 if s.sol1.mode == collector.MODE_MELT else 0.15)
    light, cafe, vp1, boiler = s.building.light_kw, s.building.cafe_kw, s.vp1.p_el, s.tv1.boiler_el_kw
    metered = main.pump_kw + therapy.pump_kw + fans + light + filters + cafe + snow + floors + vp1 + boiler
    return Loads(
        metered + unmetered_kw(s) - (pv[0] + pv[1] + pv[2]),
        main.pump_kw, therapy.pump_kw, fans, light, filters, cafe, snow, floors, vp1, boiler,
    )  # fmt: skip


def solar_kw(s: State) -> Inverters:
    """What each inverter gives [kW]."""
    return Inverters(s.pv["roof"].ac_kw, s.pv["wall"].ac_kw, s.pv["bikes"].ac_kw)


def unmetered_kw(s: State) -> float:
    """Loads [kW] without a meter of their own; those of greywater and air heat pumps stand in their controllers."""
    heat_pumps = s.gv1.p_el + s.ahu1.hp_p_el + s.ahu2.hp_p_el + s.ahu3.hp_p_el
    return heat_pumps + REST_KW + s.vp1.pumps_kw


def heat_kw(s: State) -> Heats:
    """Heat [kW] through each heat meter."""
    rooms, tap, air1, air2, air3, rock = s.building, s.tv1, s.ahu1, s.ahu2, s.ahu3, s.wells
    return Heats(
        s.vp1.heat_kw, rooms.space_kw, air1.coil_kw + air2.coil_kw + air3.coil_kw, rooms.floor_kw, s.pool_main.heat_kw,
        s.pool_therapy.heat_kw, tap.header_kw, s.sol1.melt_kw, rock.charge_kw, rock.extract_kw, s.sol1.solar_kw,
        s.gv1.heat_kw, air1.hp_water_kw + air2.hp_water_kw + air3.hp_water_kw, tap.boiler_header_kw,
    )  # fmt: skip


def heat_m3_h(s: State, kw: Heats) -> Heats:
    """Flow [m³/h] through each heat meter: what carries its heat over its temperature drop."""
    c, flow = s.sol1, s.wells.flow
    return Heats(
        s.vp1.water_flow, kw[1] * _SPACE, kw[2] * _VENT, kw[3] * _FLOOR, kw[4] * _POOL_MAIN, kw[5] * _POOL_THERAPY,
        kw[6] * _TAP,
        c.flow if kw[7] > 0.0 else 0.0, flow if kw[8] > 0.0 else 0.0, flow if kw[9] > 0.0 else 0.0,
        c.flow if kw[10] > 0.0 else 0.0, s.gv1.fresh_flow, kw[12] * _AIR, kw[13] * _BOILER,
    )  # fmt: skip


def supply_return_t(s: State, place: int) -> tuple[float, float]:
    """Temperatures [°C] of a heat meter's pipes, by its place; standing pipes take the room's."""
    if s.meters.heat_m3_h[place] > 0.0:
        return _RUNNING[place](s)
    since_ns, supply_t, return_t = s.meters.standing[place]
    rest_s = (s.t_ns - since_ns) / 1e9
    return cooled(supply_t, rest_s), cooled(return_t, rest_s)


def standing(before: State, flow: Heats) -> tuple[Standing, ...]:
    """Pipes as they came to rest, when these flows follow on a state: what stopped is remembered as it was."""
    was = before.meters
    stopped = [place for place, (now, then) in enumerate(zip(flow, was.heat_m3_h, strict=True)) if now <= 0.0 < then]
    if not stopped:
        return was.standing
    kept = list(was.standing)
    for place in stopped:
        kept[place] = Standing(before.t_ns, *_RUNNING[place](before))
    return tuple(kept)


def passing(before: State, after: State, dt_s: float) -> Passing:
    """What passed the meters in the step between two states."""
    kw = heat_kw(after)
    flow, pv = heat_m3_h(after, kw), solar_kw(after)
    return Passing(loads_kw(after, pv), kw, flow, standing(before, flow), water_flows(after, dt_s), pv)


def _dropped(drop_k: float, most_t: float = inf) -> Callable[[State], tuple[float, float]]:
    """Temperatures of a circuit that the header feeds, mixed down to a highest supply."""

    def temperatures(s: State) -> tuple[float, float]:
        t = min(s.header.t, most_t)
        return t, t - drop_k

    return temperatures


# Temperatures of running pipes, in the order of the meters.
_RUNNING: Final[tuple[Callable[[State], tuple[float, float]], ...]] = (
    lambda s: (s.vp1.supply_t, s.vp1.return_t),
    _dropped(DROP_K.space, MIXED_MOST_T),
    _dropped(DROP_K.vent, MIXED_MOST_T),
    _dropped(DROP_K.floor, FLOOR_MOST_T),
    _dropped(DROP_K.pool_main, MIXED_MOST_T),
    _dropped(DROP_K.pool_therapy, MIXED_MOST_T),
    _dropped(DROP_K.tap),
    lambda s: (s.sol1.fluid_in_t, s.sol1.fluid_out_t),
    lambda s: (s.wells.to_wells_t, s.wells.from_wells_t),
    lambda s: (s.wells.from_wells_t, s.wells.to_wells_t),
    lambda s: (s.sol1.fluid_out_t, s.sol1.fluid_in_t),
    lambda s: (s.gv1.fresh_out_t, s.inputs.weather.cold_water_t),
    lambda s: (s.header.t + AIR_LIFT_K, s.header.t),
    lambda s: (s.header.t + BOILER_LIFT_K, s.header.t),
)


def water_flows(s: State, dt_s: float) -> Waters:
    """Flow [m³/h] at each water meter. Recovered water is mains water that passed the greywater unit first."""
    tap, grey = s.tv1, s.gv1
    main, therapy = s.pool_main.makeup_m3_h, s.pool_therapy.makeup_m3_h
    washed = (s.filter_main.washed_m3 + s.filter_therapy.washed_m3) * 3600.0 / dt_s
    cold = grey.fresh_flow + tap.shower_cold_m3_h + other_m3_h(s)
    mains = tap.draw_m3_h + main + therapy - grey.out_m3_h + cold
    return Waters(mains, main, therapy, tap.draw_m3_h, washed, grey.drain_flow)


def other_m3_h(s: State) -> float:
    """Cold water [m³/h] to basins, toilets and cleaning: 12 litres a visitor (engineering estimate)."""
    return 0.012 * 0.5 * (s.inputs.crowd.arrivals + s.inputs.crowd.departures) + 0.02
