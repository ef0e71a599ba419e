import numpy as np
import pytest

from sdanlegg.balance.findings.own import signs
from sdanlegg.balance.findings.series import ranges
from sdanlegg.balance.findings.swaps import swapped
from sdanlegg.network import BalanceFlow, Measurement, Network
from tests.support.findings_hall import hours

DAYS = 30
FAULT = 22 * 24  # first hour of the fault
NETWORK = Network(
    (),
    (BalanceFlow("el.a", "A", "A", "el.main", None, "electricity", (Measurement("a.import_kwh", "a.p", "MID-B"),)),),
)


def power() -> np.ndarray:
    rng = np.random.default_rng(3)
    return 5.0 + 3.0 * np.sin(np.arange(24 * DAYS) * np.pi / 12) + rng.normal(0, 0.05, 24 * DAYS)


def found(p: np.ndarray, counted: np.ndarray) -> dict[str, list[tuple[int, int]]]:
    told = signs(hours({"a.p": p}, {"a.import_kwh": counted}), NETWORK, (), ())
    stretches = {sign.kind: ranges(sign.active, sign.hold_h, sign.gap_h) for sign in told}
    return {kind: stretch for kind, stretch in stretches.items() if stretch}


def test_a_sound_meter_gives_no_sign() -> None:
    assert found(power(), power()) == {}


@pytest.mark.parametrize(
    ("kind", "gauge", "counter"),
    [
        ("reversed", -1.0, 0.0),
        ("counter_stands", 1.0, 0.0),
        ("gauge_and_counter", 0.1, 1.0),
        ("gauge_and_counter", 1.0, 10.0),
    ],
)
def test_a_spoilt_meter_tells_by_itself(kind: str, gauge: float, counter: float) -> None:
    p, counted = power(), power()
    p[FAULT:] *= gauge
    counted[FAULT:] *= counter
    told = found(p, counted)
    assert set(told) == {kind}
    ((start, end),) = told[kind]
    assert FAULT <= start <= FAULT + 12
    assert end == 24 * DAYS


def test_a_gauge_that_freezes_is_stuck_and_one_that_often_rests_is_not() -> None:
    p, counted = power(), power()
    p[FAULT : FAULT + 30] = p[FAULT]
    assert found(p, counted)["stuck"] == [(FAULT + 1, FAULT + 30)]
    for day in range(DAYS):
        p[24 * day : 24 * day + 14] = 4.0
    assert "stuck" not in found(p, counted)


def test_two_meters_that_change_places_are_seen_though_their_sum_is_the_same() -> None:
    rng = np.random.default_rng(4)
    day = np.where(np.arange(24 * DAYS) % 24 < 8, 1.0, 9.0) * rng.normal(1, 0.03, 24 * DAYS)
    even = 4.0 * rng.normal(1, 0.03, 24 * DAYS)
    one, other = day.copy(), even.copy()
    assert swapped(hours({}, {"a": one, "b": other}), ["a", "b"]) == []
    one[FAULT:], other[FAULT:] = even[FAULT:], day[FAULT:]
    (swap,) = swapped(hours({}, {"a": one, "b": other}), ["a", "b"])
    assert np.flatnonzero(swap.different).tolist() == list(range(22, DAYS))
