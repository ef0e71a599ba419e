"""Before the first line: places that are made, flags that are told, tokens that are read."""

from pathlib import Path

import orjson
import pytest
from structlog.testing import capture_logs

from sdanlegg.historian.mirrors import MirrorError
from tests.support.scripted_http import Answer, ScriptedHttp
from tests.support.scripted_mirror import LINE, mirror, said


@pytest.fixture
async def server():
    async with ScriptedHttp.serve() as opened:
        yield opened


def bucket_server(**over: Answer) -> dict[str, Answer]:
    return {
        "GET /ping": Answer(204, headers={"X-Influxdb-Version": "v2.7.6"}),
        "GET /api/v2/buckets": said({"code": "not found", "message": "bucket not found"}, 404),
        "GET /api/v2/orgs": said({"orgs": [{"id": "0123456789abcdef", "name": "kommune"}]}),
        "POST /api/v2/buckets": said({"id": "b"}, 201),
    } | over


@pytest.mark.parametrize(
    ("over", "fault", "words"),
    [
        ({}, None, ""),
        ({"GET /api/v2/buckets": said({"buckets": [{"name": "hall"}]})}, None, ""),
        ({"GET /api/v2/buckets": said({"message": "unauthorized access"}, 401)}, "denied", "unauthorized access"),
        ({"GET /ping": Answer(401)}, "denied", "401"),
        ({"GET /api/v2/orgs": said({"orgs": []})}, "missing", "neither organisation 'kommune'"),
        ({"POST /api/v2/buckets": said({"message": "forbidden"}, 403)}, "denied", "bucket 'hall' .* cannot be made"),
    ],
)
async def test_a_bucket_is_made_where_it_can_be(server, over, fault, words):
    answers = bucket_server(**over)
    server.answer = lambda request: answers[f"{request.method} {request.path}"]
    async with mirror(server.url, bucket="hall", org="kommune") as m:
        if fault is None:
            await m.prepare()
        else:
            with pytest.raises(MirrorError, match=words) as refused:
                await m.prepare()
            assert refused.value.fault == fault
    made = [orjson.loads(request.body) for request in server.requests if request.method == "POST"]
    if not over:
        assert made == [{"name": "hall", "orgID": "0123456789abcdef", "retentionRules": []}]
    assert all(request.path != "/api/v2/write" for request in server.requests)


async def test_influxdb_3_is_left_to_make_its_database_itself(server):
    server.otherwise = Answer(200, b'{"version":"3.2.0"}', {"X-Influxdb-Version": "3.2.0"})
    async with mirror(server.url) as m:
        await m.prepare()
    assert [request.path for request in server.requests] == ["/ping"]


@pytest.mark.parametrize(
    ("flags", "events"),
    [
        ("dedup.minScrapeInterval=1ms retentionPeriod=10y", []),
        ("dedup.minScrapeInterval=0s retentionPeriod=1", ["mirror_keeps_duplicates", "mirror_keeps_one_month"]),
        ("", []),
    ],
)
async def test_flags_that_lose_samples_are_told(server, flags, events):
    metrics = "\n".join(
        f'flag{{name="{k}", value="{v}", is_set="true"}} 1' for k, v in (f.split("=") for f in flags.split())
    )
    answers = {
        "/api/v2/write": Answer(204),
        "/api/v1/query": said({"data": {"result": []}}),
        "/metrics": Answer(200, metrics.encode()),
    }
    server.answer = lambda request: answers[request.path]
    with capture_logs() as logs:
        async with mirror(server.url, "victoria") as m:
            await m.prepare()
    assert [log["event"] for log in logs] == events


@pytest.mark.parametrize("content", [None, b"", b"  \n", b"two words", b"\xff\xfe"])
async def test_a_token_file_without_a_token_is_told(tmp_path: Path, content: bytes | None):
    token = tmp_path / "token"
    if content is not None:
        token.write_bytes(content)
        token.chmod(0o600)
    with pytest.raises(MirrorError, match=f"mirror 'm': the token file {token} ") as refused:
        async with mirror("http://127.0.0.1:1", token_file=token):
            pass
    assert refused.value.fault == "denied"
    assert "words" not in str(refused.value)


async def test_a_token_that_others_can_read_is_warned_of_and_never_told(tmp_path: Path, server):
    token = tmp_path / "token"
    token.write_text("s3cret", encoding="utf-8")
    token.chmod(0o644)
    server.otherwise = Answer(401, b"no")
    with capture_logs() as logs:
        async with mirror(server.url, token_file=token) as m:
            with pytest.raises(MirrorError) as refused:
                await m.write([LINE])
    assert [(log["event"], log["mode"]) for log in logs] == [("mirror_token_open", "644")]
    chain, told = refused.value, ""
    while chain is not None:
        told += str(chain)
        chain = chain.__cause__
    assert "s3cret" not in str(logs) + told
