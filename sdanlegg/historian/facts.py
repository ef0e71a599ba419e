"""What the file says of itself: how far it is sealed, whose days it has, since when it has samples."""

from dataclasses import dataclass
from typing import Final

import apsw
import numpy as np

NEVER_NS: Final = int(np.iinfo(np.int64).min)


@dataclass(frozen=True, slots=True)
class Facts:
    """Table fact; see its comment in schema."""

    sealed_ns: int | None = None
    zone: str | None = None
    raw_from_ns: int | None = None
    generation: int = 0
    pruned_ns: int | None = None


def read(connection: apsw.Connection) -> Facts:
    """Facts of the file as the connection sees it now."""
    found = dict(connection.execute("SELECT name, value FROM fact"))
    return Facts(**{name: found[name] for name in Facts.__slots__ if name in found})


def write(connection: apsw.Connection, name: str, value: int | str) -> None:
    """Set one fact."""
    connection.execute(
        "INSERT INTO fact(name, value) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def raise_ns(connection: apsw.Connection, name: str, t_ns: int) -> None:
    """Set a fact that is a time, unless it is later already."""
    write(connection, name, max(t_ns, getattr(read(connection), name) or NEVER_NS))


def bump(connection: apsw.Connection) -> None:
    """Count one change of chunk, axis or rollup."""
    write(connection, "generation", read(connection).generation + 1)
