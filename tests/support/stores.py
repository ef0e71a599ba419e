"""Every store of history, for the tests that all of them must pass. A store that comes later is added to STORES."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from sdanlegg.historian import Historian
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.query import StoredReading
from sdanlegg.points import PointTable
from sdanlegg.readings import Reading


class Written(Historian, Protocol):
    """A historian that the test can fill; text and source times as the local store gives them."""

    async def write(self, readings: Iterable[Reading]) -> None: ...

    async def text(self, code: int) -> str | None: ...

    async def after(self, seq: int, limit: int) -> list[StoredReading]: ...


Opening = Callable[[PointTable], AbstractAsyncContextManager[Written]]


def local(folder: Path) -> Opening:
    return lambda points: LocalStore.open(folder / "local", points)


STORES: dict[str, Callable[[Path], Opening]] = {"local": local}
