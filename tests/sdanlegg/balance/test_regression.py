"""Least squares against certified values (NIST StRD, Longley 1967) and against other people's programs."""

import numpy as np
import pytest

from sdanlegg.balance.regression import autocorrelation, ols, predicted, student_t

# J. W. Longley, JASA 62 (1967): the test of least-squares programs; its columns are highly collinear.
LONGLEY = np.array([
    (60323, 83.0, 234289, 2356, 1590, 107608, 1947), (61122, 88.5, 259426, 2325, 1456, 108632, 1948),
    (60171, 88.2, 258054, 3682, 1616, 109773, 1949), (61187, 89.5, 284599, 3351, 1650, 110929, 1950),
    (63221, 96.2, 328975, 2099, 3099, 112075, 1951), (63639, 98.1, 346999, 1932, 3594, 113270, 1952),
    (64989, 99.0, 365385, 1870, 3547, 115094, 1953), (63761, 100.0, 363112, 3578, 3350, 116219, 1954),
    (66019, 101.2, 397469, 2904, 3048, 117388, 1955), (67857, 104.6, 419180, 2822, 2857, 118734, 1956),
    (68169, 108.4, 442769, 2936, 2798, 120445, 1957), (66513, 110.8, 444546, 4681, 2637, 121950, 1958),
    (68655, 112.6, 482704, 3813, 2552, 123366, 1959), (69564, 114.2, 502601, 3931, 2514, 125368, 1960),
    (69331, 115.7, 518173, 4806, 2572, 127852, 1961), (70551, 116.9, 554894, 4007, 2827, 130081, 1962),
])  # fmt: skip
CERTIFIED = [
    (-3482258.63459582, 890420.383607373), (15.0618722713733, 84.9149257747669),
    (-0.0358191792925910, 0.0334910077722432), (-2.02022980381683, 0.488399681651699),
    (-1.03322686717359, 0.214274163161675), (-0.0511041056535807, 0.226073200069370),
    (1829.15146461355, 455.478499142212),
]  # fmt: skip


def test_the_certified_values_of_longley() -> None:
    x = np.column_stack([np.ones(16), LONGLEY[:, 1:]])
    fit = ols(x, LONGLEY[:, 0], tuple("abcdefg"))
    for k, (value, sigma) in enumerate(CERTIFIED):
        assert fit.coefficients[k] == pytest.approx(value, rel=1e-7)
        assert np.sqrt(fit.covariance[k, k]) == pytest.approx(sigma, rel=1e-7)
    assert fit.rmse == pytest.approx(304.854073561965, rel=1e-9)
    assert fit.r2 == pytest.approx(0.995479004577296, rel=1e-9)


def test_rows_that_are_not_whole_are_left_out() -> None:
    x = np.column_stack([np.ones(16), LONGLEY[:, 6]])
    y = LONGLEY[:, 0].copy()
    whole = ols(x[2:], y[2:], ("a", "b"))
    y[0], x[1, 1] = np.nan, np.inf
    assert ols(x, y, ("a", "b")).coefficients == pytest.approx(whole.coefficients, rel=1e-12)


@pytest.mark.parametrize("columns", [np.ones((5, 2)), np.ones((1, 1)), np.zeros((5, 1)), np.empty((0, 1))])
def test_what_cannot_be_fitted_is_not_known(columns: np.ndarray) -> None:
    fit = ols(columns, np.arange(columns.shape[0], dtype=float), ("a", "b")[: columns.shape[1]])
    assert not fit.known
    assert np.isnan(fit.coefficients).all()
    assert np.isnan(fit.rmse)


def test_units_do_not_matter() -> None:
    x = np.column_stack([np.ones(16), LONGLEY[:, 6], LONGLEY[:, 3]])
    one, other = ols(x, LONGLEY[:, 0], "abc"), ols(x * [1, 1e-6, 1e6], LONGLEY[:, 0] * 1e3, "abc")
    assert other.coefficients == pytest.approx(one.coefficients * [1e3, 1e9, 1e-3], rel=1e-8)
    assert other.r2 == pytest.approx(one.r2)
    assert other.cv == pytest.approx(one.cv)


def test_new_observations_fall_inside_as_often_as_promised() -> None:
    draw = np.random.default_rng(5)
    inside = 0
    for _ in range(400):
        t = draw.uniform(-10, 20, 40)
        x = np.column_stack([np.ones(40), t])
        y = 50 - 2 * t + draw.normal(0, 4, 40)
        fit = ols(x[:30], y[:30], ("level", "t"))
        expected, sigma = predicted(fit, x[30:])
        inside += int((np.abs(y[30:] - expected) <= student_t(fit.freedom) * sigma).sum())
    assert 0.935 < inside / 4000 < 0.965


# Table of Student's t: freedom, two-sided confidence, quantile.
@pytest.mark.parametrize(
    ("freedom", "confidence", "t"),
    [
        (5, 0.95, 2.5706),
        (8, 0.95, 2.3060),
        (20, 0.95, 2.0860),
        (120, 0.95, 1.9799),
        (5, 0.9, 2.0150),
        (20, 0.9, 1.7247),
    ],
)
def test_quantiles_of_student(freedom: int, confidence: float, t: float) -> None:
    assert student_t(freedom, confidence) == pytest.approx(t, rel=1e-3)
    assert np.isnan(student_t(0.5))


def test_autocorrelation_is_that_of_neighbours() -> None:
    residual = np.sin(0.3 * np.arange(200)) + 0.1
    assert autocorrelation(residual) == pytest.approx(np.corrcoef(residual[1:], residual[:-1])[0, 1])
    assert autocorrelation(np.ones(9)) == 0.0
    assert autocorrelation(np.ones(2)) == 0.0
