"""What is known of every flow and every storage before the balances are closed: amount, uncertainty, coverage.

Measured flows come from counters, or from the gauge where the counter said nothing; several meters of one flow are
weighted by their variances as long as they agree. Derived and modelled flows: models.py; storages: contents.py.
"""

from typing import Final, NamedTuple

import numpy as np

from sdanlegg.balance.arrays import Estimates, How, Observed
from sdanlegg.balance.classes import parts
from sdanlegg.balance.contents import content_points, gain
from sdanlegg.balance.intervals import spread_noise
from sdanlegg.balance.models import fed_points, modelled
from sdanlegg.balance.seen import Seen
from sdanlegg.network import BalanceFlow, BalanceNode, Measurement, Network, Sensor
from sdanlegg.readings import FloatArray

# Meters of one flow agree if they differ by no more than so many standard uncertainties of their difference.
AGREE: Final = 3.0
# What a gauge may have done while nobody looked: a standard uncertainty as a share of its mean (engineering estimate).
UNSEEN: Final = 0.5
_EVEN: Final = -1.2  # excess kurtosis of an even (rectangular) error
_KG_PER_M3: Final = 1000.0
_DAY_H: Final = 24.0


class Metered(NamedTuple):
    """What one meter says (K,): amount, independent even errors, noise, coverage."""

    amount: FloatArray
    even: tuple[FloatArray, ...]
    noise: FloatArray
    coverage: FloatArray

    @property
    def fixed(self) -> FloatArray:
        """Standard uncertainty of all errors that stay."""
        return np.sqrt(sum((part**2 for part in self.even), np.zeros_like(self.amount)))


def needed_points(network: Network) -> tuple[str, ...]:
    """Points that `estimate` looks at, each once, in the order of the network."""
    points: dict[str, None] = {}
    for flow in network.flows:
        for meter in flow.measured:
            points.update(dict.fromkeys(p for p in (meter.counter, meter.power, meter.volume) if p is not None))
        points.update(dict.fromkeys(fed_points(flow)))
    for node in network.nodes:
        points.update(dict.fromkeys(content_points(node)))
    return tuple(points)


def gain_name(node: BalanceNode) -> str:
    """Name of the variable that a storage's gain is."""
    return f"{node.id}.gain"


def estimate(network: Network, observed: Observed) -> Estimates:
    """Estimate V variables in K intervals: flows in the network's order, then the gain of every storage.

    amount, fixed, noise (K, V) in kWh, m³ or kg of the interval; NaN with coverage 0 where a point that is needed said
    nothing. excess (V,) of the fixed error over all intervals. Errors of flows that share a point are taken as
    independent. Source: GUM (JCGM 100) for the uncertainties.
    """
    seen = Seen(observed, network.sensors)
    columns = [_flow(flow, seen) for flow in network.flows]
    columns += [_gain(node, seen) for node in network.nodes if node.kind == "storage"]
    names = [flow.id for flow in network.flows]
    names += [gain_name(node) for node in network.nodes if node.kind == "storage"]
    return Estimates(
        names=tuple(names),
        edges_ns=observed.edges_ns,
        amount=np.array([column.amount for column in columns]).T,
        fixed=np.array([column.fixed for column in columns]).T,
        noise=np.array([column.noise for column in columns]).T,
        coverage=np.array([column.coverage for column in columns]).T,
        excess=np.array([column.excess for column in columns]),
        how=tuple(column.how for column in columns),
    )


def metered(flow: BalanceFlow, meter: Measurement, seen: Seen) -> Metered:
    """What one meter of a flow says by itself: its counter, or where that said nothing, its gauge over the time."""
    amount, coverage, noise = _nothing(seen), np.zeros_like(seen.hours), np.zeros_like(seen.hours)
    if meter.counter is not None:
        factor = _KG_PER_M3 if flow.carrier == "moisture" else 1.0
        amount = factor * seen.gained(meter.counter)
        coverage = seen.coverage(meter.counter)
        noise = factor * step_noise(seen.sensor(meter.counter), seen.hours)
        noise = np.hypot(noise, np.nan_to_num(spread_noise(amount, coverage)))
    if meter.power is not None:
        shown, there = seen.mean(meter.power) * seen.hours, np.isnan(amount)
        unseen = UNSEEN * np.abs(shown) * (1.0 - seen.coverage(meter.power))
        amount, coverage = (np.where(there, shown, amount), np.where(there, seen.coverage(meter.power), coverage))
        noise = np.where(there, np.hypot(seen.rate_spread(meter.power)[1] * seen.hours, unseen), noise)
    volume = None if meter.volume is None else seen.gained(meter.volume)
    return Metered(amount, parts(meter, flow.carrier, amount, seen.hours, volume), noise, coverage)


def step_noise(counter: Sensor, hours: FloatArray) -> FloatArray:
    """Noise of what a counter counted (K,), out of its readings' (a step divided by the root of 12).

    Two readings make it in each interval, but of several intervals only the first and the last are left. So that a day
    has the noise of two readings when its intervals are added up as if each had its own, each has its share of it.
    """
    return counter.noise * np.sqrt(2.0 * np.minimum(hours / _DAY_H, 1.0))


class _Column(NamedTuple):
    amount: FloatArray
    fixed: FloatArray
    noise: FloatArray
    coverage: FloatArray
    excess: float
    how: How


def _flow(flow: BalanceFlow, seen: Seen) -> _Column:
    if flow.measured:
        meters = [metered(flow, meter, seen) for meter in flow.measured]
        together = meters[0]
        for further in meters[1:]:
            together = combined(together, further)
        return _column(together.amount, together.fixed, together.noise, together.coverage, together.even, "measured")
    found = modelled(flow, seen)
    if found is None:
        nothing = _nothing(seen)
        return _column(nothing, nothing, nothing, np.zeros_like(nothing), (), "unmeasured")
    how: How = "modelled" if flow.derived is None else "derived"
    return _column(found.amount, found.fixed, found.noise, found.coverage, found.even, how)


def combined(first: Metered, second: Metered) -> Metered:
    """Two meters of the same flow, each interval by itself: weighted by the inverse of their variances.

    Where they differ by more than AGREE standard uncertainties, the first stands alone: that one is the flow's meter,
    and what is wrong is for the findings to say. Where one said nothing the other stands.
    """
    variances = [meter.fixed**2 + meter.noise**2 for meter in (first, second)]
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(variances[0] + variances[1] > 0.0, variances[0] / (variances[0] + variances[1]), 0.0)
        apart = np.abs(first.amount - second.amount) > AGREE * np.sqrt(variances[0] + variances[1])
    weight = np.where(apart | np.isnan(second.amount), 0.0, weight)
    weight = np.where(np.isnan(first.amount), 1.0, weight)
    kept = 1.0 - weight
    one, other = (np.where(np.isnan(m.amount), 0.0, m.amount) for m in (first, second))
    nowhere = np.isnan(first.amount) & np.isnan(second.amount)
    even = [np.where(kept == 0.0, 0.0, kept * part) for part in first.even]
    even += [np.where(weight == 0.0, 0.0, weight * part) for part in second.even]
    noise = np.hypot(kept * np.nan_to_num(first.noise), weight * np.nan_to_num(second.noise))
    return Metered(
        np.where(nowhere, np.nan, kept * one + weight * other),
        tuple(even),
        noise,
        np.where(weight == 1.0, second.coverage, first.coverage),
    )


def _gain(node: BalanceNode, seen: Seen) -> _Column:
    amount, fixed, noise = gain(node, seen)
    known = node.content is not None or node.content_sigma is not None
    points = content_points(node)
    coverage = np.min([seen.coverage(p) for p in points], axis=0) if points else np.ones_like(amount)
    how: How = "measured" if node.content is not None else "modelled" if known else "unmeasured"
    return _column(amount, fixed, noise, coverage, (fixed,), how)


def _column(
    amount: FloatArray, fixed: FloatArray, noise: FloatArray, coverage: FloatArray, even: tuple[FloatArray, ...],
    how: How,
) -> _Column:  # fmt: skip
    """A variable's column: unknown wherever its amount is, with coverage 0."""
    gone = np.isnan(amount) | np.isnan(fixed) | np.isnan(noise)
    return _Column(
        np.where(gone, np.nan, amount),
        np.where(gone, np.nan, fixed),
        np.where(gone, np.nan, noise),
        np.where(gone, 0.0, coverage),
        _excess(np.where(gone, 0.0, fixed), even),
        how,
    )


def _excess(fixed: FloatArray, even: tuple[FloatArray, ...]) -> float:
    """Excess kurtosis of a sum of independent even and normal errors, each the same in all intervals."""
    whole = float(np.sum(fixed))
    if whole <= 0.0:
        return 0.0
    return float(_EVEN * sum((float(np.nansum(part)) / whole) ** 4 for part in even))


def _nothing(seen: Seen) -> FloatArray:
    return np.full_like(seen.hours, np.nan)
