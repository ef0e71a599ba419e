"""Heat meters."""

from operator import attrgetter

from simulators.plant.circuits import HEAT_METERS
from simulators.signals.getters import Table, fixed

_UINT16 = 65536.0


def meter(device: str) -> Table | None:
    """Points of one heat meter."""
    name = device.removeprefix("hm_")
    if name not in HEAT_METERS:
        return None
    place = HEAT_METERS.index(name)
    return {
        "power": attrgetter(f"meters.heat.{name}.power"),
        "flow": attrgetter(f"meters.heat.{name}.flow"),
        "supply_t": attrgetter(f"meters.heat.{name}.supply_t"),
        "return_t": attrgetter(f"meters.heat.{name}.return_t"),
        "dt": lambda s: s.meters.heat[place].supply_t - s.meters.heat[place].return_t,
        "energy_kwh": attrgetter(f"meters.heat_kwh.{name}"),
        "volume_m3": attrgetter(f"meters.heat_m3.{name}"),
        "volume_rev_m3": fixed(0.0),
        "run_h": lambda s: s.meters.heat_run_h % _UINT16,
        "alarm_code": fixed(0.0),
    }
