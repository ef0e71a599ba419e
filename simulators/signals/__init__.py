"""What each device of the hall measures: for every register map a table from point name to a getter on the state."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from simulators.signals import (
    air,
    electricity,
    filters,
    floors,
    greywater,
    ground,
    heat_meters,
    inverters,
    pavement,
    people,
    tap_water,
    water_meters,
    weather,
)
from simulators.signals.getters import Table

SIGNALS: Final[Mapping[str, Callable[[str], Table | None]]] = MappingProxyType(
    {
        "heatpump_brine_water": ground.heat_pump,
        "well_manifold": ground.well_manifold,
        "pavement_collector": pavement.collector,
        "greywater_heatpump": greywater.unit,
        "pool_ahu": air.unit,
        "tapwater_boiler": tap_water.unit,
        "weather_station": weather.station,
        "people_counter": people.counter,
        "ceramic_filter": filters.plant,
        "movable_floor": floors.floor,
        "b23": electricity.meter("B23 112-100"),
        "b24": electricity.meter("B24 352-100"),
        "em340": electricity.meter("EM340"),
        "iem3155": electricity.meter("iEM3155"),
        "iem3255": electricity.meter("iEM3255"),
        "mag11_heat": heat_meters.meter,
        "watermeter": water_meters.meter,
        "sunspec": inverters.inverter,
    }
)
