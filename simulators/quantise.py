"""What a register can say of a value: the step and width of each point, applied to a whole row at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sdanlegg.points import Node, Point, Register, SunSpecField
from simulators.encode import limits
from simulators.sunspec_server import step_of

FloatArray = NDArray[np.float64]
_EXACT = frozenset({"bool", "bit", "string", "float64"})


class Quantiser:
    """Rounds rows of house values (n,) as the registers of n points do; NaN stays NaN."""

    def __init__(self, points: Sequence[Point]) -> None:
        steps = [_step(point) for point in points]
        self._quantum: FloatArray = np.array([quantum for quantum, _, _ in steps])
        self._low: FloatArray = np.array([low for _, low, _ in steps])
        self._high: FloatArray = np.array([high for _, _, high in steps])
        self._scale: FloatArray = np.array([point.address.scale for point in points])
        self._offset: FloatArray = np.array([point.address.offset for point in points])
        self._rounded = self._quantum > 0.0
        self._single = np.array([quantum < 0.0 for quantum, _, _ in steps])

    def __call__(self, values: FloatArray) -> FloatArray:
        """Values as read back through the registers."""
        raw = (values - self._offset) / self._scale
        quantum = np.where(self._rounded, self._quantum, 1.0)
        whole = np.clip(np.rint(raw / quantum), self._low, self._high) * quantum
        single = raw.astype(np.float32).astype(np.float64)
        told = np.where(self._rounded, whole, np.where(self._single, single, raw))
        exact = ~self._rounded & ~self._single
        return np.where(exact, values, told * self._scale + self._offset)


def _step(point: Point) -> tuple[float, float, float]:
    """Step in the device's unit (0: exact, -1: float32) and the lowest and highest count of steps."""
    address = point.address
    if isinstance(address, SunSpecField):
        group, _, name = address.field.partition(".")
        quantum = step_of(point.device, group, name) if group == "inverter" else 0.0
        return (quantum, -np.inf, np.inf) if quantum > 0.0 else (-1.0 if group == "inverter" else 0.0, -np.inf, np.inf)
    base = _type(address)
    if base in _EXACT:
        return 0.0, -np.inf, np.inf
    if base == "float32":
        return -1.0, -np.inf, np.inf
    low, high = limits(base)
    return 1.0, float(low), float(high)


def _type(address: Register | Node) -> str:
    return address.type.base
