"""Water meters."""

from operator import attrgetter

from simulators.plant.circuits import WATER_METERS
from simulators.signals.getters import Table, fixed, serial_number


def meter(device: str) -> Table | None:
    """Points of one water meter."""
    name = device.removeprefix("wm_")
    if name not in WATER_METERS:
        return None
    return {
        "flow": attrgetter(f"meters.water.{name}"),
        "volume_m3": attrgetter(f"meters.water_m3.{name}"),
        "volume_rev_m3": fixed(0.0),
        "status": fixed(0.0),
        "serial_no": fixed(float(serial_number(device))),
    }
