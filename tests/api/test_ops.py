"""Alive, ready, counters."""

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as families

from api.schemas import NotReady, Ready
from sdanlegg import __version__
from sdanlegg.clock import SECOND_NS
from tests.support.api_hall import Hall, hall, serving, strict_json


async def test_alive_says_so_and_looks_at_nothing_else() -> None:
    place = hall()
    place.store_error = "no space left"
    async with serving(place) as client:
        response = await client.get("/healthz/live")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


def all_read(place: Hall) -> Hall:
    for status in place.statuses.values():
        status.answered(place.clock.now_ns(), 0.0, good=True)
        status.first_read = True
    return place


async def test_not_ready_until_every_device_that_answers_is_read() -> None:
    place = hall()
    async with serving(place) as client:
        before = await client.get("/healthz/ready")
        all_read(place)
        after = await client.get("/healthz/ready")
    found = NotReady.model_validate_json(before.content)
    assert before.status_code == found.status == 503
    assert before.headers["content-type"] == "application/problem+json"
    assert found.type == "urn:sdanlegg:problem:not-ready"
    assert found.detail == "devices: not read yet: vp1, sol1"
    assert [(check.name, check.ok) for check in found.checks] == [("config", True), ("store", True), ("devices", False)]
    assert after.status_code == 200
    assert Ready.model_validate_json(after.content).status == "ready"


async def test_a_silent_device_is_named_but_does_not_make_the_service_unready() -> None:
    place = all_read(hall())
    place.statuses["sol1"].failed(place.clock.now_ns(), "refused")
    async with serving(place) as client:
        response = await client.get("/healthz/ready")
    assert response.status_code == 200
    devices = Ready.model_validate_json(response.content).checks[-1]
    assert devices.detail == "every device that answers is read; silent: sol1"


async def test_a_store_that_cannot_be_written_makes_it_unready() -> None:
    place = all_read(hall())
    place.store_error = "the history in /data cannot be written: no space left on device"
    async with serving(place) as client:
        response = await client.get("/healthz/ready")
    assert response.status_code == 503
    assert strict_json(response)["detail"] == f"store: {place.store_error}"


async def test_metrics_are_what_prometheus_reads() -> None:
    place = hall()
    place.statuses["vp1"].answered(place.clock.now_ns() - 3 * SECOND_NS, 0.01, good=True)
    place.statuses["sol1"].failed(place.clock.now_ns(), "refused")
    place.metrics.polled("vp1", 0.01, 0.02)
    place.metrics.failed("sol1", "link")
    async with serving(place) as client:
        response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    found = {sample.name: sample for family in families(response.text) for sample in family.samples}
    values = {(s.name, s.labels.get("device")): s.value for family in families(response.text) for s in family.samples}
    assert found["sd_build_info"].labels["version"] == __version__
    assert values["sd_device_up", "vp1"] == 1
    assert values["sd_device_up", "sol1"] == 0
    assert 3.0 <= values["sd_device_last_good_seconds", "vp1"] < 60
    assert ("sd_device_last_good_seconds", "sol1") not in values, "no age where there never was a good value"
    assert values["sd_poll_lateness_seconds_count", "vp1"] == 1
    assert values["sd_poll_duration_seconds_sum", "vp1"] == 0.02
    assert values["sd_read_errors_total", "sol1"] == 1
    assert values["sd_live_clients", None] == 0
    for name in ("sd_loop_lag_seconds_count", "sd_store_write_seconds_count", "sd_store_errors_total"):
        assert values[name, None] == 0
    assert values["process_resident_memory_bytes", None] > 1e6


async def test_openmetrics_is_given_to_who_asks_for_it() -> None:
    async with serving(hall()) as client:
        response = await client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert "sd_samples" in {family.name for family in open_families(response.text)}  # type: ignore[no-untyped-call]
