"""Scenarios for tests: the hall's own, and small ones written on the spot; and what a run of the twin tells of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sdanlegg.clock import SECOND_NS
from sdanlegg.plausibility import Plausibility
from sdanlegg.points import Point
from sdanlegg.site import Site
from simulators.backfill import backfill
from simulators.scenario.model import Scenario
from simulators.scenario.read import examine_scenario, load_scenario

HOUR_NS = 3600 * SECOND_NS
HEAD = """name = { nb = "Prøve", en = "Trial" }
about = { nb = "Noe er galt", en = "Something is wrong" }
begin = 2026-01-14T08:00:00+01:00
hours = 4
"""
TRUTH = """truth = { class = "%s", points = %s, cause = { nb = "Årsak", en = "Cause" } }"""


def fault(kind: str, target: str, *lines: str, class_: str = "meter", points: str = '["people"]') -> str:
    """One [[fault]] of a file; lines are its own keys."""
    keys = [f'kind = "{kind}"', f'target = "{target}"', 'name = { nb = "Feil", en = "Fault" }', *lines]
    return "\n[[fault]]\n" + "\n".join([*keys, TRUTH % (class_, points)]) + "\n"


def written(folder: Path, *faults: str, head: str = HEAD) -> Path:
    """A file of these faults."""
    file = folder / "trial.toml"
    file.write_text(head + "".join(faults), encoding="utf-8")
    return file


def scenario(folder: Path, site: Site, *faults: str) -> Scenario:
    """A sound scenario of these faults."""
    return load_scenario(written(folder, *faults), site)


def found(file: Path, site: Site) -> list[str]:
    """Findings of a file, as line and text."""
    sound, findings = examine_scenario(file, site)
    assert (sound is None) == bool(findings)
    assert {f.file for f in findings} <= {file}
    return [f"{f.line}: {f.text}" for f in findings]


@dataclass(frozen=True)
class Past:
    """A run: times (t,) ns, values and qualities (t, n) by column, and source times (t, n), 0 where there is none."""

    times: NDArray[np.int64]
    values: NDArray[np.float64]
    quality: NDArray[np.uint16]
    source_ns: NDArray[np.int64]

    def cut(self, rows: int) -> "Past":
        return Past(self.times[:rows], self.values[:rows], self.quality[:rows], self.source_ns[:rows])


def past(site: Site, begin_ns: int, hours: float, scenario: Scenario | None, *, judged: bool = True) -> Past:
    """Run the twin and keep what would be stored, every five minutes; all of it judged, or what the twin judges."""
    step_s, n, judge = 300.0, len(site.points), Plausibility(site.points)
    times = list(range(begin_ns, begin_ns + round(hours * HOUR_NS), round(step_s * SECOND_NS)))
    row = {t_ns: k for k, t_ns in enumerate(times)}
    kept = Past(
        np.array(times),
        np.full((len(times), n), np.nan),
        np.zeros((len(times), n), np.uint16),
        np.zeros((len(times), n), np.int64),
    )
    for reading in backfill(site, begin_ns, times[-1] + 1, step_s=step_s, scenario=scenario):
        k = row[reading.t_ns]
        kept.values[k, reading.columns] = reading.values
        kept.quality[k, reading.columns] = (judge.judge(reading) if judged else reading).quality
        if reading.source_t_ns is not None:
            kept.source_ns[k, reading.columns] = reading.source_t_ns
    return kept


def differs(one: Past, other: Past) -> NDArray[np.bool_]:
    """Where two runs are not the same (t, n)."""
    same = (one.values == other.values) | (np.isnan(one.values) & np.isnan(other.values))
    return ~(same & (one.quality == other.quality) & (one.source_ns == other.source_ns))


def expanded(names: tuple[str, ...], points: tuple[Point, ...]) -> set[str]:
    """Point ids of a truth's points and devices."""
    return {p.id for p in points if p.id in names or p.device in names}
