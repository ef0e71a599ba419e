"""The bill: hours, seasons, peaks and parts of months by hand; days of 23 and 25 hours."""

import math
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sdanlegg.balance.cost import Cost, Hours, cost
from sdanlegg.balance.cost_hours import calendar, fits, month_hours, months, prices
from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.readings import FloatArray, TimeArray
from sdanlegg.tariff import PricePart, Rate, Step, Tariff
from tests.support.holmen import CONFIG
from tests.support.totals import totals

OSLO = ZoneInfo("Europe/Oslo")
HOUR_NS = 3600 * SECOND_NS
DAY = Rate(1.0, start=6 * 60, end=22 * 60)
NIGHT = Rate(0.5)


def edges(first: datetime, last: datetime) -> TimeArray:
    """Hours between two clock times in Oslo."""
    begin, end = (round(t.replace(tzinfo=OSLO).astimezone(UTC).timestamp()) * SECOND_NS for t in (first, last))
    return np.arange(begin, end + HOUR_NS, HOUR_NS, dtype=np.int64)


def bill(
    part: PricePart, t: TimeArray, bought: FloatArray, total: float | None = None, *, with_vat: bool = False
) -> Cost:
    """One line's bill; the period's total is the hours' sum unless told otherwise, with 1 %."""
    amount = float(np.nansum(bought)) if total is None else total
    tariff = Tariff(("grid",), ("sold",), ("water",), (part,), with_vat=with_vat)
    return cost(
        tariff, OSLO, totals({"grid": amount, "sold": 2.0, "water": 3.0}, {"grid": 0.01 * amount}),
        Hours(t, bought, np.ones(t.size - 1)),
    )  # fmt: skip


def part(by: str, *rates: Rate, **more: object) -> PricePart:
    return PricePart("x", "x", "x", by, rates, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "hours", "nights"), [(date(2026, 3, 29), 23, 7), (date(2026, 10, 25), 25, 9), (date(2026, 5, 4), 24, 8)]
)
def test_days_of_23_and_25_hours_have_as_many(day: date, hours: int, nights: int) -> None:
    begin = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the clock on the wall
    t = edges(begin, datetime(day.year, day.month, day.day + 1))  # noqa: DTZ001
    when = calendar(t, OSLO)
    assert when.length_h.sum() == hours
    assert set(when.day.tolist()) == {day.toordinal()}
    price = prices((DAY, NIGHT), when)
    assert (np.sum(price == 1.0), np.sum(price == 0.5)) == (16, nights)
    found = bill(part("energy", DAY, NIGHT), t, np.full(hours, 10.0))
    assert found.total.value == pytest.approx(10 * (16 + 0.5 * nights))


def test_months_with_a_change_of_clock_are_an_hour_off() -> None:
    assert [month_hours(date(2026, m, 1), OSLO) for m in (2, 3, 10, 12)] == [672, 743, 745, 744]


def test_an_hour_takes_the_first_rate_that_fits() -> None:
    when = calendar(edges(datetime(2026, 1, 2, 20), datetime(2026, 1, 3, 8)), OSLO)  # noqa: DTZ001 - Friday night
    late = Rate(3.0, months=(1,), weekdays=(4,), start=22 * 60, end=6 * 60)
    assert prices((late, Rate(1.0, weekdays=(5,)), Rate(2.0)), when).tolist() == [2, 2, 3, 3, *[1] * 8]
    past = Rate(9.0, until=date(2026, 1, 2))
    ahead = Rate(8.0, since=date(2026, 1, 3))
    assert prices((past, ahead), when).tolist() == [*[9] * 4, *[8] * 8]
    assert not fits(Rate(1.0, months=(2,)), when).any()
    assert np.isnan(prices((Rate(1.0, months=(2,)),), when)).all()


def test_money_is_the_reconciled_amount_at_the_hours_mean_price() -> None:
    t = edges(datetime(2026, 5, 4), datetime(2026, 5, 5))  # noqa: DTZ001
    bought = np.where(np.arange(24) < 6, 4.0, 1.0)  # night 0-6 and 22-24: 24 + 2, day 16: 42 in all
    found = bill(part("energy", DAY, NIGHT), t, bought, 84.0)  # reconciled to twice as much
    assert found.total.value == pytest.approx(2 * (16 * 1.0 + 26 * 0.5))
    assert found.total.high - found.total.value == pytest.approx(1.96 * 0.01 * found.total.value)
    assert found.total.unit == "NOK"


def test_what_is_sold_is_paid_back_and_water_goes_by_its_amount() -> None:
    t = edges(datetime(2026, 5, 4), datetime(2026, 5, 5))  # noqa: DTZ001
    assert bill(part("sold", Rate(0.5)), t, np.ones(24)).total.value == pytest.approx(-1.0)
    assert bill(part("water", Rate(20.0)), t, np.ones(24)).total.value == pytest.approx(60.0)


def test_vat_is_added_only_where_asked_for() -> None:
    t = edges(datetime(2026, 5, 4), datetime(2026, 5, 5))  # noqa: DTZ001
    taxed = part("water", Rate(20.0), vat_pct=15.0)
    assert bill(taxed, t, np.ones(24), with_vat=True).total.value == pytest.approx(69.0)
    assert bill(taxed, t, np.ones(24), with_vat=False).total.value == pytest.approx(60.0)


def april() -> tuple[TimeArray, FloatArray]:
    """A month of 10 kW with 50, 40, 30 and 45 kW in single hours, two of them on one day."""
    t = edges(datetime(2026, 4, 1), datetime(2026, 5, 1))  # noqa: DTZ001
    bought = np.full(t.size - 1, 10.0)
    bought[[5, 8, 24 * 3 + 7, 24 * 9 + 12]] = 50.0, 45.0, 40.0, 30.0
    return t, bought


@pytest.mark.parametrize(("highest", "kw"), [(1, 50.0), (3, 40.0), (31, 10 + (40 + 30 + 20) / 30)])
def test_capacity_is_the_mean_of_the_highest_hours_of_different_days(highest: int, kw: float) -> None:
    t, bought = april()
    found = bill(part("capacity", Rate(60.0, months=(4,)), Rate(9.0), highest=highest), t, bought)
    assert found.lines[0].kw == pytest.approx(kw)
    assert found.total.value == pytest.approx(60 * kw)
    assert found.total.high - found.total.value == pytest.approx(1.96 * 0.01 * 60 * kw)


def test_capacity_by_steps_is_as_unsure_as_the_step_is_near() -> None:
    t, bought = april()
    steps = (Step(40.2, 500.0), Step(100.0, 900.0))
    near = bill(part("capacity", steps=steps, highest=3), t, bought)  # 40 ± 0.4 kW: the bound is 40.2
    assert near.total.value == pytest.approx(500.0)
    assert near.total.high > 500.0
    far = bill(part("capacity", steps=(Step(30.0, 500.0), Step(35.0, 900.0)), highest=3), t, bought)
    assert (far.total.value, far.total.high) == (900.0, 900.0)  # above the last step: its price


def test_parts_of_months_bear_their_share() -> None:
    t = edges(datetime(2026, 1, 31), datetime(2026, 2, 2))  # noqa: DTZ001 - a day of each month
    found = bill(part("month", Rate(744.0)), t, np.ones(48))
    assert found.total.value == pytest.approx(24 + 744 * 24 / 672)
    assert [(first, int(rows.sum())) for first, rows in months(calendar(t, OSLO))] == [
        (date(2026, 1, 1), 24), (date(2026, 2, 1), 24),
    ]  # fmt: skip
    peaks = np.where(np.arange(48) == 30, 20.0, 10.0)
    shown = bill(part("capacity", Rate(744.0)), t, peaks)
    assert shown.total.value == pytest.approx(10 * 24 + 20 * 744 * 24 / 672)


def test_lost_hours_lower_the_coverage_and_too_many_leave_nothing() -> None:
    t = edges(datetime(2026, 5, 4), datetime(2026, 5, 5))  # noqa: DTZ001
    bought = np.ones(24)
    bought[:2] = math.nan
    for kind in ("energy", "capacity"):
        few = bill(part(kind, Rate(1.0)), t, bought, 24.0).lines[0]
        assert few.figure.coverage == pytest.approx(22 / 24)
    assert few.kw == pytest.approx(1.0)
    bought[:5] = math.nan
    for kind in ("energy", "capacity"):
        found = bill(part(kind, Rate(1.0)), t, bought, 24.0)
        assert math.isnan(found.total.value)
        assert found.total.coverage == 0.0


def test_an_unknown_amount_or_no_price_makes_no_money() -> None:
    t = edges(datetime(2026, 5, 4), datetime(2026, 5, 5))  # noqa: DTZ001
    assert math.isnan(bill(part("energy", Rate(1.0)), t, np.ones(24), math.nan).total.value)
    for by in ("energy", "capacity", "month"):
        assert math.isnan(bill(part(by, Rate(1.0, months=(1,))), t, np.ones(24)).total.value)


def test_the_halls_year_has_a_price_for_every_hour() -> None:
    site = load_site(CONFIG / "holmen")
    assert site.plan is not None
    assert site.plan.tariff is not None
    t = edges(datetime(2026, 1, 1), datetime(2027, 1, 1))  # noqa: DTZ001
    amounts = totals({"grid.import": 600e3, "grid.export": 10.0, "water.mains": 14e3})
    hours = Hours(t, np.full(t.size - 1, 600e3 / (t.size - 1)), np.full(t.size - 1, 10 / (t.size - 1)))
    found = cost(site.plan.tariff, OSLO, amounts, hours)
    lines = {line.id: line.figure.value for line in found.lines}
    assert all(math.isfinite(value) for value in lines.values())
    assert found.total.value == pytest.approx(sum(lines.values()))
    assert lines["grid_fixed"] == pytest.approx(12 * 340)
    assert lines["grid_capacity"] == pytest.approx(600e3 / 8760 * (5 * 90 + 7 * 40))
    assert not found.with_vat
