"""The twin's past, fast: the same step function, without sockets."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError
from sdanlegg.quality import BAD, GOOD, SENSOR
from sdanlegg.readings import IntArray, Reading
from sdanlegg.site import Site
from simulators import snapshot
from simulators.observe import BoundDevice, Row
from simulators.plant.weather_block import Source
from simulators.quantise import Quantiser
from simulators.scenario.model import Scenario
from simulators.twin import Twin, beginning

_ALL = 1 << 62
SHORTEST_S, LONGEST_S = 0.001, 86_400.0


def backfill(  # noqa: PLR0913 - a run has that many sides
    site: Site,
    start_ns: int,
    end_ns: int,
    *,
    step_s: float = 60.0,
    seed: int = 1,
    state_file: Path | None = None,
    weather: Source | None = None,
    scenario: Scenario | None = None,
) -> Iterator[Reading]:
    """One reading per device at start_ns, start_ns + step_s … and before end_ns, in time order; house values.

    A scenario's timeline begins at start_ns; what it spoils is judged as the collector would have. Continues a state
    file that is older than start_ns; when it is used up, the end state stands in that file.
    """
    if not SHORTEST_S <= step_s <= LONGEST_S:
        raise SdError(f"the step between samples must be from {SHORTEST_S:g} s to {LONGEST_S:g} s, not {step_s:g} s")
    planted = () if scenario is None else scenario.planted(start_ns)
    twin = Twin(site, beginning(site, start_ns, seed, state_file, weather), seed, weather, planted)
    rows = Rows(twin.devices)
    step_ns = round(step_s * SECOND_NS)
    for t_ns in range(start_ns, end_ns, step_ns):
        twin.advance(t_ns, _ALL)
        yield from map(twin.stored.reading, rows.readings(t_ns, twin.shown()))
    twin.advance(end_ns, _ALL)
    if state_file is not None:
        snapshot.save(twin.saved(), state_file)


class Rows:
    """Turns the values of all devices into readings, with one rounding for the whole hall."""

    def __init__(self, devices: Sequence[BoundDevice]) -> None:
        points = sorted((bound for device in devices for bound in device.points), key=lambda bound: bound.column)
        self._quantise = Quantiser([bound.point for bound in points])
        self._devices: list[tuple[str, IntArray, list[int]]] = []
        for device in devices:
            columns = np.array([bound.column for bound in device.points], np.int32)
            texts = [bound.column for bound in device.points if bound.point.is_text]
            self._devices.append((device.device.id, columns, texts))

    def readings(self, t_ns: int, row: Row) -> Iterator[Reading]:
        """Readings of all devices at one instant."""
        values = self._quantise(row.values)
        quality = np.where(np.isnan(values), BAD | SENSOR, GOOD).astype(np.uint16)
        for device, columns, texts in self._devices:
            told = {int(row.values[column]): row.texts[column] for column in texts}
            yield Reading(device, t_ns, columns, values[columns], quality[columns], None, told)
