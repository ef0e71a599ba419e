"""What is told of a mirror, in words, in readiness and in metrics."""

import pytest
import structlog
from prometheus_client import CollectorRegistry

from sdanlegg.clock import SECOND_NS
from sdanlegg.health import judge
from sdanlegg.historian.mirrors.metrics import register_mirrors
from sdanlegg.historian.mirrors.spool import Backlog
from sdanlegg.historian.mirrors.state import MirrorState, duration
from tests.support.clocks import SetClock

T = 1_750_000_000 * SECOND_NS


def state(name: str = "vm") -> MirrorState:
    return MirrorState(name, "http://vm", 3_600_000_000, 1000.0, T)


def test_a_mirror_begins_gets_behind_fails_and_returns() -> None:
    s = state()
    assert (s.level(T), s.tell(T)) == ("starting", "vm starting")
    s.took(5, T)
    assert (s.level(T), s.tell(T)) == ("ok", "vm ok")
    s.waiting = Backlog(900, T - 600 * SECOND_NS, 360_000_000)
    assert (s.level(T), s.lag_s(T), s.cover_s()) == ("behind", 600.0, 3_240_000.0)
    assert s.tell(T) == "vm behind (900 readings wait, cover for 900.0 h more)"
    s.failed("unreachable", "it is gone", T)
    assert s.tell(T + 300 * SECOND_NS) == "vm failing for 5 min: it is gone (900 readings wait, cover for 900.0 h more)"
    s.took(5, T)
    s.waiting = Backlog(0, None, 0)
    assert s.level(T) == "ok"


def test_what_is_not_as_it_should_be_is_added() -> None:
    s = state()
    s.took(1, T)
    s.warning = "cannot be asked"
    s.refused(["a.x", "a.x", "a.y"], "no")
    s.lost(12)
    assert s.tell(T) == (
        "vm ok; cannot be asked; 3 lines of 2 points were refused; 12 samples left the spool unsent; the local store"
        " has them, `sdanlegg mirror CONFIG --only vm --from DATE` sends them again"
    )


def test_edges_are_logged_once() -> None:
    s = state()
    with structlog.testing.capture_logs() as logs:
        s.took(1, T)
        for _ in range(3):
            s.failed("busy", "later", T)
        for _ in range(3):
            s.failed("unreachable", "gone", T)
        s.took(1, T + 10 * SECOND_NS)
        s.took(1, T)
        s.refused(["a.x"], "no")
        s.refused(["a.x"], "no")
        s.lost(1)
        s.lost(2)
    assert [entry["event"] for entry in logs] == [
        "mirror_up",
        "mirror_failing",
        "mirror_failing",
        "mirror_back",
        "mirror_refuses_point",
        "mirror_spool_full",
    ]
    assert logs[3]["after_s"] == 10.0
    assert s.failures == {"busy": 3, "unreachable": 3}


def test_a_mirror_that_is_down_degrades_and_never_unreadies() -> None:
    good, bad = state("good"), state("bad")
    good.took(1, T)
    found = judge({}, None, [good], T)
    assert (found.ready, found.degraded) == (True, False)
    bad.failed("unreachable", "it is gone", T)
    found = judge({}, None, [good, bad], T)
    assert (found.ready, found.degraded) == (True, True)
    assert [c.detail for c in found.checks if c.name == "mirrors"] == ["good ok. bad failing for 0 s: it is gone"]
    assert [c.name for c in judge({}, None).checks] == ["config", "store", "devices"]


def test_metrics_have_every_mirror() -> None:
    registry, clock = CollectorRegistry(), SetClock(T)
    states = [state("a"), state("b")]
    register_mirrors(registry, states, clock)
    states[0].took(7, T)
    states[0].waiting = Backlog(3, T - 2 * SECOND_NS, 600_000)
    states[1].failed("denied", "no", T)
    states[1].lost(9)

    def value(name: str, mirror: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"sd_mirror_{name}", {"mirror": mirror, **labels})

    assert (value("up", "a"), value("up", "b")) == (1, 0)
    assert (value("lag_seconds", "a"), value("lag_seconds", "b")) == (2, 0)
    assert value("waiting_readings", "a") == 3
    assert value("spool_bytes", "a") == 600_000
    assert value("cover_seconds", "a") == pytest.approx(3_599_400)
    assert value("sent_lines_total", "a") == 7
    assert value("dropped_samples_total", "b") == 9
    assert value("failures_total", "b", fault="denied") == 1
    assert (
        value("quarantined_samples_total", "a")
        == value("rewinds_total", "a")
        == value("lost_heartbeats_total", "a")
        == 0
    )


def test_durations_as_people_say_them() -> None:
    assert [duration(s) for s in (5, 119, 120, 3600, 7200)] == ["5 s", "119 s", "2 min", "60 min", "2.0 h"]
