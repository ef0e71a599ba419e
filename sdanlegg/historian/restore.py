"""Reading a backup: every byte is checked against the checksums before anything is written."""

import hashlib
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Final

from sdanlegg.errors import StoreError
from sdanlegg.historian.backup import MANIFEST, SUMS, TOP, Manifest, Told
from sdanlegg.historian.schema import FILE_NAME, LOCK_NAME, MIGRATIONS, take_lock
from sdanlegg.outfile import sync_folder, writing_to

_PIECE: Final = 1 << 20
_SMALL: Final = 16 << 20  # manifest and checksums are read whole, other members in pieces
COMPANIONS: Final = ("", "-wal", "-shm", "-journal")


class BackupError(StoreError):
    """The file is no backup, or not whole any more; nothing was written."""


def verify(path: Path, told: Told) -> Manifest:
    """Read a backup from end to end; BackupError names the member that is damaged, missing or too many."""
    sums: dict[str, str] = {}
    texts: dict[str, bytes] = {}
    with _opened(path) as members:
        for name, size, file in members:
            digest = hashlib.sha256()
            while piece := file.read(_PIECE):
                digest.update(piece)
                told(len(piece))
                if name in {MANIFEST, SUMS} and size <= _SMALL:
                    texts[name] = texts.get(name, b"") + piece
            sums[name] = digest.hexdigest()
    _compare(path, sums, texts)
    try:
        manifest = Manifest.from_json(texts[MANIFEST])
    except (ValueError, KeyError, TypeError) as err:
        raise BackupError(f"{path}: {MANIFEST} cannot be understood ({err})") from err
    if manifest.schema > len(MIGRATIONS):
        text = f"schema {manifest.schema}, this one knows up to {len(MIGRATIONS)}"
        raise BackupError(f"{path} was made by a newer version of this program ({manifest.version}: {text})")
    return manifest


def _compare(path: Path, sums: Mapping[str, str], texts: Mapping[str, bytes]) -> None:
    if MANIFEST not in texts or SUMS not in texts:
        raise BackupError(f"{path} is cut short or no backup: {SUMS if MANIFEST in texts else MANIFEST} is missing")
    lines = texts[SUMS].decode("utf-8", "replace").splitlines()
    wanted = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    for name, digest in wanted.items():
        if name not in sums:
            raise BackupError(f"{path}: {name} is missing")
        if sums[name] != digest:
            raise BackupError(f"{path}: {name} is damaged (its SHA-256 is not the one in {SUMS})")
    if more := sums.keys() - wanted.keys() - {SUMS}:
        raise BackupError(f"{path}: {min(more)} stands in it without a checksum")


def check_target(data_dir: Path) -> None:
    """StoreError if the folder has a history already."""
    for companion in COMPANIONS:
        there = data_dir / f"{FILE_NAME}{companion}"
        if there.exists():
            raise StoreError(
                f"{there} is there already and is never replaced: move it away, or restore to another folder"
            )


def places(manifest: Manifest, data_dir: Path, config_dir: Path | None) -> dict[str, Path]:
    """Where each file of a backup goes; without config_dir the history only.

    StoreError if something stands there already: nothing is ever replaced.
    """
    check_target(data_dir)
    if FILE_NAME not in manifest.files:
        raise BackupError(f"the backup has no {FILE_NAME}")
    found = {FILE_NAME: data_dir / FILE_NAME}
    if config_dir is not None:
        for name in sorted(manifest.files.keys() - found.keys()):
            found[name] = config_dir / name.removeprefix("config/")
            if not found[name].resolve().is_relative_to(config_dir.resolve()):
                raise BackupError(f"{name} leads out of the folder that the hall's files go to")
    for place in found.values():
        if place.exists():
            raise StoreError(f"{place} is there already and is never replaced: give --config-dir another folder")
    return found


def restore(path: Path, to: Mapping[str, Path], told: Told) -> None:
    """Put the files of a verified backup where places says; each stands there whole or not at all."""
    data_dir = to[FILE_NAME].parent
    with writing_to(to[FILE_NAME]):
        for place in to.values():
            place.parent.mkdir(parents=True, exist_ok=True)
        with closing(take_lock(data_dir)), _opened(path) as members:
            check_target(data_dir)
            for name, _, file in members:
                if name in to:
                    _write(file, to[name], told)
        for folder in {place.parent for place in to.values()}:
            sync_folder(folder)
        _hand_over(data_dir)


def _hand_over(data_dir: Path) -> None:
    """Root restores for the user whose folder it is: the service could not write to root's files."""
    if os.geteuid() == 0:
        owner = data_dir.stat()
        for name in (FILE_NAME, LOCK_NAME):
            os.chown(data_dir / name, owner.st_uid, owner.st_gid)


def _write(file: IO[bytes], place: Path, told: Told) -> None:
    part = place.with_name(f".{place.name}.part")
    with writing_to(place):
        try:
            with part.open("wb") as out:
                while piece := file.read(_PIECE):
                    out.write(piece)
                    told(len(piece))
                out.flush()
                os.fsync(out.fileno())
            part.replace(place)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[tuple[str, int, IO[bytes]]]]:
    try:
        with tarfile.open(path, "r:") as tar:
            yield _members(path, tar)
    except (tarfile.TarError, EOFError) as err:
        raise BackupError(f"{path} is damaged or no backup: {err}") from err
    except OSError as err:
        raise BackupError(f"{path} cannot be read: {err.strerror or err}") from err


def _members(path: Path, tar: tarfile.TarFile) -> Iterator[tuple[str, int, IO[bytes]]]:
    for info in tar:
        file = tar.extractfile(info) if info.isfile() else None
        name = info.name.removeprefix(f"{TOP}/")
        if file is None or name == info.name:
            raise BackupError(f"{path}: {info.name} does not belong in a backup")
        yield name, info.size, file
