"""What the engines must do beyond answering as a history: prepare, heartbeats, limits, other halls beside this one."""

import dataclasses
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import TooMuchError, UnknownPointError
from sdanlegg.historian import Days
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.mirrors import MirrorError, MirrorSettings, answers, figures
from sdanlegg.historian.mirrors.engines import open_mirror
from sdanlegg.historian.mirrors.lines import heartbeat
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, COMM, GOOD, NO_SAMPLE, RANGE, UNCERTAIN
from tests.contract.test_historian_intervals import OSLO
from tests.support.history import T0, counter, gauge, reading, series
from tests.support.influx_server import InfluxServer
from tests.support.points import point, register
from tests.support.stores import MS, POINTS, Fed, Kind
from tests.support.victoria_server import VictoriaServer

S = SECOND_NS


async def test_what_is_no_number_arrives_as_none_with_its_quality(fed: Fed) -> None:
    sent = [np.inf, -np.inf, np.nan, 1e300]
    await fed.write([reading(POINTS, T0 + i * MS, {"a.x": v}, BAD | RANGE) for i, v in enumerate(sent)])
    frame = await fed.read(["a.x"], T0, T0 + S)
    assert np.isnan(frame.values).all()
    assert frame.quality.tolist() == [[BAD | RANGE]] * 4


async def test_what_is_sent_again_is_there_once(fed: Fed) -> None:
    sent = [reading(POINTS, T0 + i * S, {"a.x": float(i), "a.e_kwh": 2.0 * i}, [UNCERTAIN, GOOD]) for i in range(50)]
    for _ in range(3):
        await fed.write(sent)
    frame = await fed.read(["a.x", "a.e_kwh"], T0, T0 + 50 * S)
    assert series(frame, "a.x") == [(T0 + i * S, float(i), UNCERTAIN) for i in range(50)]
    assert series(frame, "a.e_kwh") == [(T0 + i * S, 2.0 * i, GOOD) for i in range(50)]


async def test_heartbeats_are_read_back(fed: Fed) -> None:
    beats = [T0 + i * 60 * S + i * MS for i in range(4)]
    await fed.mirror.write([heartbeat(fed.site_id, t_ns, 412.5) for t_ns in reversed(beats)])
    await fed.mirror.write([heartbeat("another hall", T0 + S, 412.5)])
    await fed.write([])
    assert await fed.mirror.heartbeats(beats[1], beats[3]) == beats[1:3]
    assert await fed.mirror.heartbeats(beats[0], beats[3] + MS) == beats
    assert await fed.mirror.heartbeats(beats[3] + S, beats[3] + 2 * S) == []


async def test_another_hall_in_the_same_place_is_not_seen(fed: Fed) -> None:
    await fed.write([reading(POINTS, T0, {"a.x": 1.0})])
    fed.site_id, before = "another hall", fed.site_id
    await fed.write([reading(POINTS, T0 + S, {"a.x": 2.0, "b.x": 2.0})])
    fed.site_id = before
    frame = await fed.read(["a.x", "b.x"], 0, 2 * T0)
    assert series(frame, "a.x") == [(T0, 1.0, GOOD)]
    assert series(frame, "b.x") == []
    assert (await fed.latest(["a.x", "b.x"])).quality.tolist() == [[GOOD, NO_SAMPLE]]


async def test_a_point_whose_unit_changed_is_one_point(kind: Kind) -> None:
    before = PointTable([gauge("a.x")])
    after = PointTable([point("a.x", register("float32"), unit="bar", tfm="=320.009-RP401")])
    async with kind.opening(before) as store:
        await store.write([reading(before, T0, {"a.x": 1.0}), reading(before, T0 + S, {"a.x": 2.0})])
    async with kind.opening(after) as store:
        await store.write([reading(after, T0 + 2 * S, {"a.x": 3.0}), reading(after, T0 + 3 * S, {"a.x": 4.0})])
        assert [v for _, v, _ in series(await store.read(["a.x"], T0, T0 + 9 * S), "a.x")] == [1.0, 2.0, 3.0, 4.0]
        assert (await store.latest(["a.x"])).values.tolist() == [[4.0]]


async def test_a_point_that_left_the_configuration_is_found(kind: Kind) -> None:
    before = PointTable([gauge("a.gone", 60.0), counter("a.gone_kwh", 60.0), gauge("a.x")])
    start = T0 // (3600 * S) * 3600 * S
    async with kind.opening(before) as store:
        await store.write(
            reading(before, start + i * 60 * S, {"a.gone": i % 2, "a.gone_kwh": 100.0 + i}) for i in range(60)
        )
    async with kind.opening(PointTable([gauge("a.x")])) as store:
        assert (await store.latest(["a.gone"])).values.tolist() == [[1.0]]
        frame = await store.read(["a.gone", "a.gone_kwh"], start, start + 3600 * S, 1800 * S)
        np.testing.assert_allclose(frame.values, [[0.5, 129.0], [0.5, 159.0]])
        np.testing.assert_allclose(frame.coverage, 1.0)
        with pytest.raises(UnknownPointError, match=r"a\.never"):
            await store.read(["a.gone", "a.never"], start, start + S)


async def test_intervals_are_those_of_the_local_store(fed: Fed, tmp_path, monkeypatch) -> None:
    """Gaps, doubtful and bad samples, two periods, many pieces, a day of 25 hours: every figure alike."""
    monkeypatch.setattr(answers, "PIECE_SAMPLES", 20_000)
    rng = np.random.default_rng(7)
    start = 1_761_343_200 * S  # 2025-10-25 00:00 in Oslo; the day after has 25 hours
    t_s = np.flatnonzero(rng.random(2 * 86_400) < 1 / 40)
    sent = [
        reading(
            POINTS,
            start + int(t) * S,
            {"a.x": float(rng.normal(20, 5)), "a.e_kwh": 1e6 + t / 7, "a.v_st": float(t % 3)},
            rng.choice([GOOD, GOOD, GOOD, UNCERTAIN, BAD | COMM], 3).tolist(),
        )
        for t in t_s
    ]
    ids = ["a.x", "a.e_kwh", "a.v_st"]
    await fed.write(sent)
    async with LocalStore.open(tmp_path / "truth", POINTS) as local:
        await local.write(sent)
        for every in (60 * S, 900 * S, 3600 * S, 7 * S * 60, Days(OSLO)):
            span = (start + 3333 * S, start + 150_000 * S)
            truth, got = await local.read(ids, *span, every), await fed.read(ids, *span, every)
            np.testing.assert_array_equal(got.t_ns, truth.t_ns)
            np.testing.assert_array_equal(got.quality, truth.quality)
            np.testing.assert_allclose(got.values, truth.values, rtol=1e-6)
            np.testing.assert_allclose(got.coverage, truth.coverage, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("every", [900 * S, 3600 * S, 7200 * S, Days(OSLO)])
async def test_long_intervals_are_made_there_where_nothing_is_missing(fed: Fed, tmp_path, monkeypatch, every) -> None:
    """Three days of 60 s, with a hole, doubt, bad values, a late start: alike, but few samples are carried over."""
    monkeypatch.setattr(answers, "FEW_SAMPLES", 0)
    monkeypatch.setattr(figures, "LOOKED_AT", 5000)
    points = PointTable([gauge("a.x", 60.0), counter("a.e_kwh", 60.0), gauge("a.fast", 600.0), gauge("a.never", 60.0)])
    start = 1_761_343_200 * S  # 2025-10-25 00:00 in Oslo; the day after has 25 hours
    minutes = range(90, 73 * 60)
    hole, doubt, bad = range(1000, 1150), range(2000, 2003), range(3000, 3200)
    sent = [
        reading(
            points,
            start + i * 60 * S,
            {"a.x": 20 + (i % 17) / 7, "a.e_kwh": 131072.01 + i / 3, "a.fast": float(i)},
            UNCERTAIN if i in doubt else BAD if i in bad else GOOD,
        )
        for i in minutes
        if i not in hole
    ]
    await Fed(fed.mirror, fed.site_id, points, fed._flush).write(sent)
    carried = count_carried(type(fed.mirror), monkeypatch)
    ids = ["a.x", "a.e_kwh", "a.fast", "a.never"]
    async with (
        LocalStore.open(tmp_path / "truth", points) as local,
        open_mirror(fed.mirror._wire.settings, fed.site_id, points) as mirror,
    ):
        await local.write(sent)
        span = (start, start + 73 * 3600 * S)
        truth, got = await local.read(ids, *span, every), await mirror.read(ids, *span, every)
    np.testing.assert_array_equal(got.t_ns, truth.t_ns)
    np.testing.assert_array_equal(got.quality, truth.quality)
    np.testing.assert_allclose(got.values, truth.values, rtol=1e-6)
    np.testing.assert_allclose(got.coverage, truth.coverage, rtol=1e-6, atol=1e-9)
    assert 0 < sum(carried) < 3 * len(sent) * 0.9  # a.fast is sampled more often than its period: all of it is carried


def count_carried(engine: type, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """List that grows by the number of samples of every piece that the engine hands over."""
    carried: list[int] = []
    samples = engine.samples

    async def counted(self, *question):
        runs = await samples(self, *question)
        carried.append(sum(run.t_ns.size for run in runs.values()))
        return runs

    monkeypatch.setattr(engine, "samples", counted)
    return carried


async def test_answers_that_are_too_large_are_refused_before_memory_is(fed: Fed, monkeypatch) -> None:
    await fed.write([reading(POINTS, T0 + i * S, {"a.x": 1.0, "a.y": 2.0}) for i in range(600)])
    monkeypatch.setattr(answers, "MAX_VALUES", 1000)
    assert (await fed.read(["a.x"], T0, T0 + 600 * S)).t_ns.size == 600
    with pytest.raises(TooMuchError):
        await fed.read(["a.x", "a.y"], T0, T0 + 600 * S)
    monkeypatch.setattr(answers, "FEW_SAMPLES", 0)
    monkeypatch.setattr(answers, "MOST_SAMPLES", 10_000)
    with pytest.raises(TooMuchError, match="shorter range"):
        await fed.read(["a.x"], T0, T0 + 86_400 * S, 3600 * S)


async def test_many_points_at_once(fed: Fed) -> None:
    points = PointTable([gauge(f"a.p{i}") for i in range(120)])
    many = Fed(fed.mirror, fed.site_id, points, lambda: None)
    await many.write([reading(points, T0 + i * S, {p.id: float(i) for p in points}) for i in range(3)])
    await fed.write([])
    frame = await fed.read([p.id for p in points], T0, T0 + 3 * S)
    np.testing.assert_array_equal(frame.values, np.broadcast_to([[0.0], [1.0], [2.0]], (3, 120)))


async def test_an_engine_tells_when_it_began(influx_server: InfluxServer, victoria_server: VictoriaServer) -> None:
    for name, server in (("influx", influx_server), ("victoria", victoria_server)):
        async with open_mirror(MirrorSettings("m", name, server.url, server.url), "hall", POINTS) as mirror:
            began = await mirror.started()
            assert began is not None
            assert 1.7e9 < began < time.time() + 1
            assert await mirror.started() == began


async def test_preparing_makes_the_database_and_does_no_harm_twice(influx_server: InfluxServer) -> None:
    url = influx_server.url
    settings = MirrorSettings("m", "influx", url, url, bucket='with "quotes" and æøå')
    async with open_mirror(settings, "hall", POINTS) as mirror:
        with pytest.raises(MirrorError, match="does not know the database") as refused:
            await mirror.write([heartbeat("hall", T0, 1.0)])
        assert refused.value.fault == "missing"
        with pytest.raises(MirrorError, match="not found") as unread:
            await mirror.latest(["a.x"])
        assert unread.value.fault == "missing"
        await mirror.prepare()
        await mirror.write([heartbeat("hall", T0, 1.0)])
        await mirror.prepare()
        assert await mirror.heartbeats(T0, T0 + 1) == [T0]


async def test_a_token_opens_what_it_may_and_nothing_else(tmp_path) -> None:
    server = InfluxServer(tmp_path / "influx", auth=True)
    server.start()
    try:
        server.ask("CREATE USER boss WITH PASSWORD 'b' WITH ALL PRIVILEGES")
        server.ask("CREATE USER guest WITH PASSWORD 'g'", "boss:b")
        with server.door():
            assert await fault_with(server, None) == "denied"
            for token, fault in (("boss:b", None), ("boss:wrong", "denied"), ("guest:g", "denied")):
                assert await fault_with(server, token_file(tmp_path, token)) == fault, token
    finally:
        server.stop()


def token_file(folder: Path, token: str) -> Path:
    path = folder / "token"
    path.write_text(token, encoding="utf-8")
    path.chmod(0o600)
    return path


async def fault_with(server: InfluxServer, token_file: Path | None) -> str | None:
    """What a mirror with the token meets: the same whether it prepares, writes or asks."""
    settings = MirrorSettings("m", "influx", server.url, server.url, token_file=token_file)
    faults: set[str | None] = set()
    async with open_mirror(settings, "hall", POINTS) as mirror:
        for act in (
            mirror.prepare,
            partial(mirror.write, [heartbeat("hall", T0, 1.0)]),
            partial(mirror.latest, ["a.x"]),
        ):
            try:
                await act()
                faults.add(None)
            except MirrorError as err:
                faults.add(err.fault)
    (fault,) = faults
    return fault


async def test_a_line_that_influx_does_not_take_is_refused_in_its_words(influx_server: InfluxServer) -> None:
    settings = MirrorSettings("m", "influx", influx_server.url, influx_server.url, bucket="types")
    good = b"power,device=a,point=x,site=hall value=1.0,quality=0i %d" % T0
    async with open_mirror(settings, "hall", PointTable([point("a.x", quantity="power")])) as mirror:
        await mirror.prepare()
        await mirror.write([good])
        with pytest.raises(MirrorError, match="field type conflict") as refused:
            await mirror.write([good.replace(b"1.0", b"1i"), good.replace(b"point=x", b"point=y")])
        assert refused.value.fault == "refused"
        assert (await mirror.latest(["a.x"])).values.tolist() == [[1.0]]


async def test_a_wrong_path_is_told_before_anything_is_sent(victoria_server: VictoriaServer) -> None:
    for wrong in ("url", "read_url"):
        settings = MirrorSettings("m", "victoria", victoria_server.url, victoria_server.url)
        settings = dataclasses.replace(settings, **{wrong: f"{victoria_server.url}/insert/0/nowhere"})
        async with open_mirror(settings, "hall", POINTS) as mirror:
            with pytest.raises(MirrorError) as refused:
                await mirror.prepare()
            assert refused.value.fault == "missing"


async def test_a_killed_engine_is_unreachable_and_what_it_took_is_there_again(tmp_path) -> None:
    server = InfluxServer(tmp_path / "influx")
    server.start()
    try:
        with server.door():
            async with open_mirror(MirrorSettings("m", "influx", server.url, server.url), "hall", POINTS) as mirror:
                await mirror.prepare()
                await mirror.write([heartbeat("hall", T0, 1.0)])
                began = await mirror.started()
                server.kill()
                for question in (mirror.write([heartbeat("hall", T0 + S, 1.0)]), mirror.latest(["a.x"])):
                    with pytest.raises(MirrorError, match="cannot be reached") as refused:
                        await question
                    assert refused.value.fault == "unreachable"
                server.start()
                assert await mirror.heartbeats(T0, T0 + 2 * S) == [T0]
                assert await mirror.started() != began
    finally:
        server.stop()
