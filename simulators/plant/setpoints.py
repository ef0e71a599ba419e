"""What the controllers keep and the network may write. A field is named as the point of the register map."""

from typing import NamedTuple

MODE_OFF, MODE_NIGHT, MODE_DAY, MODE_AUTO = 0.0, 1.0, 2.0, 3.0
SLAB_OFF, SLAB_AUTO, SLAB_CHARGE, SLAB_MELT = 0.0, 1.0, 2.0, 3.0


class HeatPumpSetpoints(NamedTuple):
    """vp1."""

    enable: float = 1.0
    supply_t_sp: float = 46.0
    capacity_limit: float = 100.0
    charge_request: float = 1.0


class WellSetpoints(NamedTuple):
    """Well manifold."""

    flow_sp: float = 80.0
    charge_max_t_sp: float = 20.0


class CollectorSetpoints(NamedTuple):
    """Pavement collector."""

    mode_sp: float = SLAB_AUTO
    start_dt_sp: float = 9.0
    melt_t_sp: float = 2.0
    max_power_sp: float = 60.0


class GreywaterSetpoints(NamedTuple):
    """Greywater heat pump."""

    enable: float = 1.0
    outlet_t_sp: float = 36.0
    cleaning_hour_sp: float = 3.0


class AirSetpoints(NamedTuple):
    """One air-handling unit."""

    mode_sp: float = MODE_AUTO
    supply_t_sp: float = 30.0
    rh_sp: float = 54.0


class TapSetpoints(NamedTuple):
    """Tap water and boiler."""

    tank_t_sp: float = 65.0
    boiler_limit_kw: float = 240.0
    flush_start: float = 0.0


class FilterSetpoints(NamedTuple):
    """One ceramic filter."""

    flow_sp: float = 100.0
    interval_sp: float = 8.0
    tmp_start_sp: float = 0.3
    backwash_request: float = 0.0


class Setpoints(NamedTuple):
    """All of them, by device id of the hall."""

    vp1: HeatPumpSetpoints = HeatPumpSetpoints()
    wells: WellSetpoints = WellSetpoints()
    sol1: CollectorSetpoints = CollectorSetpoints()
    gv1: GreywaterSetpoints = GreywaterSetpoints()
    ahu1: AirSetpoints = AirSetpoints()
    ahu2: AirSetpoints = AirSetpoints(supply_t_sp=31.0, rh_sp=55.0)
    ahu3: AirSetpoints = AirSetpoints(supply_t_sp=26.0, rh_sp=50.0)
    tv1: TapSetpoints = TapSetpoints()
    filter_main: FilterSetpoints = FilterSetpoints()
    filter_therapy: FilterSetpoints = FilterSetpoints(interval_sp=6.0)
