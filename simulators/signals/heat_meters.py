"""Heat meters."""

from simulators.plant.circuits import HEAT_METERS
from simulators.signals.getters import Table, fixed

_UINT16 = 65536.0


def meter(device: str) -> Table | None:
    """Points of one heat meter."""
    name = device.removeprefix("hm_")
    if name not in HEAT_METERS:
        return None
    return {
        "power": lambda s: s.meters.heat[name].power,
        "flow": lambda s: s.meters.heat[name].flow,
        "supply_t": lambda s: s.meters.heat[name].supply_t,
        "return_t": lambda s: s.meters.heat[name].return_t,
        "dt": lambda s: s.meters.heat[name].supply_t - s.meters.heat[name].return_t,
        "energy_kwh": lambda s: s.meters.heat_kwh[name],
        "volume_m3": lambda s: s.meters.heat_m3[name],
        "volume_rev_m3": fixed(0.0),
        "run_h": lambda s: s.meters.heat_run_h[name] % _UINT16,
        "alarm_code": fixed(0.0),
    }
