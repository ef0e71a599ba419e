"""Where the meters sit: electrical loads, heat streams and water flows of a state."""

from typing import Final

from simulators.plant import collector
from simulators.plant.building import REST_KW
from simulators.plant.meters import Stream, stream
from simulators.plant.state import State
from simulators.plant.wells import BRINE_KWH_PER_M3_K

VP1_PUMPS_KW: Final = 1.3
HEAT_METERS: Final = (
    "condenser", "space", "vent", "floor", "pool_main", "pool_therapy", "tap", "snow", "well_charge", "well_extract",
    "solar", "grey", "air",
)  # fmt: skip
WATER_METERS: Final = ("mains", "makeup_main", "makeup_therapy", "tap", "backwash", "grey")
# Temperature drop of each circuit [K] at every load: the valves trim the flow.
DROP_K: Final = {"space": 8.0, "vent": 10.0, "floor": 5.0, "pool_main": 6.0, "pool_therapy": 6.0, "tap": 12.0}


def loads_kw(s: State) -> dict[str, float]:
    """Electrical power [kW] at each meter; "main" is the balance at the intake, positive into the hall."""
    snow = s.sol1.pump_kw + 0.15
    if s.sol1.mode == collector.MODE_MELT:
        snow += 0.8
    p = {
        "pump_main": s.filter_main.pump_kw,
        "pump_therapy": s.filter_therapy.pump_kw,
        "fans": s.ahu1.fan_kw + s.ahu2.fan_kw + s.ahu3.fan_kw,
        "light": s.building.light_kw,
        "filters": s.filter_main.plant_kw + s.filter_therapy.plant_kw,
        "cafe": s.building.cafe_kw,
        "snow": snow,
        "floors": s.floor_main.p_el + s.floor_therapy.p_el + 0.2,
        "vp1": s.vp1.p_el,
        "boiler": s.tv1.boiler_el_kw,
    }
    p["main"] = sum(p.values()) + unmetered_kw(s) - sum(array.ac_kw for array in s.pv.values())
    return p


def unmetered_kw(s: State) -> float:
    """Loads [kW] without a meter of their own; those of greywater and air heat pumps stand in their controllers."""
    heat_pumps = s.gv1.p_el + s.ahu1.hp_p_el + s.ahu2.hp_p_el + s.ahu3.hp_p_el
    return heat_pumps + REST_KW + (VP1_PUMPS_KW if s.vp1.on else 0.0)


def streams(s: State) -> dict[str, Stream]:
    """What passes each heat meter."""
    t = s.header.t
    powers = {
        "space": s.building.space_kw,
        "vent": s.ahu1.coil_kw + s.ahu2.coil_kw + s.ahu3.coil_kw,
        "floor": s.building.floor_kw,
        "pool_main": s.pool_main.heat_kw,
        "pool_therapy": s.pool_therapy.heat_kw,
        "tap": s.tv1.header_kw,
    }
    air = s.ahu1.hp_water_kw + s.ahu2.hp_water_kw + s.ahu3.hp_water_kw
    w, c = s.wells, s.sol1
    return {
        "condenser": Stream(s.vp1.heat_kw, s.vp1.water_flow, s.vp1.supply_t, s.vp1.return_t),
        **{name: stream(kw, t, t - DROP_K[name]) for name, kw in powers.items()},
        "snow": stream(c.melt_kw, c.fluid_in_t, c.fluid_out_t, BRINE_KWH_PER_M3_K),
        "well_charge": stream(w.charge_kw, w.to_wells_t, w.from_wells_t, BRINE_KWH_PER_M3_K),
        "well_extract": stream(w.extract_kw, w.from_wells_t, w.to_wells_t, BRINE_KWH_PER_M3_K),
        "solar": stream(c.solar_kw, c.fluid_out_t, c.fluid_in_t, BRINE_KWH_PER_M3_K),
        "grey": stream(s.gv1.heat_kw, s.gv1.fresh_out_t, s.inputs.weather.cold_water_t, 1.163),
        "air": stream(air, t + 6.0, t),
        "boiler": stream(s.tv1.boiler_header_kw, t + 10.0, t),
    }


def water_flows(s: State, dt_s: float) -> dict[str, float]:
    """Flow [m³/h] at each water meter. Recovered water is mains water that passed the greywater unit first."""
    washed = (s.filter_main.washed_m3 + s.filter_therapy.washed_m3) * 3600.0 / dt_s
    other = 0.012 * 0.5 * (s.inputs.crowd.arrivals + s.inputs.crowd.departures) + 0.02
    makeup = s.pool_main.makeup_m3_h, s.pool_therapy.makeup_m3_h
    taken = s.gv1.out_m3_h
    return {
        "mains": s.tv1.draw_m3_h + sum(makeup) - taken + s.gv1.fresh_flow + s.tv1.shower_cold_m3_h + other,
        "makeup_main": makeup[0],
        "makeup_therapy": makeup[1],
        "tap": s.tv1.draw_m3_h,
        "backwash": washed,
        "grey": s.gv1.drain_flow,
    }
