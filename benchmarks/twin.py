"""How long the twin takes for a year of the hall: the step function, beside a loop whose step returns its state.

The inputs (weather, visitors, net) are made a day at a time and counted separately. CPU time of one core; where others
use the machine too, the reference loop of plain additions tells by how much it is slower than alone.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results import Goal, Result, Table, arguments, publish
from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from simulators.plant.inputs import Inputs, InputsAhead
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.step import step
from simulators.twin import place_of

HALL = Path(__file__).resolve().parents[1] / "config" / "holmen"
START_NS = 1_767_222_000 * SECOND_NS  # New Year's night of 2026 in Asker
DAY_S = 86_400
YEAR = 365  # days
QUARTERS_NS = [START_NS + 91 * quarter * DAY_S * SECOND_NS for quarter in range(4)]
GOALS_S = {300: 20.0, 60: 90.0}
Step = Callable[[State, Inputs, float], State]


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of the days' inputs, of their steps, and of the empty loop; and how many steps that were."""

    inputs_s: float
    steps_s: float
    empty_s: float
    steps: int

    def of_a_year(self, seconds: float, dt_s: int) -> float:
        """What a year takes when these steps took so long."""
        return seconds / self.steps * (YEAR * DAY_S / dt_s)


def empty(s: State, inputs: Inputs, dt_s: float) -> State:  # noqa: ARG001 - it is the step's form
    """Step that does nothing."""
    return s


def go(s: State, inputs: list[Inputs], dt_s: float, one: Step) -> tuple[State, float]:
    """Take all steps; the state after them and the CPU seconds they took."""
    begun = time.process_time()
    for given in inputs:
        s = one(s, given, dt_s)
    return s, time.process_time() - begun


def spend(days: int, dt_s: int) -> Spent:
    """Run the year, or as many days from the beginning of each of its quarters, in steps of dt_s."""
    place = place_of(load_site(HALL))
    ahead = InputsAhead(place, 1)
    inputs_s = steps_s = empty_s = 0.0
    a_day, dt_ns = DAY_S // dt_s, dt_s * SECOND_NS
    for begin_ns, spell in ((START_NS, YEAR),) if days >= YEAR else tuple((ns, days) for ns in QUARTERS_NS):
        s = initial(begin_ns, place, 1)
        for _ in range(spell):
            begun = time.process_time()
            inputs = [ahead.at(s.t_ns + k * dt_ns) for k in range(1, a_day + 1)]
            inputs_s += time.process_time() - begun
            empty_s += go(s, inputs, float(dt_s), empty)[1]
            s, taken = go(s, inputs, float(dt_s), step)
            steps_s += taken
    return Spent(inputs_s, steps_s, empty_s, YEAR * a_day if days >= YEAR else len(QUARTERS_NS) * days * a_day)


def additions_ns() -> float:
    """CPU nanoseconds of one turn of a loop that adds floats: the least of five."""
    turns, least = 1_000_000, float("inf")
    for _ in range(5):
        total, begun = 0.0, time.process_time()
        for _ in range(turns):
            total += 0.5
        least = min(least, time.process_time() - begun)
    return least / turns * 1e9


def main() -> None:
    """Measure both step lengths, print, keep."""
    parser = arguments(__doc__)
    parser.add_argument("--days", type=int, help="days of each quarter (default: the whole year)")
    given = parser.parse_args()
    days = given.days or (1 if given.quick else YEAR)
    rows, goals = [], []
    for dt_s, limit in GOALS_S.items():
        spent = spend(days, dt_s)
        year = [spent.of_a_year(part, dt_s) for part in (spent.inputs_s, spent.steps_s, spent.empty_s)]
        rows.append(
            (f"{dt_s} s", f"{spent.steps:,}", f"{spent.steps_s / spent.steps * 1e6:.0f}",
             f"{spent.empty_s / spent.steps * 1e6:.2f}", f"{year[0]:.1f}", f"{year[1]:.1f}", f"{year[0] + year[1]:.1f}")
        )  # fmt: skip
        goals.append(Goal(f"a year in steps of {dt_s} s, the steps", limit, year[1], "s"))
    columns = ("step", "steps", "µs a step", "µs an empty step", "year's inputs, s", "year's steps, s", "both, s")
    loop = Table("Reference", ("loop", "ns a turn"), (("adding floats in plain Python", f"{additions_ns():.1f}"),))
    command = f"python -m benchmarks.twin --days {days}"
    tables = (Table("A year of the hall, CPU time of one core", columns, tuple(rows)), loop)
    publish(Result("twin", command, tables, tuple(goals)), given)


if __name__ == "__main__":
    main()
