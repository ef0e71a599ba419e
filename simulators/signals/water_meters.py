"""Water meters."""

from simulators.plant.circuits import WATER_METERS
from simulators.plant.meters import WATER
from simulators.signals.getters import Table, fixed, serial_number


def meter(device: str) -> Table | None:
    """Points of one water meter."""
    name = device.removeprefix("wm_")
    if name not in WATER_METERS:
        return None
    place = WATER.start + WATER_METERS.index(name)
    return {
        "flow": lambda s: s.meters.now[place],
        "volume_m3": lambda s: s.meters.counted[place],
        "volume_rev_m3": fixed(0.0),
        "status": fixed(0.0),
        "serial_no": fixed(float(serial_number(device))),
    }
