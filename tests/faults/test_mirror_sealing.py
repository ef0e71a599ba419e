"""Sealing while a mirror is away: the spool keeps what is folded away until the mirror has it safely."""

from pathlib import Path

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian.local import LocalStore
from tests.support.fake_mirror import FakeMirror, failing
from tests.support.fed import Fed, fed, until_has, until_true
from tests.support.history import T0, until
from tests.support.sealing import seal
from tests.support.spooled import POINTS, expected, numbered, spool_seqs


async def written_and_sealed(f: Fed, folder: Path) -> None:
    """Write in pieces and seal after each; late readings too."""
    for k in range(5):
        await f.write(*range(k * 1000, k * 1000 + 40), *range(k * 100 + 500, k * 100 + 505))
        await seal(f.store, folder, T0 + (k + 1) * SECOND_NS)
    await seal(f.store, folder, T0 + 100 * SECOND_NS)
    assert await f.store.ask(lambda c, _: c.execute("SELECT count(*) FROM reading").get) == 0


NUMBERS = [n for k in range(5) for n in (*range(k * 1000, k * 1000 + 40), *range(k * 100 + 500, k * 100 + 505))]


async def test_what_was_sealed_while_the_mirror_was_away_arrives(tmp_path: Path) -> None:
    mirror = FakeMirror()
    mirror.judge = failing("unreachable")
    async with fed(tmp_path, mirror.open) as f:
        await written_and_sealed(f, tmp_path)
        assert len(await spool_seqs(f.store)) == len(NUMBERS)
        await until(lambda: f.state.waiting.rows == len(NUMBERS))
        mirror.judge = lambda _: None
        await until_has(mirror, *NUMBERS)
        await until_true(f.spool_is_empty)
    assert mirror.samples() == expected(NUMBERS)


async def test_what_the_mirror_has_safely_is_not_spooled(tmp_path: Path) -> None:
    mirror = FakeMirror()
    async with fed(tmp_path, mirror.open) as f:
        await f.write(*range(50))
        await f.until_safe(50)
        await seal(f.store, tmp_path, T0 + 100 * SECOND_NS)
        assert await spool_seqs(f.store) == []


async def test_control_without_a_mirror_nothing_is_spooled(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, 5) as store:
        await store.write(numbered(i) for i in range(50))
        await seal(store, tmp_path, T0 + 100 * SECOND_NS)
        assert await spool_seqs(store) == []
