"""The twin's past as arrays, in the order of time; run as a program, told to whoever started it.

`python -m simulators.past CONFIG START_NS END_NS EVERY_NS SEED` takes on its input where the counters are to stand at
the end, and writes frames on its output: how far it is, and stretches of samples.
"""

import io
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import numpy as np

from sdanlegg.config import load_site
from sdanlegg.quality import BAD, GOOD, SENSOR, QualityArray
from sdanlegg.readings import FloatArray, TimeArray
from sdanlegg.site import Site
from simulators.quantise import Quantiser
from simulators.twin import Twin, beginning

DAY_NS: Final = 86_400_000_000_000
MOST_DAYS: Final = 4  # in one stretch
TELL_EVERY: Final = 1000  # samples between two words of how far the first run is
NICE: Final = 10  # what is live comes first
_ALL: Final = 1 << 62
_LENGTH: Final = 8  # bytes before a frame


class Stretch(NamedTuple):
    """Samples t_ns (T,) of the hall's points: values, quality (T, N) by column, house units; the texts of codes."""

    t_ns: TimeArray
    values: FloatArray
    quality: QualityArray
    texts: Mapping[int, str]


def stretches(
    twin: Twin, start_ns: int, end_ns: int, every_ns: int, shift: FloatArray | None = None
) -> Iterator[Stretch]:
    """Samples at start_ns, start_ns + every_ns … and before end_ns, cut at midnights UTC; shift (N,) is added to them.

    The twin is at start_ns or before it, and at end_ns in the end. every_ns divides a day, start_ns is a multiple.
    """
    points = sorted((bound for device in twin.devices for bound in device.points), key=lambda bound: bound.column)
    quantise = Quantiser([bound.point for bound in points])
    for low_ns, high_ns in _cuts(start_ns, end_ns):
        rows: list[FloatArray] = []
        texts: dict[int, str] = {}
        for t_ns in range(low_ns, high_ns, every_ns):
            twin.advance(t_ns, _ALL)
            row = twin.shown()
            rows.append(row.values.copy())
            texts.update((int(row.values[column]), text) for column, text in row.texts.items())
        values = quantise(np.array(rows) if shift is None else np.array(rows) + shift)
        quality = np.where(np.isnan(values), BAD | SENSOR, GOOD).astype(np.uint16)
        times = np.arange(low_ns, high_ns, every_ns, dtype=np.int64)
        yield Stretch(times, *twin.stored.stretch(times, values, quality), texts)
    twin.advance(end_ns, _ALL)


def _cuts(start_ns: int, end_ns: int) -> Iterator[tuple[int, int]]:
    """What is before the first midnight, whole days, what is after the last midnight."""
    low_ns, last_ns = start_ns, end_ns // DAY_NS * DAY_NS
    while low_ns < end_ns:
        if low_ns % DAY_NS:
            high_ns = min((low_ns // DAY_NS + 1) * DAY_NS, end_ns)
        elif low_ns < last_ns:
            high_ns = min(low_ns + MOST_DAYS * DAY_NS, last_ns)
        else:
            high_ns = end_ns
        yield low_ns, high_ns
        low_ns = high_ns


def shift_to(site: Site, seed: int, times: tuple[int, int, int], counters: Mapping[int, float]) -> Iterator[FloatArray]:
    """Run once without telling anything; last of all (N,) what carries each counter to where it is to stand.

    Before it, (0,) now and then: a sign of life. times: as of stretches; counters: values at the end by column.
    """
    start_ns, end_ns, every_ns = times
    twin = Twin(site, beginning(site, start_ns, seed, None), seed)
    for i, t_ns in enumerate(range(start_ns, end_ns, every_ns)):
        twin.advance(t_ns, _ALL)
        twin.shown()
        if i % TELL_EVERY == 0:
            yield np.empty(0)
    twin.advance(end_ns, _ALL)
    shown = twin.shown().values
    shift = np.zeros(shown.size)
    for column, value in counters.items():
        shift[column] = value - shown[column]
    yield shift


def pack(**arrays: object) -> bytes:
    """A frame: its length, then the arrays."""
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]  # numpy takes whatever it can make an array of
    return len(content.getbuffer()).to_bytes(_LENGTH, "little") + content.getvalue()


def tell(site: Site, seed: int, times: tuple[int, int, int], counters: Mapping[int, float], out: BinaryIO) -> None:
    """Write every frame of a past: share (how far, 0 to 1), then stretches with it."""
    start_ns, end_ns, every_ns = times
    samples = max(1, (end_ns - start_ns) // every_ns)
    shift = np.zeros(0)
    for i, shift in enumerate(shift_to(site, seed, times, counters)):  # noqa: B007 - the last one is what is wanted
        out.write(pack(share=0.5 * min(1.0, i * TELL_EVERY / samples)))
        out.flush()
    twin = Twin(site, beginning(site, start_ns, seed, None), seed)
    for stretch in stretches(twin, start_ns, end_ns, every_ns, shift):
        share = 0.5 + 0.5 * (int(stretch.t_ns[-1]) + every_ns - start_ns) / (end_ns - start_ns)
        codes, texts = list(stretch.texts), list(stretch.texts.values())
        out.write(
            pack(share=share, t_ns=stretch.t_ns, values=stretch.values, quality=stretch.quality,
                 codes=np.array(codes, np.int64), texts=np.array(texts, np.str_))
        )  # fmt: skip
        out.flush()


def main() -> None:
    """Tell the past that the arguments name; ends quietly when nobody listens any more."""
    folder, start_ns, end_ns, every_ns, seed = sys.argv[1:]
    os.nice(NICE)
    stand = np.load(io.BytesIO(sys.stdin.buffer.read()))
    counters = dict(zip(stand["columns"].tolist(), stand["values"].tolist(), strict=True))
    try:
        times = int(start_ns), int(end_ns), int(every_ns)
        tell(load_site(Path(folder)), int(seed), times, counters, sys.stdout.buffer)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
