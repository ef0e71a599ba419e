"""Hours of the twin as the balance sees them: what meters show, in steps of five minutes."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from sdanlegg.balance.arrays import Observed
from sdanlegg.balance.findings.series import HOUR_NS
from sdanlegg.config.load import load_site
from sdanlegg.readings import FloatArray
from sdanlegg.site import Site
from simulators.quantise import Quantiser
from simulators.scenario.model import Planted
from simulators.snapshot import Saved
from simulators.twin import Twin, beginning
from tests.support.holmen import CONFIG

STEP_NS = 300_000_000_000
PER_H = HOUR_NS // STEP_NS


@dataclass(frozen=True)
class Lived:
    """K hours of a twin from start_ns: means (K, P) and values at the edges (K + 1, P); what it goes on from."""

    start_ns: int
    mean: FloatArray
    at: FloatArray
    saved: Saved

    @property
    def end_ns(self) -> int:
        return self.start_ns + HOUR_NS * len(self.mean)


@cache
def hall() -> Site:
    return load_site(CONFIG / "holmen", secrets=False)


@cache
def lead(start_ns: int, hours: int, seed: int) -> Lived:
    """Sound hours from a fresh beginning."""
    return _lived(Twin(hall(), beginning(hall(), start_ns, seed, None), seed), start_ns, hours)


def after(before: Lived, hours: int, seed: int, planted: tuple[Planted, ...]) -> Observed:
    """Sound hours and those with faults that follow them, as one."""
    later = _lived(Twin(hall(), before.saved, seed, planted=planted), before.end_ns, hours)
    at = np.vstack([before.at, later.at[1:]])
    mean = np.vstack([before.mean, later.mean])
    edges = before.start_ns + HOUR_NS * np.arange(len(mean) + 1)
    ids = tuple(point.id for point in hall().points.points)
    return Observed(ids, edges, mean, np.diff(at, axis=0), at, np.isfinite(mean).astype(float))


def _lived(twin: Twin, start_ns: int, hours: int) -> Lived:
    quantise = Quantiser(hall().points.points)
    twin.advance(start_ns, 1 << 60)
    row, t_ns = quantise(twin.shown().values), start_ns
    at, means = [row], []
    for _ in range(hours):
        rows = []
        for _ in range(PER_H):
            rows.append(row)
            t_ns += STEP_NS
            twin.advance(t_ns, 1 << 60)
            row = quantise(twin.shown().values)
        at.append(row)
        known = np.isfinite(rows)
        count = known.sum(axis=0)
        summed = np.where(known, rows, 0.0).sum(axis=0)
        means.append(np.where(count > 0, summed / np.maximum(count, 1), np.nan))
    return Lived(start_ns, np.array(means), np.array(at), twin.saved())
