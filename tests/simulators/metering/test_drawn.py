"""Chance of instruments and samples: spread, independence, and that the same question has the same answer."""

import numpy as np

from simulators.metering.drawn import Noise, even

MINUTE = 60_000_000_000
START = 1_781_604_000_000_000_000
NAMES = [f"p{k}" for k in range(200)]


def series(count: int, step_ns: int = MINUTE, seed: int = 1) -> np.ndarray:
    noise = Noise(seed, NAMES)
    return np.array([noise(START + k * step_ns) for k in range(count)])


def test_an_instruments_place_in_its_class_is_rectangular() -> None:
    drawn = np.array([even(seed, name) for seed in range(40) for name in NAMES])
    assert drawn.min() < -0.999
    assert drawn.max() > 0.999
    shares, _ = np.histogram(drawn, bins=10, range=(-1.0, 1.0))
    assert np.abs(shares / drawn.size - 0.1).max() < 0.012
    assert even(1, "p1") == even(1, "p1")
    assert even(1, "p1") != even(2, "p1")


def test_noise_is_normal() -> None:
    values = series(500).ravel()
    assert abs(values.mean()) < 0.01
    assert abs(values.std() - 1.0) < 0.01
    for beyond, share in ((1.0, 0.3173), (1.96, 0.05), (3.0, 0.0027)):
        assert abs((np.abs(values) > beyond).mean() - share) < 5.0 * (share / values.size) ** 0.5


def test_noise_is_white_in_time_and_between_points() -> None:
    for step_ns in (MINUTE, 1_000_000_000, 1_000_003):
        values = series(400, step_ns)
        for lag in (1, 2, 5, 60):
            assert abs((values[lag:] * values[:-lag]).mean()) < 0.015  # 80,000 products: 4 standard errors
        between = np.corrcoef(values.T)[~np.eye(len(NAMES), dtype=bool)]
        assert abs(between.mean()) < 0.005
        assert abs(between.std() - 400**-0.5) < 0.003


def test_the_same_instant_has_the_same_noise_whenever_it_is_asked_for() -> None:
    values = series(5)
    again = Noise(1, NAMES)
    for k in (4, 0, 2, 2):
        assert (again(START + k * MINUTE) == values[k]).all()
    assert (Noise(1, NAMES[::-1])(START)[::-1] == values[0]).all()
    assert (Noise(2, NAMES)(START) != values[0]).mean() > 0.99
