"""The twin's past as arrays, in the order of time; run as a program, told to whoever started it.

`python -m simulators.past CONFIG START_NS END_NS EVERY_NS SEED` takes on its input where the counters are to stand at
the end, and writes frames on its output: how far it is, and stretches of samples.
"""

import io
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from sdanlegg.config import load_site
from sdanlegg.quality import BAD, GOOD, SENSOR, QualityArray
from sdanlegg.readings import FloatArray, TimeArray
from simulators.quantise import Quantiser
from simulators.twin import Twin, beginning

DAY_NS: Final = 86_400_000_000_000
MOST_DAYS: Final = 4  # in one stretch
TELL_EVERY: Final = 100  # samples between two words of how far it is
_LIVED_SHARE: Final = 0.8  # of the whole work
NICE: Final = 10  # what is live comes first
_ALL: Final = 1 << 62
_LENGTH: Final = 8  # bytes before a frame


class Stretch(NamedTuple):
    """Samples t_ns (T,) of the hall's points: values, quality (T, N) by column, house units; the texts of codes."""

    t_ns: TimeArray
    values: FloatArray
    quality: QualityArray
    texts: Mapping[int, str]


def stretches(twin: Twin, start_ns: int, end_ns: int, every_ns: int) -> Iterator[Stretch]:
    """Samples at start_ns, start_ns + every_ns … and before end_ns, cut at midnights UTC.

    The twin is at start_ns or before it, and at end_ns in the end. every_ns divides a day, start_ns is a multiple.
    """
    stretch = Rounding(twin)
    for low_ns, high_ns in _cuts(start_ns, end_ns):
        t_ns = np.arange(low_ns, high_ns, every_ns, dtype=np.int64)
        texts: dict[int, str] = {}
        rows = list(_lived(twin, t_ns, texts))
        yield stretch(t_ns, np.array(rows), texts)
    twin.advance(end_ns, _ALL)


class Rounding:
    """What the registers of a twin's hall make of what its meters show, and what is stored of faulty ones."""

    def __init__(self, twin: Twin) -> None:
        points = sorted((bound for device in twin.devices for bound in device.points), key=lambda bound: bound.column)
        self._quantise = Quantiser([bound.point for bound in points])
        self._stored = twin.stored

    def __call__(self, t_ns: TimeArray, shown: FloatArray, texts: Mapping[int, str]) -> Stretch:
        """Samples t_ns (T,) of what is shown (T, N)."""
        values = self._quantise(shown)
        quality = np.where(np.isnan(values), BAD | SENSOR, GOOD).astype(np.uint16)
        return Stretch(t_ns, *self._stored.stretch(t_ns, values, quality), texts)


def _lived(twin: Twin, t_ns: TimeArray, texts: dict[int, str]) -> Iterator[FloatArray]:
    """What is shown (N,) at each of the times; texts takes those that are seen."""
    for t in t_ns.tolist():
        twin.advance(t, _ALL)
        row = twin.shown()
        texts.update((int(row.values[column]), text) for column, text in row.texts.items())
        yield row.values.copy()


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


def pack(**arrays: object) -> bytes:
    """A frame: its length, then the arrays."""
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]  # numpy takes whatever it can make an array of
    return len(content.getbuffer()).to_bytes(_LENGTH, "little") + content.getvalue()


def frames(twin: Twin, times: tuple[int, int, int], counters: Mapping[int, float]) -> Iterator[bytes]:
    """All frames of a past: share (how far, 0 to 1) while it is lived, then its stretches.

    times are those of stretches; counters say where, by column, a counter is to stand at the end: each is shifted as a
    whole, which can be told only then. Until then the samples lie in a nameless file.
    """
    start_ns, end_ns, every_ns = times
    t_ns, texts, rounded = np.arange(start_ns, end_ns, every_ns, dtype=np.int64), dict[int, str](), Rounding(twin)
    with tempfile.TemporaryFile() as kept:
        for i, row in enumerate(_lived(twin, t_ns, texts)):
            kept.write(row.tobytes())
            if i % TELL_EVERY == 0:
                yield pack(share=_LIVED_SHARE * i / t_ns.size)
        twin.advance(end_ns, _ALL)
        shown = twin.shown().values
        shift = np.zeros(shown.size)
        for column, value in counters.items():
            shift[column] = value - shown[column]
        kept.seek(0)
        codes, names = np.array(list(texts), np.int64), np.array(list(texts.values()), np.str_)
        for low_ns, high_ns in _cuts(start_ns, end_ns):
            these = t_ns[(t_ns >= low_ns) & (t_ns < high_ns)]
            rows = np.frombuffer(kept.read(8 * these.size * shown.size)).reshape(these.size, shown.size)
            told = rounded(these, rows + shift, texts)
            share = _LIVED_SHARE + (1.0 - _LIVED_SHARE) * (high_ns - start_ns) / (end_ns - start_ns)
            yield pack(share=share, t_ns=these, values=told.values, quality=told.quality, codes=codes, texts=names)


def main() -> None:
    """Tell the past that the arguments name; ends quietly when nobody listens any more."""
    folder, start_ns, end_ns, every_ns, seed = sys.argv[1:]
    os.nice(NICE)
    stand = np.load(io.BytesIO(sys.stdin.buffer.read()))
    counters = dict(zip(stand["columns"].tolist(), stand["values"].tolist(), strict=True))
    site, times = load_site(Path(folder)), (int(start_ns), int(end_ns), int(every_ns))
    twin = Twin(site, beginning(site, times[0], int(seed), None), int(seed))
    try:
        for frame in frames(twin, times, counters):
            sys.stdout.buffer.write(frame)
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
