"""All mirrors of a hall: beside each other, enrolled and forgotten, however the store or one of them is."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from sdanlegg.clock import SystemClock
from sdanlegg.errors import StoreError
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.mirrors import Mirror, MirrorSettings
from sdanlegg.historian.mirrors.feeds import Feeds
from sdanlegg.site import Site
from tests.support.api_hall import site
from tests.support.fake_mirror import FakeMirror, failing
from tests.support.fed import SHORT
from tests.support.history import until
from tests.support.spooled import POINTS, expected, fold, numbered, spool_seqs


def hall(*names: str) -> Site:
    made = tuple(MirrorSettings(name, "influx", f"http://{name}", f"http://{name}") for name in names)
    return replace(site(POINTS.points), mirrors=made)


def opening(mirrors: dict[str, FakeMirror], settings: MirrorSettings) -> AbstractAsyncContextManager[Mirror]:
    return mirrors[settings.name].open()


@asynccontextmanager
async def running(store: Any, mirrors: dict[str, FakeMirror]) -> AsyncIterator[Feeds]:
    feeds = Feeds(hall(*mirrors), store, SystemClock(), functools.partial(opening, mirrors), SHORT)
    task = asyncio.create_task(feeds.run())
    try:
        yield feeds
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()


async def test_a_mirror_that_is_down_is_nothing_to_the_others(tmp_path: Path) -> None:
    good, bad = FakeMirror(), FakeMirror()
    bad.judge = failing("unreachable")
    async with LocalStore.open(tmp_path, POINTS, 5) as store, running(store, {"good": good, "bad": bad}) as feeds:
        await store.write(numbered(i) for i in range(50))
        await until(lambda: good.samples() == expected(range(50)))
        await until(lambda: feeds.states[1].fault is not None)
        assert [state.name for state in feeds.states] == ["good", "bad"]
        assert feeds.states[0].fault is None
        bad.judge = lambda _: None
        await until(lambda: bad.samples() == expected(range(50)))


async def test_one_that_is_named_no_longer_is_forgotten_at_the_start_and_said(tmp_path: Path) -> None:
    down = FakeMirror()
    down.judge = failing("unreachable")
    async with LocalStore.open(tmp_path, POINTS, 5) as store:
        async with running(store, {"old": down}) as feeds:
            await until(lambda: feeds.states[0].fault is not None)
            await store.write(numbered(i) for i in range(20))
            await store.change(fold)
        assert len(await spool_seqs(store)) == 20
        with structlog.testing.capture_logs() as logs:
            async with running(store, {}):
                await until(lambda: bool(logs))
        assert [(entry["event"], entry["mirror"]) for entry in logs] == [("mirror_forgotten", "old")]
        assert await spool_seqs(store) == []


class Reluctant:
    """A store that cannot be written at first."""

    def __init__(self, store: LocalStore, failures: int) -> None:
        self._store = store
        self._left = failures
        self.ask = store.ask

    async def change(self, work: Callable[..., Any]) -> Any:
        if self._left:
            self._left -= 1
            raise StoreError("the disk is full")
        return await self._store.change(work)


async def test_a_store_that_cannot_be_written_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sdanlegg.historian.mirrors.feeds.ENROL_WAIT_S", 0.01)
    mirror = FakeMirror()
    async with LocalStore.open(tmp_path, POINTS, 5) as store, running(Reluctant(store, 5), {"m": mirror}) as feeds:
        await store.write(numbered(i) for i in range(20))
        await until(lambda: mirror.samples() == expected(range(20)))
        await until(lambda: feeds.states[0].level(0) == "ok")
