"""Where the meters sit: electrical loads, heat streams and water flows of a state."""

from typing import Final, NamedTuple

from simulators.plant import collector
from simulators.plant.building import REST_KW
from simulators.plant.header import FLOOR_MOST_T, MIXED_MOST_T
from simulators.plant.meters import Inverters, Loads, Stream, Streams, Waters, stream
from simulators.plant.state import State
from simulators.plant.wells import BRINE_KWH_PER_M3_K

HEAT_METERS: Final = Streams._fields[:-1]
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


def loads_kw(s: State) -> Loads:
    """Electrical power [kW] at each meter; main is the balance at the intake, positive into the hall."""
    main, therapy = s.filter_main, s.filter_therapy
    fans = s.ahu1.fan_kw + s.ahu2.fan_kw + s.ahu3.fan_kw
    filters, floors = main.plant_kw + therapy.plant_kw, s.floor_main.p_el + s.floor_therapy.p_el + 0.2
    snow = s.sol1.pump_kw + (0.95 if s.sol1.mode == collector.MODE_MELT else 0.15)
    light, cafe, vp1, boiler = s.building.light_kw, s.building.cafe_kw, s.vp1.p_el, s.tv1.boiler_el_kw
    metered = main.pump_kw + therapy.pump_kw + fans + light + filters + cafe + snow + floors + vp1 + boiler
    return Loads(
        metered + unmetered_kw(s) - sum(solar_kw(s)),
        main.pump_kw, therapy.pump_kw, fans, light, filters, cafe, snow, floors, vp1, boiler,
    )  # fmt: skip


def solar_kw(s: State) -> Inverters:
    """What each inverter gives [kW]."""
    return Inverters(s.pv["roof"].ac_kw, s.pv["wall"].ac_kw, s.pv["bikes"].ac_kw)


def unmetered_kw(s: State) -> float:
    """Loads [kW] without a meter of their own; those of greywater and air heat pumps stand in their controllers."""
    heat_pumps = s.gv1.p_el + s.ahu1.hp_p_el + s.ahu2.hp_p_el + s.ahu3.hp_p_el
    return heat_pumps + REST_KW + s.vp1.pumps_kw


def streams(s: State) -> Streams:
    """What passes each heat meter."""
    t, drop = s.header.t, DROP_K
    mixed_t, floor_t = min(t, MIXED_MOST_T), min(t, FLOOR_MOST_T)
    w, c, v, g, units = s.wells, s.sol1, s.vp1, s.gv1, (s.ahu1, s.ahu2, s.ahu3)
    return Streams(
        Stream(v.heat_kw, v.water_flow, v.supply_t, v.return_t),
        stream(s.building.space_kw, mixed_t, mixed_t - drop.space),
        stream(sum([unit.coil_kw for unit in units]), mixed_t, mixed_t - drop.vent),
        stream(s.building.floor_kw, floor_t, floor_t - drop.floor),
        stream(s.pool_main.heat_kw, mixed_t, mixed_t - drop.pool_main),
        stream(s.pool_therapy.heat_kw, mixed_t, mixed_t - drop.pool_therapy),
        stream(s.tv1.header_kw, t, t - drop.tap),
        stream(c.melt_kw, c.fluid_in_t, c.fluid_out_t, BRINE_KWH_PER_M3_K),
        stream(w.charge_kw, w.to_wells_t, w.from_wells_t, BRINE_KWH_PER_M3_K),
        stream(w.extract_kw, w.from_wells_t, w.to_wells_t, BRINE_KWH_PER_M3_K),
        stream(c.solar_kw, c.fluid_out_t, c.fluid_in_t, BRINE_KWH_PER_M3_K),
        stream(g.heat_kw, g.fresh_out_t, s.inputs.weather.cold_water_t, 1.163),
        stream(sum([unit.hp_water_kw for unit in units]), t + 6.0, t),
        stream(s.tv1.boiler_header_kw, t + 10.0, t),
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
