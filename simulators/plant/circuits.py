"""Where the meters sit: electrical loads, heat streams and water flows of a state."""

from collections.abc import Callable, Mapping
from math import inf
from operator import truth
from typing import Final, NamedTuple

from simulators.plant import collector
from simulators.plant.building import REST_KW
from simulators.plant.header import FLOOR_MOST_T, MIXED_MOST_T
from simulators.plant.meters import VOLUME, WATER_KWH_PER_M3_K, Heats, Standing, Waters, cooled
from simulators.plant.pv import Production
from simulators.plant.state import Ground, Halls, State, Water
from simulators.plant.visitors import Crowd

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


def unmetered_kw(s: State) -> float:
    """Loads [kW] without a meter of their own; those of greywater and air heat pumps stand in their controllers."""
    return _unmetered_kw(s.gv1.p_el + s.ahu1.hp_p_el + s.ahu2.hp_p_el + s.ahu3.hp_p_el, s.vp1.pumps_kw)


def _unmetered_kw(heat_pumps_kw: float, pumps_kw: float) -> float:
    return heat_pumps_kw + REST_KW + pumps_kw


def passing(
    crowd: Crowd, floors_kw: float, water: Water, air: Halls, ground: Ground, sun: Mapping[str, Production], dt_s: float
) -> tuple[float, ...]:
    """What passed the hall's meters in a step that led to these parts, in the order of Meters.

    A heat meter's flow is what carries its heat over the circuit's temperature drop. Recovered water is mains water
    that passed the greywater unit first.
    """
    main, therapy, pool_main, pool_therapy, _, _, tap, grey = water
    air1, air2, air3, rooms = air
    rock, pump, slab = ground
    roof, wall, bikes = sun["roof"].ac_kw, sun["wall"].ac_kw, sun["bikes"].ac_kw
    melt, charge, extract, solar = slab.melt_kw, rock.charge_kw, rock.extract_kw, slab.solar_kw
    loads = (
        main.pump_kw, therapy.pump_kw, air1.fan_kw + air2.fan_kw + air3.fan_kw, rooms.light_kw,
        main.plant_kw + therapy.plant_kw, rooms.cafe_kw,
        slab.pump_kw + (0.95 if slab.mode == collector.MODE_MELT else 0.15),
        floors_kw + 0.2, pump.p_el, tap.boiler_el_kw,
    )  # fmt: skip
    unmetered = _unmetered_kw(grey.p_el + air1.hp_p_el + air2.hp_p_el + air3.hp_p_el, pump.pumps_kw)
    bought = sum(loads) + unmetered - (roof + wall + bikes)
    space, floor, vent = rooms.space_kw, rooms.floor_kw, air1.coil_kw + air2.coil_kw + air3.coil_kw
    basin, warm, preheat, draw = pool_main.heat_kw, pool_therapy.heat_kw, tap.header_kw, tap.draw_m3_h
    lifted, boiler = air1.hp_water_kw + air2.hp_water_kw + air3.hp_water_kw, tap.boiler_header_kw
    fresh, makeup_main, makeup_therapy = grey.fresh_flow, pool_main.makeup_m3_h, pool_therapy.makeup_m3_h
    cold = fresh + tap.shower_cold_m3_h + _other_m3_h(crowd)
    electricity = (bought, *loads, 0.0) if bought > 0.0 else (0.0, *loads, -bought)
    heats = (
        pump.heat_kw, space, vent, floor, basin, warm, preheat, melt, charge, extract, solar, grey.heat_kw, lifted,
        boiler,
    )  # fmt: skip
    flows = (
        pump.water_flow, space * _SPACE, vent * _VENT, floor * _FLOOR, basin * _POOL_MAIN, warm * _POOL_THERAPY,
        preheat * _TAP, slab.flow if melt > 0.0 else 0.0, rock.flow if charge > 0.0 else 0.0,
        rock.flow if extract > 0.0 else 0.0, slab.flow if solar > 0.0 else 0.0, fresh, lifted * _AIR, boiler * _BOILER,
    )  # fmt: skip
    waters = (
        draw + makeup_main + makeup_therapy - grey.out_m3_h + cold, makeup_main, makeup_therapy,
        draw, (main.washed_m3 + therapy.washed_m3) * 3600.0 / dt_s, grey.drain_flow,
    )  # fmt: skip
    return electricity + heats + flows + waters + (roof, wall, bikes)


def supply_return_t(s: State, place: int) -> tuple[float, float]:
    """Temperatures [°C] of a heat meter's pipes, by its place; standing pipes take the room's."""
    if s.meters.now[VOLUME.start + place] > 0.0:
        return _RUNNING[place](s)
    since_ns, supply_t, return_t = s.meters.standing[place]
    rest_s = (s.t_ns - since_ns) / 1e9
    return cooled(supply_t, rest_s), cooled(return_t, rest_s)


def standing(before: State, now: tuple[float, ...]) -> tuple[Standing, ...]:
    """Pipes as they came to rest, when this passes after a state: what stopped is remembered as it was."""
    was = before.meters
    ran, runs = [*map(truth, was.now[VOLUME])], [*map(truth, now[VOLUME])]
    if ran == runs:
        return was.standing
    kept = list(was.standing)
    for place, (then, still) in enumerate(zip(ran, runs, strict=True)):
        if then and not still:
            kept[place] = Standing(before.t_ns, *_RUNNING[place](before))
    return tuple(kept)


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


def other_m3_h(s: State) -> float:
    """Cold water [m³/h] to basins, toilets and cleaning: 12 litres a visitor (engineering estimate)."""
    return _other_m3_h(s.inputs.crowd)


def _other_m3_h(crowd: Crowd) -> float:
    return 0.012 * 0.5 * (crowd.arrivals + crowd.departures) + 0.02
