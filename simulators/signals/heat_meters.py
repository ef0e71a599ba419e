"""Heat meters."""

from operator import sub

from simulators.plant.circuits import HEAT_METERS, supply_return_t
from simulators.plant.meters import HEAT, VOLUME
from simulators.signals.getters import Table, fixed

_UINT16 = 65536.0


def meter(device: str) -> Table | None:
    """Points of one heat meter."""
    name = device.removeprefix("hm_")
    if name not in HEAT_METERS:
        return None
    place = HEAT_METERS.index(name)
    heat, volume = HEAT.start + place, VOLUME.start + place
    return {
        "power": lambda s: s.meters.now[heat],
        "flow": lambda s: s.meters.now[volume],
        "supply_t": lambda s: supply_return_t(s, place)[0],
        "return_t": lambda s: supply_return_t(s, place)[1],
        "dt": lambda s: sub(*supply_return_t(s, place)),
        "energy_kwh": lambda s: s.meters.counted[heat],
        "volume_m3": lambda s: s.meters.counted[volume],
        "volume_rev_m3": fixed(0.0),
        "run_h": lambda s: s.meters.run_h % _UINT16,
        "alarm_code": fixed(0.0),
    }
