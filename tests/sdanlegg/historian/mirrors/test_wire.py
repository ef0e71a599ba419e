"""What engines may answer, over real sockets: nothing of it comes through as anything but a MirrorError."""

import asyncio
import socket
from collections.abc import AsyncIterator

import orjson
import pytest
from structlog.testing import capture_logs

from sdanlegg.errors import TooMuchError, UnknownPointError
from sdanlegg.historian.mirrors import MirrorError, MirrorSettings
from sdanlegg.historian.mirrors.engines import open_mirror
from tests.support.history import T0, series
from tests.support.scripted_http import Answer, ScriptedHttp
from tests.support.scripted_mirror import LINE, POINTS, mirror, said


@pytest.fixture
async def server() -> AsyncIterator[ScriptedHttp]:
    async with ScriptedHttp.serve() as opened:
        yield opened


async def test_lines_go_to_the_write_route_with_bucket_org_precision_and_token(server, tmp_path):
    token = tmp_path / "token"
    token.write_text("s3cret\n", encoding="utf-8")
    token.chmod(0o600)
    with capture_logs() as logs:
        async with mirror(server.url + "/", bucket="hall data", org="kommune", token_file=token) as m:
            await m.write([LINE, LINE.replace(b"1.0", b"2.0")])
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/api/v2/write")
    assert request.query == {"org": ["kommune"], "bucket": ["hall data"], "precision": ["ns"]}
    assert request.headers["authorization"] == "Token s3cret"
    assert request.body == LINE + b"\n" + LINE.replace(b"1.0", b"2.0")
    assert logs == []


async def test_a_cluster_is_spoken_to_by_url_only(server, tmp_path):
    token = tmp_path / "token"
    token.write_text("s3cret", encoding="utf-8")
    token.chmod(0o600)
    settings = MirrorSettings(
        *("m", "victoria", f"{server.url}/insert/0/influx", f"{server.url}/select/0/prometheus"), token_file=token
    )
    async with open_mirror(settings, "hall", POINTS) as m:
        await m.write([LINE])
        server.otherwise = said({"data": {"result": []}})
        await m.latest(["a.x"])
        server.otherwise = Answer(200)
        await m.read(["a.x"], T0, T0 + 1)
        assert await m.started() is None
    paths = [request.path for request in server.requests]
    assert paths[0] == "/insert/0/influx/api/v2/write"
    assert set(paths[1:]) == {"/select/0/prometheus/api/v1/query", "/select/0/prometheus/api/v1/export"}
    assert {request.headers["authorization"] for request in server.requests} == {"Bearer s3cret"}
    assert all(b"site%3D%22hall%22" in request.body for request in server.requests[1:])


async def test_a_large_batch_goes_in_several_requests(server):
    lines = [LINE[:-3] + b"%03d" % (i % 1000) for i in range(30_000)]
    async with mirror(server.url) as m:
        await m.write(lines)
    assert len(server.requests) > 1
    assert max(len(request.body) for request in server.requests) <= 1 << 20
    assert server.lines == lines


@pytest.mark.parametrize(
    ("answer", "fault", "words"),
    [
        (Answer(401, b'{"code":"unauthorized","message":"unauthorized access"}'), "denied", "unauthorized access"),
        (Answer(403), "denied", "token"),
        (Answer(404, b'{"error":"bucket \\"x\\" not found"}'), "missing", 'bucket "x" not found'),
        (Answer(413), "too_large", "too large"),
        (Answer(400, b'{"message":"unable to parse"}'), "refused", "unable to parse"),
        (Answer(422, b"partial write"), "refused", "partial write"),
        (Answer(429, headers={"Retry-After": "7"}), "busy", "no time"),
        (Answer(503, b"read only"), "failing", "read only"),
        (Answer(503, headers={"Retry-After": "7"}), "busy", "no time"),
        (Answer(500), "failing", "failed"),
        (Answer(close=True), "unreachable", "cannot be reached"),
        (Answer(400, b"x" * 100, torn=True), "unreachable", "cannot be reached"),
        (Answer(200, b"<html>It works!</html>"), "missing", "is no engine"),
    ],
)
async def test_what_a_write_may_meet(server, answer, fault, words):
    server.otherwise = answer
    async with mirror(server.url) as m:
        with pytest.raises(MirrorError, match=words) as refused:
            await m.write([LINE])
        assert refused.value.fault == fault
        assert refused.value.retry_after_s == (7.0 if answer.headers else None)
        server.otherwise = Answer(204)
        await m.write([LINE])


@pytest.mark.parametrize("kind", ["influx", "victoria"])
@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Answer(401), "denied"),
        (Answer(404), "missing"),
        (Answer(503), "failing"),
        (Answer(close=True), "unreachable"),
        (Answer(200, b'{"results":[{"se' * 99, torn=True), "unreachable"),
        (Answer(200, b"<html>It works!</html>"), "missing"),
    ],
)
async def test_what_a_question_may_meet(server, kind, answer, fault):
    server.otherwise = answer
    async with mirror(server.url, kind) as m:
        for question in (m.read(["a.x"], T0, T0 + 1), m.latest(["a.x"]), m.heartbeats(T0, T0 + 1)):
            with pytest.raises(MirrorError) as refused:
                await question
            assert refused.value.fault == fault


async def test_silence_ends_with_the_time_out_and_the_connection_is_let_go(server):
    server.otherwise = Answer(stall=True)
    async with mirror(server.url, timeout_s=0.2) as m:
        with pytest.raises(MirrorError, match="no answer in time") as refused:
            await m.write([LINE])
        assert refused.value.fault == "unreachable"
        async with asyncio.timeout(20):
            while server.open:
                await asyncio.sleep(0.01)


async def test_nobody_at_home():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        async with mirror(url) as m:
            for question in (m.write([LINE]), m.prepare(), m.latest(["a.x"]), m.started()):
                with pytest.raises(MirrorError, match="cannot be reached") as refused:
                    await question
                assert refused.value.fault == "unreachable"


async def test_a_cancelled_question_lets_the_connection_go(server):
    server.otherwise = Answer(stall=True)
    async with mirror(server.url) as m:
        asked = asyncio.create_task(m.read(["a.x"], T0, T0 + 1))
        async with asyncio.timeout(20):
            while not server.requests:
                await asyncio.sleep(0.01)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            while server.open:
                await asyncio.sleep(0.01)


async def test_errors_inside_an_answer_are_errors(server):
    async with mirror(server.url) as m:
        for words, fault in (("database not found: x", "missing"), ("timeout", "failing"), ("unauthorized", "denied")):
            server.otherwise = said({"results": [{"statement_id": 0, "error": words}]})
            with pytest.raises(MirrorError, match=words) as refused:
                await m.latest(["a.x"])
            assert refused.value.fault == fault


async def test_influxdb_3_gives_tags_as_columns(server):
    columns = ["time", "device", "point", "value", "quality"]
    rows = [[T0, "a", "x", 1.5, 0], [T0 + 1, "a", "x", None, 32769], [T0, "a", "y", 2.5, 0]]
    head = {"name": "count", "columns": columns}
    server.otherwise = Answer(
        200,
        b"\r\n".join(
            orjson.dumps({"results": [{"statement_id": 0, "series": [head | {"values": part}]}]})
            for part in (rows[:1], rows[1:])
        ),
    )
    async with mirror(server.url) as m:
        frame = await m.read(["a.x", "a.y"], T0, T0 + 2)
    assert series(frame, "a.y") == [(T0, 2.5, 0)]
    assert [(t, q) for t, _, q in series(frame, "a.x")] == [(T0, 0), (T0 + 1, 32769)]
    assert server.requests[0].method == "GET"  # it takes the parameters from the URL only


async def test_quotes_in_names_stay_in_their_quotes(server):
    server.otherwise = said({"results": []})
    async with mirror(server.url) as m:
        with pytest.raises(UnknownPointError):
            await m.read(["a.x' OR 'a'='a", "a.\\"], T0, T0 + 1)
    (query,) = server.requests[0].query["q"]
    assert "\"point\" = 'x\\' OR \\'a\\'=\\'a'" in query
    assert "\"point\" = '\\\\'" in query


@pytest.mark.parametrize("kind", ["influx", "victoria"])
async def test_an_answer_without_end_is_cut_off(server, kind, monkeypatch):
    monkeypatch.setattr("sdanlegg.historian.mirrors.answers.MAX_VALUES", 100)
    if kind == "influx":
        head = {"name": "count", "tags": {"device": "a", "point": "x"}, "columns": ["time", "value", "quality"]}
        piece = {"results": [{"series": [head | {"values": [[T0 + i, 1.0, 0] for i in range(50)]}]}]}
    else:
        metric = {"__name__": "count_value", "device": "a", "point": "x"}
        piece = {"metric": metric, "values": [1.0] * 50, "timestamps": [T0 // 1_000_000 + i for i in range(50)]}
    server.otherwise = Answer(200, (orjson.dumps(piece) + b"\n") * 50)
    async with mirror(server.url, kind) as m:
        with pytest.raises(TooMuchError):
            await m.read(["a.x"], T0, T0 + 10**9)
