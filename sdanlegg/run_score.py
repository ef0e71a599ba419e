"""The score of the balance, wired: halls are lived through, looked at for faults, and held against the truth."""

from collections.abc import Callable
from datetime import date
from typing import Final

from sdanlegg.balance.findings.find import findings, needed_points
from sdanlegg.balance.findings.meters import RULE
from sdanlegg.balance.findings.records import Finding
from sdanlegg.run_score_halls import Asked, Halls, Window, network_of
from sdanlegg.run_score_savings import Span, TrueSavings, points_of, savers, score_savings
from sdanlegg.score.faults import Claim, Trial, judge
from sdanlegg.score.report import Score
from sdanlegg.score.tally import flow_scores
from sdanlegg.site import Site
from simulators.metering.drawn import key

FIRST: Final = date(2025, 1, 1)


def drawn_date(seed: int) -> date:
    """First date that a seed chooses: any of a year."""
    return date.fromordinal(FIRST.toordinal() + key(seed, "first day") % 365)


def score_of(site: Site, asked: Asked, done: Callable[[int], None]) -> Score:
    """Score the hall's balance; tells how many days are done, those of the past counted."""
    seeking = _Seeking(site)
    points = (*seeking.points, *points_of(site))
    halls = Halls(site, asked, points, savers(site, asked.sets, asked.days))
    with TrueSavings(Span(site.folder, asked.seed, halls.start_ns, halls.end_ns, halls.begin_ns)) as true:
        halls.live(seeking.look, done)
        saved = score_savings(site, halls, true.get()) if halls.savers else ()
    names, flows = halls.structure.names, len(halls.network.flows)
    scores = flow_scores(names, halls.how, halls.tally.sums)
    faults = judge(seeking.trials, seeking.claims, halls.lived_ns)
    first = asked.first.isoformat()
    return Score(first, asked.days, asked.seed, asked.sets, scores[:flows], scores[flows:], faults, saved)


class _Seeking:
    """Looks for bad meters, window by window. A hall without rules.toml is not looked at."""

    def __init__(self, site: Site) -> None:
        self._network, self._rules = network_of(site), site.rules
        self.points = () if self._rules is None else needed_points(self._network, self._rules)
        self.claims: list[Claim] = []
        self.trials: list[Trial] = []

    def look(self, window: Window) -> None:
        """Take up what befell the hall, and what is claimed of its meters since the window's new days began."""
        if window.trial is not None:
            self.trials.append(window.trial)
        if self._rules is None:
            return
        part = window.part
        end_ns = int(part.observed.edges_ns[-1])
        for one in findings(self._network, self._rules, part.observed, part.reconciled):
            if one.rule == RULE and one.start_ns >= window.from_ns:
                self.claims.append(_claim(window.hall, one, end_ns))


def _claim(hall: int, one: Finding, end_ns: int) -> Claim:
    """Meters are named by their points, and by their devices."""
    names = frozenset(name for subject in one.subjects for name in (subject, subject.partition(".")[0]))
    return Claim(hall, names, one.start_ns, end_ns if one.end_ns is None else one.end_ns)
