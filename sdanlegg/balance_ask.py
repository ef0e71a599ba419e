"""Questions to the balance: read what a period takes, work it out beside the event loop, tell it as JSON takes it.

The API, the foyer and reports ask here and nowhere else, so their figures are the same to the last digit.
"""

import asyncio
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

from sdanlegg import __version__
from sdanlegg.balance.arrays import Observed
from sdanlegg.balance.et_curve import Kind
from sdanlegg.balance.evaluate import Evaluation, Hall, dates, evaluate, period_figures, period_savings, whole
from sdanlegg.balance.structure import structure
from sdanlegg.balance_answers import Json, balance_interval, kpis_answer, savings_answer
from sdanlegg.balance_curve import By, curve_answer
from sdanlegg.balance_read import hours, newest_ns, observe
from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.errors import SdError
from sdanlegg.historian import SummingHistorian
from sdanlegg.measures import MeasurePlan
from sdanlegg.plan import KpiPlan
from sdanlegg.site import Site
from sdanlegg.when import utc_text

HOUR_NS: Final = 3600 * SECOND_NS
DAY_NS: Final = 24 * HOUR_NS
MAX_DAYS: Final = 400
MAX_INTERVALS: Final = 100
CONFIDENCE: Final = 0.95
What = Literal["balance", "kpis", "savings", "et-curve", "energy"]  # energy: key figures and balance in one answer
Every = Literal["1h", "1d", "1mo"]


class UnaskableError(SdError):
    """A period that cannot be told of: field names the part of the question at fault."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class UntoldError(SdError):
    """The hall's configuration does not say what the question takes."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of [start_ns, end_ns). every: of the balance; by and kind: of the ET-kurve."""

    what: What
    start_ns: int
    end_ns: int
    every: Every | None = None
    by: By = "day"
    kind: Kind | None = None


def hall_of(site: Site) -> Hall:
    """What the balance knows of a hall; UntoldError without balance.toml."""
    if site.network is None:
        raise UntoldError("the hall has no balance.toml: nothing says what flows where")
    return Hall(
        site.network, structure(site.network), site.zone, site.opening, site.plan, site.scene.outdoor, site.measures
    )


def askable(question: Question, now_ns: int) -> Question:
    """The question about the whole hours that its period touches and that are over; UnaskableError if there are none.

    A period that reaches into the future ends with the last whole hour before now.
    """
    if question.every == "1h" and question.what != "balance":
        raise UnaskableError("every", "key figures rest on days: ask for 1d or longer")
    if question.end_ns <= question.start_ns:
        raise UnaskableError("end", "must be later than start")
    start_ns = question.start_ns // HOUR_NS * HOUR_NS
    end_ns = min(-(-question.end_ns // HOUR_NS) * HOUR_NS, now_ns // HOUR_NS * HOUR_NS)
    if end_ns <= start_ns:
        text = f"no whole hour of the period is over yet: the newest ended {utc_text(now_ns // HOUR_NS * HOUR_NS)}"
        raise UnaskableError("start", text)
    if end_ns - start_ns > MAX_DAYS * DAY_NS:
        raise UnaskableError("end", f"start to end can be {MAX_DAYS} days at most")
    length_ns = {None: end_ns - start_ns, "1h": HOUR_NS, "1d": DAY_NS, "1mo": 28 * DAY_NS}[question.every]
    count = -(-(end_ns - start_ns) // length_ns)
    if count > MAX_INTERVALS:
        text = f"about {count} intervals, {MAX_INTERVALS} at most: ask for longer ones, or a shorter period"
        raise UnaskableError("every", text)
    return replace(question, start_ns=start_ns, end_ns=end_ns)


async def ask(historian: SummingHistorian, site: Site, question: Question, clock: Clock) -> Json:
    """Answer a question. UnaskableError, UntoldError; StoreError when the history cannot be read.

    What history does not have is null with coverage 0.
    """
    hall, now_ns = hall_of(site), clock.now_ns()
    question = askable(question, now_ns)
    _check_told(hall, question)
    points = hall.points
    newest = await newest_ns(historian, points)
    observed = await observe(historian, site, hours(question.start_ns, question.end_ns), points)
    told = await asyncio.to_thread(answer, hall, question, observed)
    return {
        "start": utc_text(question.start_ns),
        "end": utc_text(question.end_ns),
        "generated": utc_text(now_ns),
        "age_s": None if newest is None else max(0.0, (now_ns - newest) / SECOND_NS),
        "confidence": CONFIDENCE,
        "version": __version__,
        **told,
    }


def answer(hall: Hall, question: Question, observed: Observed) -> Json:
    """Work a question out of what its hours said: pure, and long for long periods; UntoldError."""
    if question.what == "savings":
        return savings_answer(period_savings(hall, _measures(hall), observed))
    evaluation = evaluate(hall, observed, days=question.every != "1h")
    if question.what == "et-curve":
        return curve_answer(hall, _plan(hall), _outdoor(hall), evaluation, question.by, question.kind)
    told: Json = {}
    if question.what != "balance":
        told |= kpis_answer(period_figures(hall, _plan(hall), evaluation, whole(evaluation)))
    if question.what != "kpis":
        cuts = _cuts(hall, evaluation, question.every)
        told["intervals"] = [balance_interval(hall, evaluation, slice(*cut)) for cut in pairwise(cuts)]
    return told


def _cuts(hall: Hall, evaluation: Evaluation, every: Every | None) -> list[int]:
    """Pieces that the intervals asked for begin with, and the end."""
    pieces = whole(evaluation).stop
    if every is None:
        return [0, pieces]
    if every == "1mo":
        months = [(day.year, day.month) for day in dates(evaluation, hall.zone)]
        return [0, *(i for i in range(1, pieces) if months[i] != months[i - 1]), pieces]
    return [*range(pieces + 1)]


def _check_told(hall: Hall, question: Question) -> None:
    """Refuse what the hall's files do not say, before anything is read."""
    if question.what == "savings":
        _measures(hall)
    elif question.what != "balance":
        _plan(hall)
    if question.what == "et-curve":
        _outdoor(hall)


def _plan(hall: Hall) -> KpiPlan:
    if hall.plan is None:
        raise UntoldError("the hall has no kpis.toml: nothing says which figures are wanted")
    return hall.plan


def _measures(hall: Hall) -> MeasurePlan:
    if hall.measures is None:
        raise UntoldError("the hall has no measures.toml: nothing says which measures it has")
    return hall.measures


def _outdoor(hall: Hall) -> str:
    if hall.outdoor is None:
        raise UntoldError("site.toml names no outdoor temperature: [scene] outdoor")
    return hall.outdoor
