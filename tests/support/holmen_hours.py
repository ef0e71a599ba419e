"""Hours of the twin as a collector would have observed them, meters' errors included."""

import numpy as np

from sdanlegg.balance.arrays import Observed
from sdanlegg.clock import SECOND_NS
from sdanlegg.site import Site
from simulators.quantise import Quantiser
from simulators.twin import Twin, beginning

STEP_NS = 300 * SECOND_NS
STEPS = 12


def observed(site: Site, seed: int, start_ns: int, hours: int, settling_ns: int) -> Observed:
    """Observe some hours from start_ns on of a twin that begins settling_ns earlier; read every five minutes."""
    twin, quantised = (
        Twin(site, beginning(site, start_ns - settling_ns, seed, None), seed),
        Quantiser(site.points.points),
    )
    twin.advance(start_ns, 1 << 60)
    at, mean = [quantised(twin.shown().values)], []
    for hour in range(hours):
        rows = [at[-1]]
        for step in range(1, STEPS + 1):
            twin.advance(start_ns + (STEPS * hour + step) * STEP_NS, 1 << 60)
            rows.append(quantised(twin.shown().values))
        seen = np.isfinite(rows[:-1])
        summed, count = np.where(seen, rows[:-1], 0.0).sum(axis=0), seen.sum(axis=0)
        mean.append(np.where(count > 0, summed / np.maximum(count, 1), np.nan))
        at.append(rows[-1])
    edges, means, ends = start_ns + 3600 * SECOND_NS * np.arange(hours + 1), np.array(mean), np.array(at)
    ids = tuple(point.id for point in site.points.points)
    return Observed(ids, edges, means, np.diff(ends, axis=0), ends, np.isfinite(means).astype(np.float64))
