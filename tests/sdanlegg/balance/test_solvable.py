"""What networks can tell, by hand."""

import numpy as np

from sdanlegg.balance.solvable import solvability
from sdanlegg.balance.structure import structure
from sdanlegg.network import Tie
from tests.support.balance import balances, network


def test_flows_are_sorted_into_told_checked_and_unknown() -> None:
    # a: in = one + rest; b: one = left + right; c: two meters in a row
    made = structure(
        network(
            [
                ("in", None, "a"), ("rest", "a", None), ("one", "a", "b"), ("left", "b", None), ("right", "b", None),
                ("before", None, "c"), ("after", "c", None),
            ]
        )
    )  # fmt: skip
    known = np.isin(made.names, ["in", "rest", "before", "after"])
    got = solvability(made, known)
    assert got.observable == ("one",)
    assert got.unobservable == ("left", "right")
    assert got.redundant == ("before", "after")
    assert got.parts == (("a", "b"), ("c",))
    assert (got.zero, got.repeated, got.blind) == ((), (), ())
    assert solvability(made, known & np.isin(made.names, ["in", "rest"])).blind == (1,)


def test_flows_that_can_only_be_zero_and_balances_said_twice_are_named() -> None:
    dead_end = solvability(balances([[1, -1, 0], [0, 0, 1], [1, -1, 0]]), np.array([True, True, True]))
    assert dead_end.zero == ("x2",)
    assert dead_end.repeated == ("n2",)
    twice = [("kg", None, "air"), ("heat", "pool", None)]
    ties = [Tie("heat", "kg", 0.68), Tie("heat", "kg", 0.7)]
    made = structure(network(twice, ["air", "pool"], ties))
    assert set(solvability(made, np.ones(4, dtype=bool)).zero) == set(made.names)


def test_a_circuit_closed_in_itself_says_one_of_its_balances_twice() -> None:
    made = structure(network([("there", "a", "b"), ("back", "b", "a")]))
    assert len(solvability(made, np.array([True, False])).repeated) == 1
    assert solvability(made, np.array([True, False])).observable == ("back",)


def test_a_tie_connects_two_parts() -> None:
    ends = [("a1", None, "a"), ("a2", "a", None), ("b1", None, "b"), ("b2", "b", None)]
    assert len(solvability(structure(network(ends)), np.ones(4, dtype=bool)).parts) == 2
    tied = structure(network(ends, ties=[Tie("b1", "a1", 2.0)]))
    assert solvability(tied, np.ones(4, dtype=bool)).parts == (("a", "b", "b1=a1"),)
