"""Weather in pieces of any length: values at stamps and over the spans between them, and how an instant reads them."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from simulators.plant.chance import FloatArray

# Columns at stamps, read by straight lines: °C, °C, m/s, °, bar, 0-1.
OUTDOOR_T, DEW_T, WIND, WIND_DIR, AIR_P, CLOUD = range(6)
# Columns over spans, constant in each: mm/h; share of the clear sky's global and direct irradiance; W/m² of light
# besides, which the clear sky's curve cannot carry (twilight).
PRECIP, GLOBAL, DIRECT, FLAT = range(4)
POINTS: Final = 6
SPANS: Final = 4


@dataclass(frozen=True, slots=True)
class Block:
    """points (n + 1, 6) at begin_s + k step_s, spans (n, 4) between them; begin_s in s since 1970 UTC."""

    begin_s: float
    step_s: float
    points: FloatArray
    spans: FloatArray

    @property
    def end_s(self) -> float:
        """First instant that is not in it."""
        return self.begin_s + self.step_s * len(self.spans)


class Source(Protocol):
    """Where weather comes from."""

    def block(self, t_s: float) -> Block:
        """The block that holds an instant [s since 1970 UTC]."""
        ...


def read(source: Source, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Values at the instants t_s (n,): points (n, 6) and spans (n, 4)."""
    points, spans = np.empty((len(t_s), POINTS)), np.empty((len(t_s), SPANS))
    left = np.ones(len(t_s), bool)
    while left.any():
        block = source.block(float(t_s[left.argmax()]))
        here = left & (t_s >= block.begin_s) & (t_s < block.end_s)
        points[here], spans[here] = _read(block, t_s[here])
        left &= ~here
    return points, spans


def _read(block: Block, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    place = (t_s - block.begin_s) / block.step_s
    k = np.minimum(place.astype(np.int64), len(block.spans) - 1)
    before, way = block.points[k], block.points[k + 1] - block.points[k]
    # A direction turns by the shorter way.
    way[:, WIND_DIR] = (way[:, WIND_DIR] + 180.0) % 360.0 - 180.0
    points = before + way * (place - k)[:, None]
    points[:, WIND_DIR] %= 360.0
    return points, block.spans[k]
