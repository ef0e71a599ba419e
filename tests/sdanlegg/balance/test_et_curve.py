"""The ET-kurve: curves that are known beforehand come back, odd days neither bend them nor hide."""

import numpy as np
import pytest

from sdanlegg.balance.et_curve import KINDS, choose, dependent, et_curve, judge

N = 365
WORKDAY, WEEKEND = 0, 1


def year(seed: int = 3, noise: float = 30.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A year's mean temperatures, days' types, and scatter [kWh]."""
    draw = np.random.default_rng(seed)
    t = 6.0 - 10.0 * np.cos(2 * np.pi * np.arange(N) / N) + draw.normal(0, 3, N)
    types = np.where(np.arange(N) % 7 < 5, WORKDAY, WEEKEND)
    return t, types, draw.normal(0, noise, N)


def test_a_line_comes_back_with_a_level_for_each_type_of_day() -> None:
    t, types, scatter = year()
    curve = et_curve(t, np.where(types == WORKDAY, 2000.0, 1500.0) - 30.0 * t + scatter, types, "linear")
    assert curve.fit.names == ("level.0", "level.1", "t")
    assert curve.fit.coefficients == pytest.approx([2000, 1500, -30], rel=0.02)


def test_the_change_is_found_and_nothing_bends_above_it() -> None:
    t, types, scatter = year()
    curve = et_curve(t, 1400.0 + 60.0 * np.maximum(12.0 - t, 0.0) + scatter, types, "change_point")
    assert curve.change == pytest.approx(12.0, abs=1.0)
    assert curve.fit.coefficients[-1] == pytest.approx(60.0, rel=0.05)
    warm = judge(curve, np.array([18.0, 25.0]), np.array([1400.0, 1400.0]), np.zeros(2, int))
    assert warm.expected[0] == warm.expected[1]


def test_a_cubic_comes_back() -> None:
    t, types, scatter = year(noise=1.0)
    curve = et_curve(t, 2000.0 - 40.0 * t + 1.5 * t**2 - 0.05 * t**3 + scatter, types, "cubic")
    assert curve.fit.coefficients[2:] == pytest.approx([-40, 1.5, -0.05], rel=0.02)


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (lambda t: 2000 - 30 * t, "linear"),
        (lambda t: 1400 + 60 * np.maximum(10 - t, 0), "change_point"),
        (lambda t: 2000 - 40 * t + 2 * t**2 - 0.08 * t**3, "cubic"),
    ],
)
def test_the_right_kind_is_chosen(shape: object, kind: str) -> None:
    t, types, scatter = year()
    assert callable(shape)
    assert choose(t, shape(t) + scatter, types).kind == kind


def test_odd_days_do_not_bend_the_curve_and_are_outside() -> None:
    t, types, scatter = year()
    energy = 2000.0 - 30.0 * t + scatter
    odd = np.zeros(N, bool)
    odd[[5, 6, 7, 200]] = True
    energy[odd] += 900.0
    curve = et_curve(t, energy, types, "linear")
    assert not curve.used[odd].any()
    seen = judge(curve, t, energy, types)
    assert seen.outside[odd].all()
    assert seen.outside[~odd].mean() < 0.08
    assert seen.deviation[odd] == pytest.approx(900, abs=100)
    assert seen.share[odd] == pytest.approx(seen.deviation[odd] / seen.expected[odd])


def test_what_people_have_marked_is_left_out() -> None:
    t, types, scatter = year()
    energy = 2000.0 - 30.0 * t + scatter
    marked = np.zeros(N, bool)
    marked[100:160] = True
    energy[marked] += 120.0
    assert et_curve(t, energy, types, "linear", marked).fit.coefficients[0] == pytest.approx(2000, abs=12)


def test_the_band_holds_as_many_as_it_says() -> None:
    t, types, scatter = year(noise=50.0)
    curve = et_curve(t, 2000.0 - 30.0 * t + scatter, types, "linear")
    t2, types2, scatter2 = year(seed=8, noise=50.0)
    inside = ~judge(curve, t2, 2000.0 - 30.0 * t2 + scatter2, types2).outside
    assert 0.91 < inside.mean() < 0.985


def test_a_band_of_a_share_is_that_share() -> None:
    t, types, scatter = year()
    curve = et_curve(t, 2000.0 - 30.0 * t + scatter, types, "linear")
    seen = judge(curve, t[:1], np.array([0.0]), types[:1], band=0.1)
    assert seen.high - seen.low == pytest.approx(0.2 * seen.expected)


@pytest.mark.parametrize("kind", KINDS)
def test_too_little_gives_no_curve(kind: str) -> None:
    t, types, _ = year()
    for some in (t[:10], np.full(N, 4.0), np.full(N, np.nan)):
        n = some.size
        curve = et_curve(some, np.where(np.isnan(some), 1.0, 1500.0), types[:n], kind)  # type: ignore[arg-type]
        assert not curve.known
        seen = judge(curve, t[:3], np.ones(3), types[:3])
        assert np.isnan(seen.expected).all()
        assert not seen.outside.any()


def test_missing_days_are_not_outside_and_do_not_count() -> None:
    t, types, scatter = year()
    energy = 2000.0 - 30.0 * t + scatter
    energy[3], t[9] = np.nan, np.nan
    curve = et_curve(t, energy, types, "linear")
    assert not curve.used[[3, 9]].any()
    seen = judge(curve, t, energy, types)
    assert not seen.outside[[3, 9]].any()
    assert np.isnan(seen.deviation[[3, 9]]).all()
    assert np.isnan(judge(curve, t[:1], energy[:1], np.array([7])).expected).all()


def test_the_share_that_follows_the_temperature() -> None:
    t, types, scatter = year(noise=5.0)
    curve = et_curve(t, 1000.0 + 50.0 * np.maximum(12.0 - t, 0.0) + scatter, types, "change_point")
    true = 50.0 * np.maximum(12.0 - t, 0.0).sum() / (1000.0 * N + 50.0 * np.maximum(12.0 - t, 0.0).sum())
    share, sigma = dependent(curve, t, types, 12.0)
    assert share == pytest.approx(true, abs=3 * sigma)
    assert 0.0 < sigma < 0.01
    assert np.isnan(dependent(curve, t[:0], types[:0], 12.0)).all()
