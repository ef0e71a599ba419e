"""Savings to score: what the balance of each kept hall tells of every measure, beside what the twin truly saved."""

from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

from sdanlegg.balance.arrays import Figure
from sdanlegg.balance.savings import Saving, needed_points, savings
from sdanlegg.config import load_site
from sdanlegg.run_score_halls import Halls, network_of
from sdanlegg.score.savings import SavingScore, score_saving
from sdanlegg.site import Site
from simulators.without import true_savings

SET_DAYS: Final = 1440  # hours of so many days of halls are kept at most, but of LEAST halls
LEAST: Final = 3
_QUANTITIES: Final = ("heat", "electricity", "water", "chlorine", "exported")
_UNITS: Final = {"water": "m3", "chlorine": "kg"}

True_ = dict[str, dict[str, float]]


class Span(NamedTuple):
    """What the twin lives through once more without each measure."""

    folder: Path
    seed: int
    start_ns: int
    end_ns: int
    begin_ns: int


class TrueSavings(AbstractContextManager["TrueSavings"]):
    """The twin without each measure, in a process of its own while the halls live."""

    def __init__(self, span: Span) -> None:
        self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        self._found: Future[True_] = self._pool.submit(_saved, span)

    def get(self) -> True_:
        """By measure and quantity; waits until it is there."""
        return self._found.result()

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._pool.shutdown(cancel_futures=True)


def savers(site: Site, sets: int, days: int) -> int:
    """Of how many halls every hour is kept."""
    return 0 if site.measures is None else min(sets, max(LEAST, SET_DAYS // days))


def points_of(site: Site) -> tuple[str, ...]:
    """Points that savings look at; none without measures.toml."""
    return () if site.measures is None else needed_points(site.measures)


def score_savings(site: Site, halls: Halls, true: Mapping[str, Mapping[str, float]]) -> tuple[SavingScore, ...]:
    """Score every quantity of every measure that it has a part in."""
    told = [_told(site, halls, hall) for hall in range(halls.savers)]
    scores = []
    for number, measure in enumerate(told[0] if told else ()):
        for quantity in _QUANTITIES:
            figures: list[Figure] = [getattr(one[number], quantity) for one in told]
            if figures[0].coverage > 0.0:
                truth = true[measure.id][f"{quantity}_{_UNITS.get(quantity, 'kwh')}"]
                scores.append(score_saving(measure.id, quantity, truth, figures))
    return tuple(scores)


def _told(site: Site, halls: Halls, hall: int) -> tuple[Saving, ...]:
    part = halls.whole(hall)
    if site.measures is None or part.hours is None:
        return ()
    return savings(site.measures, network_of(site), part.observed, part.hours, site.zone)


def _saved(span: Span) -> True_:
    return true_savings(load_site(span.folder), span.seed, span.start_ns, span.end_ns, span.begin_ns)
