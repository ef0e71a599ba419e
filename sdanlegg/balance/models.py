"""Modelled and derived flows with their uncertainty: first order, by the uncertainties of the points that feed them.

u² = sum over points of (df/dx u(x))², the derivative by a difference of one standard uncertainty (GUM 5.1.3); a point
that feeds a model twice moves in both places. On top comes what the physics leaves out: sigma · |flow| + floor.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from sdanlegg.balance import models_water
from sdanlegg.balance.model_table import MODELS
from sdanlegg.balance.seen import Seen
from sdanlegg.model_forms import FORMS
from sdanlegg.network import BalanceFlow, Inputs, StreamHeat, Weighted, WeightedSum
from sdanlegg.readings import FloatArray

Physics = Callable[[Mapping[str, FloatArray]], FloatArray]


class Modelled(NamedTuple):
    """A flow in K intervals, all (K,): amount, its fixed and noise standard uncertainty, coverage of its points.

    even: what each point's lasting error makes of it, in standard uncertainties.
    """

    amount: FloatArray
    fixed: FloatArray
    noise: FloatArray
    coverage: FloatArray
    even: tuple[FloatArray, ...]


class _Fed(NamedTuple):
    """A function of a flow, what feeds each of its arguments, and its numbers."""

    physics: Physics
    points: Mapping[str, Weighted]
    rises: frozenset[str]
    numbers: Mapping[str, float]


def fed_points(flow: BalanceFlow) -> tuple[str, ...]:
    """Points that a modelled or derived flow is made of, each once."""
    fed = _fed(flow)
    return () if fed is None else tuple(dict.fromkeys(point for one in fed.points.values() for point, _ in one))


def modelled(flow: BalanceFlow, seen: Seen) -> Modelled | None:
    """A derived or modelled flow in every interval; None if it is neither. NaN where a point of it said nothing."""
    fed = _fed(flow)
    if fed is None:
        return None
    hours = seen.hours
    arrays = {key: _sum(seen, terms, key in fed.rises) for key, terms in fed.points.items()}
    rate = _run(fed, arrays, hours)
    even, noise = [], np.zeros_like(hours)
    for point in fed_points(flow):
        fixed_part, noise_part = _moved(fed, arrays, rate, point, seen)
        even.append(hours * fixed_part)
        noise += noise_part**2
    own = (flow.sigma or 0.0) * np.abs(rate) + flow.floor
    stays, varies = flow.stays, np.sqrt(1.0 - flow.stays**2)
    fixed = hours * np.sqrt(sum((part**2 for part in even), (hours * stays * own) ** 2) / hours**2)
    coverage = _least(seen.coverage(point) for point in fed_points(flow)) if fed.points else np.ones_like(hours)
    amount = hours * rate
    return Modelled(amount, fixed, hours * np.sqrt(noise + (varies * own) ** 2), coverage, tuple(even))


def _fed(flow: BalanceFlow) -> _Fed | None:
    derived = flow.derived
    if isinstance(derived, StreamHeat):
        points: dict[str, Weighted] = {"flow": ((derived.flow, 1.0),), "hot": ((derived.hot, 1.0),)}
        if derived.cold is not None:
            points["cold"] = ((derived.cold, 1.0),)
        numbers = {"kwh_per_m3_k": derived.kwh_per_m3_k, **({"cold": 0.0} if derived.cold is None else {})}
        return _Fed(_stream_heat, points, frozenset(), numbers)
    if isinstance(derived, WeightedSum):
        terms = (*((p, derived.factor) for p in derived.plus), *((p, -derived.factor) for p in derived.minus))
        return _Fed(MODELS["share"], {"each": terms}, frozenset(), {"constant": 0.0})
    if flow.model is None or flow.feed is None:
        return None
    return _Fed(MODELS[flow.model], flow.feed.points, _rises(flow.model), _numbers(flow.model, flow.feed))


def _stream_heat(x: Mapping[str, FloatArray]) -> FloatArray:
    """Heat that a stream carries [kW]."""
    return models_water.stream(x["flow"], x["hot"], x["cold"], x["kwh_per_m3_k"])


def _rises(model: str) -> frozenset[str]:
    return frozenset(key for key, argument in FORMS[model].items() if argument.rise)


def _numbers(model: str, feed: Inputs) -> dict[str, float]:
    """Numbers of a model, with what stands where nothing is named."""
    left_out = {
        key: argument.default
        for key, argument in FORMS[model].items()
        if argument.default is not None and key not in feed.points and key not in feed.numbers
    }
    return {**left_out, **feed.numbers}


def _sum(seen: Seen, terms: Weighted, rise: bool) -> FloatArray:
    take = seen.rise if rise else seen.rate
    total = np.zeros_like(seen.hours)
    for point, factor in terms:
        total += factor * take(point)
    return total


def _run(fed: _Fed, arrays: Mapping[str, FloatArray], hours: FloatArray) -> FloatArray:
    """Rate of a flow (K,); numbers stand as arrays of no axes."""
    numbers = {key: np.asarray(number) for key, number in fed.numbers.items()}
    with np.errstate(invalid="ignore", over="ignore"):
        return fed.physics({**arrays, **numbers}) * np.ones_like(hours)


def _moved(
    fed: _Fed, arrays: Mapping[str, FloatArray], rate: FloatArray, point: str, seen: Seen
) -> tuple[FloatArray, FloatArray]:
    """Fixed (signed, by its uncertainty) and noise part of a flow's rate that one point's error makes."""
    moved, fixed, noise = dict(arrays), np.zeros_like(rate), np.zeros_like(rate)
    for key, terms in fed.points.items():
        for name, factor in terms:
            if name == point:
                spread = seen.rise_spread(point) if key in fed.rises else seen.rate_spread(point)
                fixed, noise = np.maximum(fixed, spread[0]), np.maximum(noise, spread[1])
                whole = np.hypot(*spread)
                moved[key] = moved[key] + factor * whole
    whole = np.hypot(fixed, noise)
    change = _run(fed, moved, rate) - rate
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(whole > 0.0, change / whole, 0.0)
    return np.abs(slope) * fixed, np.abs(slope) * noise


def _least(coverages: Iterable[FloatArray]) -> FloatArray:
    least: FloatArray = np.stack(list(coverages)).min(axis=0)
    return least
