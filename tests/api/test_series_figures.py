"""Local days and further figures of intervals."""

from datetime import UTC, datetime, timedelta

import pytest

from sdanlegg.clock import SECOND_NS
from tests.support.api_hall import hall, point
from tests.support.api_series import asked, filled, problem, series


async def test_local_days_begin_at_midnight_and_have_no_fixed_length() -> None:
    place = hall()
    for hour in range(-3, 60):
        at = datetime(2026, 10, 24, tzinfo=UTC) + timedelta(hours=hour)
        place.history.add("vp1.supply_t", int(at.timestamp()) * SECOND_NS, float(hour))
    query = {"point": "vp1.supply_t", "start": "2026-10-24T00:00:00+02:00", "end": "2026-10-26T00:00:00+01:00"}
    found = await series(place, {**query, "every": "1d"})
    midnights = [
        datetime.fromisoformat(text).timestamp() for text in ("2026-10-24T00:00+02:00", "2026-10-25T00:00+02:00")
    ]
    assert found.t_ms == [int(t) * 1000 for t in midnights]
    assert found.v == [[sum(range(-2, 22)) / 24, sum(range(22, 47)) / 25]]
    assert (found.every_s, found.coverage, found.figures) == (None, [[1.0, 1.0]], None)


async def test_further_figures_come_by_name() -> None:
    found = await series(
        filled(), asked(["vp1.supply_t", "vp1.return_t"], 8, every="4s", figures="min,max,first,last,count")
    )
    assert found.v[0] == [41.5, 45.5]
    assert found.figures is not None
    assert list(found.figures) == ["min", "max", "first", "last", "count"]
    assert found.figures["min"] == [[40.0, 44.0], [1.0, 3.0]]
    assert found.figures["max"] == [[43.0, 47.0], [1.0, 3.0]]
    assert found.figures["first"] == found.figures["min"]
    assert found.figures["last"] == found.figures["max"]
    assert found.figures["count"] == [[4.0, 4.0], [1.0, 1.0]]


async def test_figures_of_a_point_never_stored_are_gaps() -> None:
    found = await series(filled(), asked(["sol1.out_t", "vp1.supply_t"], every="5s", figures="mean,count,mean"))
    assert found.figures == {"mean": [[None, None], [42.0, 47.0]], "count": [[0.0, 0.0], [5.0, 5.0]]}
    nothing = await series(hall(), asked("sol1.out_t", every="1d", figures="max"))
    assert (nothing.v, nothing.figures) == ([[]], {"max": [[]]})


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"figures": "max"}, "figures", "give `every` as well"),
        ({"figures": "max,median", "every": "1h"}, "figures", "there is no figure 'median'"),
        ({"figures": "", "every": "1h"}, "figures", "there is no figure ''"),
    ],
)
async def test_figures_that_cannot_be_are_refused_by_name(more: dict[str, str], field: str, words: str) -> None:
    place = hall()
    found = await problem(place, asked(**more))
    assert [error["field"] for error in found["errors"]] == [field]
    assert words in found["detail"]
    assert place.history.reads == 0


async def test_figures_count_as_values_of_the_answer() -> None:
    names = [point(f"p{i}") for i in range(20)]
    query = asked([p.id for p in names], 4000, every="1s")
    assert (await series(hall(names), query)).t_ms == []
    assert "3333 at most" in (await problem(hall(names), {**query, "figures": "min,max"}))["detail"]
