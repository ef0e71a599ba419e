"""The twin's past, fast: the same step function, without sockets."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.datatypes import text_code
from sdanlegg.quality import BAD, GOOD, SENSOR
from sdanlegg.readings import IntArray, Reading
from sdanlegg.site import Site
from simulators import snapshot
from simulators.observe import BoundDevice
from simulators.plant.weather_block import Source
from simulators.quantise import FloatArray, Quantiser
from simulators.signals.getters import Value
from simulators.twin import Twin, beginning

_ALL = 1 << 62


def backfill(
    site: Site,
    start_ns: int,
    end_ns: int,
    *,
    step_s: float = 60.0,
    seed: int = 1,
    state_file: Path | None = None,
    weather: Source | None = None,
) -> Iterator[Reading]:
    """One reading per device at start_ns, start_ns + step_s … and before end_ns, in time order; house values.

    Continues a state file that is older than start_ns; when it is used up, the end state stands in that file.
    """
    twin = Twin(site, beginning(site, start_ns, seed, state_file, weather), seed, weather)
    rows = Rows(twin.devices)
    step_ns = round(step_s * SECOND_NS)
    for t_ns in range(start_ns, end_ns, step_ns):
        twin.advance(t_ns, _ALL)
        yield from rows.readings(t_ns, [twin.values(device) for device in twin.devices])
    twin.advance(end_ns, _ALL)
    if state_file is not None:
        snapshot.save(twin.state, state_file)


class Rows:
    """Turns the values of all devices into readings, with one rounding for the whole hall."""

    def __init__(self, devices: Sequence[BoundDevice]) -> None:
        self._ids = [device.device.id for device in devices]
        points = [bound.point for device in devices for bound in device.points]
        self._quantise = Quantiser(points)
        ends = np.cumsum([0, *(len(device.points) for device in devices)]).tolist()
        self._slices = [slice(a, b) for a, b in pairwise(ends)]
        self._columns: list[IntArray] = [np.array([b.column for b in device.points], np.int32) for device in devices]

    def readings(self, t_ns: int, values: Sequence[Sequence[Value]]) -> Iterator[Reading]:
        """Readings of all devices at one instant."""
        row: FloatArray = np.array([_number(value) for device in values for value in device])
        row = self._quantise(row)
        quality = np.where(np.isnan(row), BAD | SENSOR, GOOD).astype(np.uint16)
        for device, part, columns, told in zip(self._ids, self._slices, self._columns, values, strict=True):
            texts = {text_code(value): value for value in told if isinstance(value, str)}
            yield Reading(device, t_ns, columns, row[part], quality[part], None, texts)


def _number(value: Value) -> float:
    return float(text_code(value)) if isinstance(value, str) else value
