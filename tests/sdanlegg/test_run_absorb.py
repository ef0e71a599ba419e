"""Samples that were made elsewhere: free days at once, taken days as readings, old ones as figures."""

from pathlib import Path

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.historian.chunks import DAY_NS
from sdanlegg.historian.local import LocalStore
from sdanlegg.run_absorb import Stretch, absorb
from sdanlegg.site import Site
from tests.support.clocks import SetClock
from tests.support.holmen import holmen
from tests.support.sealing import seal

QUARTER = 900 * SECOND_NS
FIRST = 20_000 * DAY_NS


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return load_site(holmen(tmp_path_factory.mktemp("absorb")))


def stretch(site: Site, start_ns: int, end_ns: int) -> Stretch:
    t_ns = np.arange(start_ns, end_ns, QUARTER, dtype=np.int64)
    values = (t_ns[:, None] - FIRST) / DAY_NS + np.arange(len(site.points))
    return Stretch(t_ns, values, np.zeros(values.shape, np.uint16), {7: "sju"})


async def counts(store: LocalStore) -> tuple[int, int]:
    """How many rows and sealed days of the first point there are."""

    def ask(connection: object, _: object) -> tuple[int, int]:
        sql = "SELECT (SELECT count(*) FROM reading), (SELECT count(*) FROM chunk WHERE p = 1)"
        found: tuple[int, int] = next(iter(connection.execute(sql)))  # type: ignore[attr-defined]
        return found

    return await store.ask(ask)


async def test_each_part_goes_the_way_it_can(site: Site, tmp_path: Path) -> None:
    devices = len(site.devices)
    async with LocalStore.open(tmp_path, site.points, clock=SetClock()) as store:
        await absorb(site, store, stretch(site, FIRST + DAY_NS // 2, FIRST + DAY_NS))
        assert await counts(store) == (48 * devices, 0)  # nothing was ever sealed: a part of a day, as readings
        await seal(store, tmp_path, FIRST + DAY_NS)
        assert await counts(store) == (0, 1)
        await absorb(site, store, stretch(site, FIRST + DAY_NS, FIRST + 4 * DAY_NS))
        assert await counts(store) == (0, 4)  # free days, at once
        await absorb(site, store, stretch(site, FIRST + 3 * DAY_NS, FIRST + 5 * DAY_NS))
        assert await counts(store) == (96 * devices, 5)  # the day that is taken, as readings
        await absorb(site, store, stretch(site, FIRST + 5 * DAY_NS, FIRST + 5 * DAY_NS + 4 * QUARTER))
        assert await counts(store) == (100 * devices, 5)
        assert (await store.texts())[7] == "sju"
        await seal(store, tmp_path, FIRST + 6 * DAY_NS)
        assert await counts(store) == (0, 6)
        frame = await store.read([site.points.points[3].id], FIRST + DAY_NS // 2, FIRST + 6 * DAY_NS)
        every = stretch(site, FIRST + DAY_NS // 2, FIRST + 5 * DAY_NS + 4 * QUARTER)
        np.testing.assert_allclose(frame.values[:, 0], every.values[:, 3], rtol=1e-6)


async def test_what_is_old_leaves_figures_only(site: Site, tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, site.points, clock=SetClock()) as store:
        await absorb(site, store, stretch(site, FIRST, FIRST + DAY_NS))
        await seal(store, tmp_path, FIRST + DAY_NS)
        old = stretch(site, FIRST + DAY_NS, FIRST + 3 * DAY_NS)
        await absorb(site, store, old, samples_from_ns=FIRST + 3 * DAY_NS)
        assert await counts(store) == (0, 1)
        frame = await store.read([site.points.points[0].id], FIRST + DAY_NS, FIRST + 3 * DAY_NS, QUARTER)
        np.testing.assert_allclose(frame.values[:, 0], old.values[:, 0], rtol=1e-6)
