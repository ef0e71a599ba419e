"""What flowed through the hall in the last step and what it holds, by the ids of balance.toml.

Power in kW, water in m³/h, vapour in kg/h: means over the step. Contents in kWh, m³ and kg; heat counts from 0 °C. Each
part of the plant tells its own; here stand the sums of the junctions. Called outside the step only.
"""

from simulators.plant import (
    ahu,
    air_plan,
    building,
    collector,
    greywater,
    header,
    heatpump,
    pool,
    pv,
    tapwater,
    wells,
)
from simulators.plant.circuits import other_m3_h
from simulators.plant.state import State


def flows(s: State) -> dict[str, float]:
    """Every flow of the hall's network in the step that led to this state."""
    return {
        **electricity(s), **heat(s), **water(s), **header.flows(s.header), **tapwater.flows(s.tv1),
        **greywater.flows(s.gv1), **pool.flows(s.pool_main, "pool_main"),
        **pool.flows(s.pool_therapy, "pool_therapy"), **wells.flows(s.wells), **heatpump.flows(s.vp1),
        **collector.flows(s.sol1), **pv.flows(s.pv), **ahu.flows(s.ahu1, 1), **ahu.flows(s.ahu2, 2),
        **ahu.flows(s.ahu3, 3), **building.flows(s.building),
    }  # fmt: skip


def contents(s: State) -> dict[str, float]:
    """What every storage of the hall's network holds now."""
    return {
        **header.contents(s.header),
        **tapwater.contents(s.tv1),
        **greywater.contents(s.gv1),
        **pool.contents(s.pool_main, "pool_main"),
        **pool.contents(s.pool_therapy, "pool_therapy"),
        **collector.contents(s.sol1),
        **ahu.contents(s.ahu1, air_plan.MAIN, 1),
        **ahu.contents(s.ahu2, air_plan.THERAPY, 2),
        **ahu.contents(s.ahu3, air_plan.CHANGING, 3),
        **building.contents(s.building),
    }


def electricity(s: State) -> dict[str, float]:
    """Flows of electricity [kW]."""
    p = s.meters.p
    loads = {
        f"el.{load}": getattr(p, load) for load in ("fans", "pump_main", "pump_therapy", "filters", "snow", "floors")
    }
    return {"grid.import": max(0.0, p.main), "grid.export": max(0.0, -p.main), **loads}


def heat(s: State) -> dict[str, float]:
    """Flows of heat [kW]."""
    units = s.ahu1, s.ahu2, s.ahu3
    return {
        "heat.air": sum(air.hp_water_kw for air in units),
        "heat.vent": sum(air.coil_kw for air in units),
    }


def water(s: State) -> dict[str, float]:
    """Flows of water [m³/h]."""
    return {
        "water.mains": s.meters.water.mains, "water.other": other_m3_h(s),
        "water.makeup_main_cold": s.pool_main.makeup_m3_h - s.gv1.main_m3_h,
        "water.makeup_therapy_cold": s.pool_therapy.makeup_m3_h - s.gv1.therapy_m3_h,
        "backwash": s.meters.water.backwash,
    }  # fmt: skip
