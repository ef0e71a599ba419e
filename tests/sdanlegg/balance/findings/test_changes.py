"""A board with four meters, a double of one of them, and an even rest: who has changed?"""

from dataclasses import replace

import numpy as np
import pytest

from sdanlegg.balance.findings.changes import Limits, Search
from sdanlegg.balance.findings.relations import Relations, Variable
from sdanlegg.balance.findings.row_fit import BLOCKS

DAYS = 60
FROM = 40
NAMES = ("main", "light", "heat", "rest_of_day", "double")


def hall(seed: int) -> Relations:
    """main = light + heat + rest_of_day + an even 2 kW; double shows light again. Each errs by its own share."""
    rng = np.random.default_rng(seed)
    hour = np.arange(24 * DAYS) % 24
    light = np.where((hour > 6) & (hour < 22), 16.0, 2.0) * rng.uniform(0.8, 1.2, 24 * DAYS)
    heat = 20.0 + 10.0 * np.sin(np.arange(24 * DAYS) / 100.0) + rng.normal(0, 1.0, 24 * DAYS)
    noon = np.where(hour > 12, 9.0, 1.0) * rng.uniform(0.7, 1.3, 24 * DAYS)
    truth = np.stack([light + heat + noon + 2.0 + rng.normal(0, 0.1, 24 * DAYS), light, heat, noon, light], axis=1)
    shown = truth * (1.0 + 0.02 * rng.uniform(-1, 1, 5))
    a = np.array([[1.0, -1.0, -1.0, -1.0, 0.0], [0.0, 1.0, 0.0, 0.0, -1.0]])
    variables = tuple(Variable((name,), 0.0115) for name in NAMES)
    return Relations(variables, shown, 0.0115 * shown, a, ("board", "light"))


@pytest.mark.parametrize("seed", range(12))
def test_a_sound_board_names_nobody(seed: int) -> None:
    assert Search(hall(seed), 0, Limits()).run() == []


@pytest.mark.parametrize("meter", range(5))
@pytest.mark.parametrize("share", [-0.06, 0.05, -0.4])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_meter_that_changed_is_named_with_its_day_and_share(meter: int, share: float, seed: int) -> None:
    sound = hall(seed)
    amount = sound.amount.copy()
    amount[24 * FROM :, meter] *= 1.0 + share
    (change,) = Search(replace(sound, amount=amount), 0, Limits()).run()
    assert NAMES[change.variable] == NAMES[meter]
    assert abs(change.start - BLOCKS * FROM) <= BLOCKS
    assert change.told <= FROM + 8
    assert change.share == pytest.approx(share, abs=0.2 * abs(share))
    assert change.end is None


def test_a_change_that_is_put_right_ends() -> None:
    sound = hall(3)
    amount = sound.amount.copy()
    amount[24 * 30 : 24 * 45, 2] *= 1.1
    (change,) = Search(replace(sound, amount=amount), 0, Limits()).run()
    assert NAMES[change.variable] == "heat"
    assert change.end is not None
    assert abs(change.end - BLOCKS * 45) <= BLOCKS


def test_twins_that_no_balance_tells_apart_are_both_named() -> None:
    sound = hall(4)
    only = replace(sound, a=sound.a[1:], rows=("light",))
    amount = sound.amount.copy()
    amount[24 * FROM :, 4] *= 1.06
    (change,) = Search(replace(only, amount=amount), 0, Limits()).run()
    assert {change.variable, *change.others} == {1, 4}


def test_hours_that_are_not_known_change_nothing() -> None:
    sound = hall(5)
    amount = sound.amount.copy()
    amount[24 * 20 : 24 * 26, 1] = np.nan
    assert Search(replace(sound, amount=amount), 0, Limits()).run() == []
    amount[:] = np.nan
    assert Search(replace(sound, amount=amount), 0, Limits()).run() == []
