"""The figures of the history benchmark as tables and goals."""

import statistics
from dataclasses import dataclass, field

import numpy as np

from benchmarks.results import Goal, Table

LOCAL = "local store"
SERVERS = ("VictoriaMetrics", "InfluxDB")


@dataclass(slots=True)
class Loaded:
    """What one engine's loading took: seconds of wall and of CPU (its own process and this one), bytes at rest."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    size: int = 0


@dataclass(slots=True)
class Outcome:
    """Everything that one run found."""

    samples: int
    loaded: dict[str, Loaded]
    kinds: dict[str, int] = field(default_factory=dict)  # bytes of the local store, by kind of row
    write_s: float = 0.0
    seal_s: float = 0.0
    times_ms: dict[tuple[str, str], list[float]] = field(default_factory=dict)  # by question and engine


def tables(found: Outcome) -> tuple[Table, ...]:
    """Loading, size, latencies."""
    return _loading(found), _rest(found), _latencies(found)


def goals(found: Outcome) -> tuple[Goal, ...]:
    """What was promised of size and latency."""
    texts = list(dict.fromkeys(text for text, _ in found.times_ms))
    day, year = texts[0], texts[3]
    return (
        Goal("raw chunks and their axes", 1.5, _sample_bytes(found), "bytes per sample"),
        Goal(f"{day}, median", 0.5, _median(found, day, LOCAL), "ms"),
        Goal(f"{year}, median", 25, _median(found, year, LOCAL), "ms"),
        *(Goal(f"{text}, to the faster of the servers", 0.2, _to_servers(found, text), "×") for text in (day, year)),
    )


def _loading(found: Outcome) -> Table:
    rows = []
    for name, one in found.loaded.items():
        wall = f"{found.samples / one.wall_s / 1e6:.2f} M"
        if name == LOCAL:
            writing, sealing = (found.samples / seconds / 1e6 for seconds in (found.write_s, found.seal_s))
            wall += f" (writing {writing:.2f} M, sealing {sealing:.2f} M)"
        size = _sample_bytes(found) if name == LOCAL else one.size / found.samples
        rows.append((name, wall, f"{1e6 * one.cpu_s / found.samples:.2f}", f"{size:.2f}"))
    columns = ("engine", "samples a second", "CPU µs a sample", "bytes a sample at rest")
    return Table(f"Loading {found.samples:,} samples, one writer to each engine", columns, tuple(rows))


def _rest(found: Outcome) -> Table:
    rows = [(kind, f"{size / 1e6:.1f}", f"{size / found.samples:.3f}") for kind, size in found.kinds.items()]
    rows.append(
        (
            "the whole file, with what is free in it",
            f"{found.loaded[LOCAL].size / 1e6:.1f}",
            f"{found.loaded[LOCAL].size / found.samples:.3f}",
        )
    )
    return Table("The local store at rest, a year of tiers included", ("rows", "MB", "bytes a raw sample"), tuple(rows))


def _latencies(found: Outcome) -> Table:
    rows = []
    for (text, name), times in found.times_ms.items():
        ratio = _median(found, text, name) / _median(found, text, LOCAL)
        p95 = float(np.percentile(times, 95))
        rows.append((text, name, f"{statistics.median(times):.2f}", f"{p95:.2f}", f"{len(times)}", f"{ratio:.1f}"))
    columns = ("question", "engine", "median, ms", "p95, ms", "times", "to the local store")
    return Table("Latencies, warm, the engines in turn", columns, tuple(rows))


def _median(found: Outcome, text: str, name: str) -> float:
    return statistics.median(found.times_ms[text, name])


def _to_servers(found: Outcome, text: str) -> float:
    return _median(found, text, LOCAL) / min(_median(found, text, name) for name in SERVERS)


def _sample_bytes(found: Outcome) -> float:
    return (found.kinds["raw chunks"] + found.kinds["axes"]) / found.samples
