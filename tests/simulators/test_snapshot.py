"""The state file: back and forth, and everything that is not one."""

import json
from pathlib import Path

import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.site import Site
from simulators import snapshot
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.visitors import Place
from simulators.twin import beginning
from tests.support.twin import NOON_IN_JUNE


@pytest.fixture(scope="module")
def state(place: Place) -> State:
    return initial(NOON_IN_JUNE, place, 1)


def test_back_and_forth_is_exact(state: State, state_file: Path) -> None:
    snapshot.save(state, state_file)
    assert snapshot.load(state_file) == state
    assert [f.name for f in state_file.parent.iterdir()] == ["state.json"]


def test_no_file_is_no_state(state_file: Path) -> None:
    assert snapshot.load(state_file) is None


def damaged(text: str) -> list[str]:
    whole = json.loads(text)

    def with_state(**changes: object) -> str:
        return json.dumps({**whole, "state": {**whole["state"], **changes}})

    return [
        "",
        text[: len(text) // 2],
        "[]",
        json.dumps({**whole, "version": 0}),
        with_state(extra=1),
        with_state(t_ns="noon"),
        with_state(t_ns=1.5),
        with_state(uptime_s=None),
        with_state(wells={}),
        with_state(header={**whole["state"]["header"], "t": True}),
        with_state(header={**whole["state"]["header"], "t": float("inf")}),
    ]


def test_anything_else_is_refused_and_started_afresh(hall: Site, state: State, state_file: Path) -> None:
    snapshot.save(state, state_file)
    for text in damaged(state_file.read_text(encoding="utf-8")):
        state_file.write_text(text, encoding="utf-8")
        with pytest.raises(snapshot.SnapshotError):
            snapshot.load(state_file)
    assert beginning(hall, NOON_IN_JUNE, 1, state_file).t_ns == NOON_IN_JUNE


@pytest.mark.parametrize("days", [-3, 5])
def test_a_state_from_another_time_keeps_its_counters(hall: Site, state: State, state_file: Path, days: int) -> None:
    snapshot.save(state, state_file)
    now = NOON_IN_JUNE + days * 86400 * SECOND_NS
    resumed = beginning(hall, now, 1, state_file)
    assert resumed.t_ns == now
    assert resumed.meters == state.meters
