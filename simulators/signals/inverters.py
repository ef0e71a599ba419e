"""SunSpec inverters. NaN stands for what this inverter does not implement."""

from math import nan

from simulators.plant.meters import SOLAR, Inverters
from simulators.plant.pv import ARRAYS
from simulators.plant.state import State
from simulators.signals.electricity import voltage
from simulators.signals.getters import Getter, Table, fixed, serial_number

SLEEPING, MPPT, THROTTLED = 2.0, 4.0, 5.0
_MODELS = {"roof": "Twin 50K", "wall": "Twin 30K", "bikes": "Twin 4K"}
# The smallest has no cabinet sensor; the wall's does not tell its phase C voltage.
_ABSENT = {"roof": frozenset[str](), "wall": frozenset({"v_ph_c"}), "bikes": frozenset({"tmp_cab"})}


def _status(name: str) -> Getter:
    limit = ARRAYS[name].inverter_kw

    def status(s: State) -> float:
        ac = s.pv[name].ac_kw
        return SLEEPING if ac <= 0.0 else THROTTLED if ac > 0.9999 * limit else MPPT

    return status


def inverter(device: str) -> Table | None:
    """Points of one inverter."""
    name = device.removeprefix("pv_")
    if name not in ARRAYS:
        return None
    place = SOLAR.start + Inverters._fields.index(name)
    table: dict[str, Getter] = {
        "w": lambda s: s.pv[name].ac_kw,
        "wh_kwh": lambda s: s.meters.counted[place],
        "dcw": lambda s: s.pv[name].dc_kw,
        "a": lambda s: 1000.0 * s.pv[name].ac_kw / (0.99 * voltage(s, 0)),
        "v_ph_a": lambda s: voltage(s, 0) + 0.04 * s.pv[name].ac_kw,
        "v_ph_b": lambda s: voltage(s, 1) + 0.04 * s.pv[name].ac_kw,
        "v_ph_c": lambda s: voltage(s, 2) + 0.04 * s.pv[name].ac_kw,
        "hz": lambda s: s.inputs.grid.hz,
        "pf": fixed(0.99),
        "tmp_cab": lambda s: s.inputs.weather.outdoor_t + 8.0 + 30.0 * s.pv[name].ac_kw / ARRAYS[name].inverter_kw,
        "st": _status(name),
        "evt": fixed(0.0),
        "mn": fixed("Holmen Twin"),
        "md": fixed(_MODELS[name]),
        "vr": fixed("1.4.2"),
        "sn": fixed(f"PV{serial_number(device)}"),
    }
    return table | dict.fromkeys(_ABSENT[name], fixed(nan))
