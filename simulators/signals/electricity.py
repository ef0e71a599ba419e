"""Electricity meters, whatever their make: phases and power factor follow the load."""

from collections.abc import Callable
from math import copysign, sqrt

from simulators.plant.meters import SOLD, Loads
from simulators.plant.state import State
from simulators.signals.getters import Getter, Table, fixed, serial_number

# Power factor of each meter's load and how it divides between the phases (engineering estimates).
_LOADS = {
    "main": (0.96, (0.34, 0.33, 0.33)),
    "pump_main": (0.93, (0.334, 0.333, 0.333)),
    "pump_therapy": (0.92, (0.334, 0.333, 0.333)),
    "fans": (0.95, (0.333, 0.334, 0.333)),
    "light": (0.97, (0.38, 0.30, 0.32)),
    "filters": (0.90, (0.40, 0.35, 0.25)),
    "cafe": (0.98, (0.36, 0.28, 0.36)),
    "snow": (0.94, (0.333, 0.333, 0.334)),
    "floors": (0.85, (0.333, 0.333, 0.334)),
    "vp1": (0.92, (0.333, 0.333, 0.334)),
    "boiler": (1.0, (0.333, 0.333, 0.334)),
}


def _power(load: str) -> Callable[[State], float]:
    """Power [kW] of a load; that of the intake is positive into the hall."""
    place = Loads._fields.index(load)
    if load == "main":
        return lambda s: s.meters.now[place] - s.meters.now[SOLD]
    return lambda s: s.meters.now[place]


def _current(load: str, phase: int) -> Getter:
    factor, shares = _LOADS[load]
    share, power = shares[phase], _power(load)
    return lambda s: 1000.0 * share * abs(power(s)) / (factor * voltage(s, phase))


def voltage(s: State, phase: int) -> float:
    """Voltage [V] of a phase (0 to 2) at the intake."""
    grid = s.inputs.grid
    return (grid.u_l1, grid.u_l2, grid.u_l3)[phase]


def meter(model: str) -> Callable[[str], Table | None]:
    """Make the table function of a make of meter."""

    def points(device: str) -> Table | None:
        load = device.removeprefix("el_")
        if load not in _LOADS:
            return None
        factor, place, power = _LOADS[load][0], Loads._fields.index(load), _power(load)
        tangent = sqrt(1.0 - factor * factor) / factor
        number = serial_number(device)
        return {
            "p": power,
            "q": lambda s: tangent * power(s),
            "pf": lambda s: copysign(factor, power(s)),
            "hz": lambda s: s.inputs.grid.hz,
            "u_l1": lambda s: voltage(s, 0),
            "u_l2": lambda s: voltage(s, 1),
            "u_l3": lambda s: voltage(s, 2),
            "i_l1": _current(load, 0),
            "i_l2": _current(load, 1),
            "i_l3": _current(load, 2),
            "import_kwh": lambda s: s.meters.counted[place],
            "export_kwh": (lambda s: s.meters.counted[SOLD]) if load == "main" else fixed(0.0),
            "serial_no": fixed(float(number)),
            "serial": fixed(f"KY{number}"),
            "firmware": fixed("B1.12.0"),
            "model": fixed(model),
        }

    return points
