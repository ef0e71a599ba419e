"""A backup of a history that another process is writing: whole, and worth restoring. Damage is found and named."""

import os
import subprocess
import sys
import tarfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import numpy as np
import pytest

from sdanlegg.errors import StoreError
from sdanlegg.historian.backup import MANIFEST, SUMS, TOP, Copying, Manifest, check_copy
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.restore import BackupError, check_target, places, restore, verify
from sdanlegg.historian.schema import FILE_NAME, MIGRATIONS
from sdanlegg.outfile import OutputError
from tests.support.backups import POOL, digest_of, flip, make, members, quiet
from tests.support.disks import fill, small_disk
from tests.support.history import T0, reading
from tests.support.history_writer import POINTS, numbered
from tests.support.tree import ROOT


@pytest.fixture
async def data(tmp_path):
    folder = tmp_path / "data"
    async with LocalStore.open(folder, POOL) as store:
        await store.write(reading(POOL, T0 + i, {"a.x": i, "a.e_kwh": 1e9 + i / 4}) for i in range(500))
    return folder


@contextmanager
def writing(folder: Path, acks: Path):
    """Another process that commits as fast as it can and notes what is accepted."""
    command = [sys.executable, "-m", "tests.support.history_writer", str(folder), str(acks), "0", "honest"]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def accepted(acks: Path) -> set[int]:
    return {int(line) for line in acks.read_text().split("\n")[:-1]} if acks.exists() else set()


def wait_for(acks: Path, count: int, seconds: float = 60) -> set[int]:
    deadline = time.monotonic() + seconds
    while len(found := accepted(acks)) < count:
        assert time.monotonic() < deadline, "the writer accepts nothing"
        time.sleep(0.02)
    return found


async def test_the_drill_backup_beside_a_writer_restore_elsewhere_go_on(tmp_path):
    data, out, acks = tmp_path / "data", tmp_path / "b.tar", tmp_path / "acks"
    with writing(data, acks):
        before = wait_for(acks, 3000)
        made = make(data, out)
        after = wait_for(acks, len(before) + 3000)  # the writer was not in the way, nor we in its
    assert verify(out, quiet) == made
    restore(out, places(made, tmp_path / "new", None), quiet)
    async with LocalStore.open(tmp_path / "new", POINTS) as store:
        frame = await store.read(list(POINTS.column), T0, T0 + 1_000_000)
        stored = {int(t) - T0 for t in frame.t_ns}
        assert before <= stored
        assert made.rows["reading"] == len(stored) < max(after)
        for t, values in zip(frame.t_ns, frame.values, strict=True):
            np.testing.assert_array_equal(values, numbered(int(t) - T0).values)
        await store.write([numbered(900_000)])
        assert (await store.latest(["a.e_kwh"])).values[0, 0] == 900_000.25
    with closing(apsw.Connection(str(tmp_path / "new" / FILE_NAME))) as connection:
        assert connection.pragma("integrity_check") == "ok"
        assert connection.pragma("user_version") == len(MIGRATIONS)
        assert connection.pragma("auto_vacuum") == 2  # or deleting would give no disk back


async def test_a_plain_copy_of_a_running_history_is_no_backup(tmp_path):
    """The control of the drill: what is accepted stands in the write-ahead file for a good while."""
    data, acks = tmp_path / "data", tmp_path / "acks"
    with writing(data, acks):
        before = wait_for(acks, 1000)
        (tmp_path / "new").mkdir()
        (tmp_path / "new" / FILE_NAME).write_bytes((data / FILE_NAME).read_bytes())
    async with LocalStore.open(tmp_path / "new", POINTS) as store:
        frame = await store.read(list(POINTS.column), T0, T0 + 1_000_000)
    assert not before <= {int(t) - T0 for t in frame.t_ns}


async def test_every_table_comes_along(tmp_path, data):
    async with LocalStore.open(data, POOL) as store:
        await store.change(
            lambda c: c.execute(
                "INSERT INTO mirror VALUES('influx', 7, 5, 0); INSERT INTO spool VALUES(6, 1, 2, NULL, NULL, NULL);"
                "INSERT INTO correction VALUES(1, 1, 'kari', 'moved', 1, 2, 3, 'bad', NULL, NULL, NULL);"
                "INSERT INTO quarantine VALUES(1, 'influx', 'a.x', 1, 'line', 'why', 2);"
            )
        )
    made = make(data, tmp_path / "b.tar")
    tables = ("reading", "point", "mirror", "spool", "correction", "quarantine")
    assert [made.rows[name] for name in tables] == [500, 2, 1, 1, 1, 1]
    restore(tmp_path / "b.tar", places(made, tmp_path / "new", None), quiet)
    assert content(tmp_path / "new" / FILE_NAME) == content(data / FILE_NAME)


def content(path: Path) -> dict[str, list[object]]:
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: list(connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2")) for name in names}


def test_an_archive_is_checked_with_the_tools_at_hand(tmp_path, data):
    make(data, tmp_path / "b.tar", more={"config/pool/site.toml": ROOT / "config/holmen/site.toml"})
    done = subprocess.run(
        f"tar xf b.tar && cd {TOP} && sha256sum -c {SUMS}",
        check=False,
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == ["config/pool/site.toml: OK", "history.db: OK", "manifest.json: OK"]


@pytest.mark.parametrize("name", [FILE_NAME, "config/pool/site.toml", MANIFEST])
@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
def test_one_damaged_bit_is_refused_and_named(tmp_path, data, name, where):
    out = tmp_path / "b.tar"
    made = make(data, out, more={"config/pool/site.toml": ROOT / "config/holmen/site.toml"})
    offset, size = members(out)[name]
    flip(out, offset + int(where * (size - 1)))
    with pytest.raises(BackupError, match=rf"b\.tar: {name} is damaged"):
        verify(out, quiet)
    assert made.rows["reading"] == 500


@pytest.mark.parametrize("seed", range(40))
def test_no_damaged_bit_anywhere_goes_unseen(tmp_path, data, seed):
    """Anywhere but in the padding, where nothing is: the content is right, or the backup is refused."""
    out = tmp_path / "b.tar"
    make(data, out)
    whole = {name: digest_of(out, name) for name in members(out)}
    end = sum(members(out)[SUMS])
    flip(out, int(np.random.default_rng(seed).integers(end)))
    try:
        verify(out, quiet)
    except BackupError:
        return
    assert {name: digest_of(out, name) for name in members(out)} == whole


@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.9])
def test_a_backup_that_was_cut_short_is_refused(tmp_path, data, part):
    out = tmp_path / "b.tar"
    make(data, out)
    os.truncate(out, int(part * sum(members(out)[SUMS])))
    with pytest.raises(BackupError, match=r"b\.tar is (damaged|cut short)"):
        verify(out, quiet)


@pytest.mark.parametrize("name", ["more.txt", "../../etc/passwd"])
def test_what_has_no_checksum_is_refused(tmp_path, data, name):
    out = tmp_path / "b.tar"
    make(data, out)
    with tarfile.open(out, "a") as tar:
        tar.addfile(tarfile.TarInfo(f"{TOP}/{name}"))
    with pytest.raises(BackupError, match="without a checksum"):
        verify(out, quiet)


def test_what_is_no_backup_is_refused(tmp_path, data):
    other = tmp_path / "o.tar"
    with tarfile.open(other, "w") as tar:
        tar.add(data / FILE_NAME, "history.db")
    what = {
        other: r"history\.db does not belong",
        data / FILE_NAME: "no backup",
        tmp_path / "none.tar": "cannot be read",
    }
    for path, says in what.items():
        with pytest.raises(BackupError, match=says):
            verify(path, quiet)


def test_a_newer_programs_backup_is_refused(tmp_path, data):
    make(data, tmp_path / "b.tar", schema=len(MIGRATIONS) + 1)
    with pytest.raises(BackupError, match=r"newer version of this program \(1\.2\.3: schema"):
        verify(tmp_path / "b.tar", quiet)


@pytest.mark.parametrize("file", [FILE_NAME, f"{FILE_NAME}-wal"])
def test_a_history_is_never_replaced(tmp_path, file):
    (tmp_path / file).write_bytes(b"mine")
    with pytest.raises(StoreError, match="never replaced"):
        check_target(tmp_path)
    assert (tmp_path / file).read_bytes() == b"mine"


async def test_a_folder_of_a_running_service_is_refused(tmp_path, data):
    made = make(data, tmp_path / "b.tar")
    async with LocalStore.open(tmp_path / "new", POOL):
        for path in (tmp_path / "new").glob(f"{FILE_NAME}*"):
            path.rename(tmp_path / path.name)  # only the lock is left
        with pytest.raises(StoreError, match="in use by another running service"):
            restore(tmp_path / "b.tar", {FILE_NAME: tmp_path / "new" / FILE_NAME}, quiet)
        for path in tmp_path.glob(f"{FILE_NAME}*"):
            path.rename(tmp_path / "new" / path.name)
    assert made.rows["reading"] == 500


def test_files_go_where_they_are_told_and_no_further(tmp_path):
    def manifest(name: str) -> Manifest:
        return Manifest("p", "", "", 2, {}, {FILE_NAME: "", name: ""}, (), "")

    new = tmp_path / "new"
    assert places(manifest("config/pool/site.toml"), new, tmp_path / "c") == {
        FILE_NAME: new / FILE_NAME,
        "config/pool/site.toml": tmp_path / "c" / "pool" / "site.toml",
    }
    assert places(manifest("config/pool/site.toml"), new, None) == {FILE_NAME: new / FILE_NAME}
    for name in ("config/../../x", "/etc/x", "config//etc/x"):
        with pytest.raises(BackupError, match="leads out"):
            places(manifest(name), new, tmp_path / "c")


def test_root_restores_for_the_user_whose_folder_it_is(tmp_path, data):
    assert os.geteuid() == 0, "this test needs root"
    made = make(data, tmp_path / "b.tar")
    (tmp_path / "new").mkdir()
    os.chown(tmp_path / "new", 1234, 2345)
    restore(tmp_path / "b.tar", places(made, tmp_path / "new", None), quiet)
    assert {(path.stat().st_uid, path.stat().st_gid) for path in (tmp_path / "new").iterdir()} == {(1234, 2345)}


def test_a_copy_that_is_not_sound_is_no_backup(tmp_path, data):
    copy = tmp_path / "copy.db"
    Copying(data / FILE_NAME, copy).run()
    assert check_copy(copy)["reading"] == 500
    with copy.open("r+b") as file:
        file.seek(copy.stat().st_size // 2)
        file.write(os.urandom(4096))
    with pytest.raises(StoreError, match=r"not sound|damaged"):
        check_copy(copy)


def test_a_damaged_history_is_told_while_it_is_copied(tmp_path, data):
    path = data / FILE_NAME
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(path.stat().st_size - 8192))
    with pytest.raises(StoreError, match=r"history\.db is damaged"):
        Copying(path, tmp_path / "copy.db").run()


def test_a_full_disk_ends_the_copy_with_a_sentence(tmp_path, data):
    with small_disk(tmp_path / "disk", "1m") as disk:
        fill(disk / "ballast")
        with pytest.raises(OutputError, match="disk is full"):
            Copying(data / FILE_NAME, disk / "copy.db").run()


def test_a_full_disk_ends_a_restore_and_leaves_nothing(tmp_path, data):
    made = make(data, tmp_path / "b.tar")
    with small_disk(tmp_path / "disk", "1m") as disk:
        fill(disk / "ballast")
        os.truncate(disk / "ballast", (disk / "ballast").stat().st_size - 16384)
        to = places(made, disk / "data", None)
        with pytest.raises(OutputError, match="disk is full"):
            restore(tmp_path / "b.tar", to, quiet)
        assert [p.name for p in (disk / "data").iterdir()] == ["service.lock"]
