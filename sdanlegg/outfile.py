"""A file that is there whole or not at all: written beside its place, synced, renamed."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sdanlegg.errors import SdError


class OutputError(SdError):
    """What was asked for could not be written; nothing half made was left behind."""


@contextlib.contextmanager
def whole_file(path: Path, *, force: bool = False) -> Iterator[BinaryIO]:
    """Give a file to write to; it stands at path when the block ends well, and is gone when it does not.

    OutputError: path is there already and force was not given, its folder is missing or not writable, the disk is full.
    """
    check_free(path, force=force)
    with writing_to(path):
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        part = Path(name)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.chmod(0o666 & ~_umask())
            part.replace(path)
            sync_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)


def check_free(path: Path, *, force: bool = False) -> None:
    """OutputError if something stands at path already (unless a file, with force) or its folder is not there."""
    if path.is_dir() or (path.exists() and not force):
        raise OutputError(f"{path} is there already{'' if path.is_dir() else ': --force replaces it'}")
    if not path.parent.is_dir():
        raise OutputError(f"there is no folder {path.parent} to write {path.name} to")


@contextlib.contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Turn the file system's refusals into one sentence on path."""
    try:
        yield
    except OSError as err:
        if err.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise OutputError(f"the disk is full: {path} was not written, and nothing was left behind") from err
        raise OutputError(f"{path} could not be written: {err.strerror or err}") from err


def sync_folder(folder: Path) -> None:
    """See to it that a rename in the folder outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
