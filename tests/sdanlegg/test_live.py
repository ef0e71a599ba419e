import math

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.live import Live, aged
from sdanlegg.quality import BAD, COMM, NO_SAMPLE, STALE, UNCERTAIN
from tests.support.hall import T0, Source, core_point, table


def test_a_point_that_was_never_read_has_no_sample() -> None:
    view = Live(table(core_point("d.a"))).view(T0)
    assert view.quality.tolist() == [NO_SAMPLE]
    assert math.isnan(view.values[0])
    assert view.sample_t_ns.tolist() == [0]


def test_the_newest_sample_is_shown_with_its_own_time() -> None:
    points = table(core_point("d.a"), core_point("d.b"))
    live, source = Live(points), Source(points, "d")
    live.apply(source.at(0, 1, 2))
    live.apply(source.at(1, 3, 4))
    view = live.view(T0 + 2 * SECOND_NS)
    assert view.values.tolist() == [3, 4]
    assert view.sample_t_ns.tolist() == [T0 + SECOND_NS] * 2
    assert view.quality.tolist() == [0, 0]


def test_an_older_reading_never_replaces_a_newer_one() -> None:
    points = table(core_point("d.a"))
    live, source = Live(points), Source(points, "d")
    live.apply(source.at(5, 1))
    live.apply(source.at(4, 2))
    assert live.view(T0 + 5 * SECOND_NS).values.tolist() == [1]


def test_columns_that_are_no_neighbours_go_where_they_belong() -> None:
    points = table(core_point("a.x"), core_point("b.x"), core_point("a.y"))
    live = Live(points)
    live.apply(Source(points, "a").at(0, 1, 3))
    live.apply(Source(points, "b").at(0, 2))
    assert live.view(T0).values.tolist() == [1, 2, 3]


def test_age_makes_uncertain_and_then_bad_but_never_before_five_seconds() -> None:
    period = np.array([SECOND_NS, SECOND_NS, 10 * SECOND_NS, 10 * SECOND_NS, SECOND_NS], np.int64)
    age = np.array([5, 6, 30, 31, 51], np.int64) * SECOND_NS
    result = aged(np.zeros(5, np.uint16), age, period)
    assert result.tolist() == [0, UNCERTAIN | STALE, 0, UNCERTAIN | STALE, BAD | STALE]


def test_age_keeps_what_was_wrong_before() -> None:
    quality = np.array([BAD | COMM, NO_SAMPLE], np.uint16)
    result = aged(quality, np.full(2, 10 * SECOND_NS), np.full(2, SECOND_NS))
    assert result.tolist() == [BAD | COMM | STALE, NO_SAMPLE]
