"""The state file: back and forth, and everything that is not one."""

import json
from pathlib import Path

import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.site import Site
from simulators import snapshot
from simulators.metering.memory import Memory
from simulators.plant.start import initial
from simulators.plant.visitors import Place
from simulators.snapshot import Saved
from simulators.twin import beginning
from tests.support.twin import NOON_IN_JUNE


@pytest.fixture(scope="module")
def saved(place: Place) -> Saved:
    meters = Memory(NOON_IN_JUNE, {"a.kwh": 1.5}, {"a.kwh": 1.6}, {"a.t": 20.5}, {"hm_a": 1.152})
    return Saved(initial(NOON_IN_JUNE, place, 1), meters)


def test_back_and_forth_is_exact(saved: Saved, state_file: Path) -> None:
    snapshot.save(saved, state_file)
    assert snapshot.load(state_file) == saved
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
        json.dumps({**whole, "meters": {}}),
        json.dumps({**whole, "meters": {**whole["meters"], "seen": {"a.kwh": "much"}}}),
        json.dumps({name: part for name, part in whole.items() if name != "meters"}),
    ]


def test_anything_else_is_refused_and_started_afresh(hall: Site, saved: Saved, state_file: Path) -> None:
    snapshot.save(saved, state_file)
    for text in damaged(state_file.read_text(encoding="utf-8")):
        state_file.write_text(text, encoding="utf-8")
        with pytest.raises(snapshot.SnapshotError):
            snapshot.load(state_file)
    assert beginning(hall, NOON_IN_JUNE, 1, state_file).state.t_ns == NOON_IN_JUNE


@pytest.mark.parametrize("days", [-3, 5])
def test_a_state_from_another_time_keeps_its_counters(hall: Site, saved: Saved, state_file: Path, days: int) -> None:
    snapshot.save(saved, state_file)
    now = NOON_IN_JUNE + days * 86400 * SECOND_NS
    resumed = beginning(hall, now, 1, state_file)
    assert resumed.state.t_ns == now
    told, kept = resumed.state.meters, saved.state.meters
    assert told._replace(standing=kept.standing) == kept
    moved = days * 86400 * SECOND_NS  # pipes that stood still for an hour have stood for an hour
    assert all(b.since_ns - a.since_ns == moved for a, b in zip(kept.standing, told.standing, strict=True))
    assert resumed.meters == saved.meters
