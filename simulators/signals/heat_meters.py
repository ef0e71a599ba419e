"""Heat meters."""

from operator import attrgetter, sub

from simulators.plant.circuits import HEAT_METERS, supply_return_t
from simulators.signals.getters import Table, fixed

_UINT16 = 65536.0


def meter(device: str) -> Table | None:
    """Points of one heat meter."""
    name = device.removeprefix("hm_")
    if name not in HEAT_METERS:
        return None
    place = HEAT_METERS.index(name)
    return {
        "power": attrgetter(f"meters.heat_kw.{name}"),
        "flow": attrgetter(f"meters.heat_m3_h.{name}"),
        "supply_t": lambda s: supply_return_t(s, place)[0],
        "return_t": lambda s: supply_return_t(s, place)[1],
        "dt": lambda s: sub(*supply_return_t(s, place)),
        "energy_kwh": attrgetter(f"meters.heat_kwh.{name}"),
        "volume_m3": attrgetter(f"meters.heat_m3.{name}"),
        "volume_rev_m3": fixed(0.0),
        "run_h": lambda s: s.meters.heat_run_h % _UINT16,
        "alarm_code": fixed(0.0),
    }
