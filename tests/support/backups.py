"""Small backups, and what damages them."""

import hashlib
import tarfile
from pathlib import Path

from sdanlegg.historian.backup import TOP, Archive, Copying, Manifest, check_copy
from sdanlegg.historian.schema import FILE_NAME, MIGRATIONS
from tests.support.history import table

POOL = table("a.x", "a.e_kwh")


def quiet(_: int) -> None:
    """Nobody watches."""


def make(data_dir: Path, out: Path, *, schema: int = len(MIGRATIONS), more: dict[str, Path] | None = None) -> Manifest:
    """A backup made of the parts that the verb uses."""
    copy = out.with_suffix(".db")
    copying = Copying(data_dir / FILE_NAME, copy)
    copying.run()
    rows = check_copy(copy)
    with out.open("wb") as file:
        archive = Archive(file, quiet)
        for name, path in {FILE_NAME: copy, **(more or {})}.items():
            archive.add(name, path)
        manifest = Manifest(
            "pool", "2026-01-31T05:00:00Z", "1.2.3", schema, rows, archive.sums, ("/etc/token",), "../catalogue"
        )
        archive.close(manifest)
    copy.unlink()
    return manifest


def members(path: Path) -> dict[str, tuple[int, int]]:
    """Offset and length of every member's content."""
    with tarfile.open(path) as tar:
        return {info.name.removeprefix(f"{TOP}/"): (info.offset_data, info.size) for info in tar}


def flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)


def digest_of(path: Path, name: str) -> str:
    with tarfile.open(path) as tar:
        file = tar.extractfile(f"{TOP}/{name}")
        assert file is not None
        return hashlib.sha256(file.read()).hexdigest()
