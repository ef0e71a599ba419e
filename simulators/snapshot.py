"""The plant's state as JSON in a file, so that counters go on where they stood after a restart."""

import json
import os
import threading
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from types import UnionType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import structlog

from sdanlegg.errors import SdError
from simulators.metering.memory import Memory
from simulators.plant.state import State

log = structlog.get_logger("twin")
VERSION = 7


class SnapshotError(ValueError):
    """A snapshot that is not a state of this version of the plant."""


class Saved(NamedTuple):
    """The plant, and what its meters remember."""

    state: State
    meters: Memory = Memory()


class StateFile:
    """The file of a running twin. One that cannot be written at the start is an SdError, later a warning."""

    def __init__(self, path: Path, saved: Saved) -> None:
        self._path = path
        self._failing = False
        self._one_at_a_time = threading.Lock()
        try:
            save(saved, path)
        except OSError as error:
            raise SdError(f"the state file {path} cannot be written: {error.strerror}") from error

    def save(self, saved: Saved) -> None:
        """Write what is now; the twin goes on if the disk does not take it."""
        try:
            with self._one_at_a_time:
                save(saved, self._path)
        except OSError as error:
            if not self._failing:
                log.warning("twin_state_not_saved", file=str(self._path), reason=error.strerror)
            self._failing = True
        else:
            self._failing = False


def save(saved: Saved, path: Path) -> None:
    """Write both so that the file is at every instant either the old or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump({"version": VERSION, **_plain(saved)}, file, allow_nan=False)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load(path: Path) -> Saved | None:
    """What a file holds, None if there is no file; SnapshotError if it is something else, SdError if unreadable."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SdError(f"the state file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SnapshotError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise SnapshotError(f"{path} is not a state of this version of the twin")
    saved: Saved = _build(Saved, {name: part for name, part in content.items() if name != "version"}, path.name)
    return saved


def _plain(value: Any) -> Any:
    """Records by the names of their fields, everything else as JSON has it."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: _plain(part) for name, part in zip(value._fields, value, strict=True)}
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    return value


def _build(kind: Any, value: Any, where: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return _build_record(kind, value, where)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple and isinstance(value, list):
        kinds = [arguments[0]] * len(value) if len(arguments) == 2 and arguments[1] is Ellipsis else list(arguments)
        if len(kinds) == len(value):
            return tuple(_build(k, v, where) for k, v in zip(kinds, value, strict=True))
    if origin is Mapping and isinstance(value, dict):
        return {str(key): _build(arguments[1], v, f"{where}.{key}") for key, v in value.items()}
    if kind is bool and isinstance(value, bool):
        return value
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
    if number and kind is float:
        return float(value)
    if number and kind is int and isinstance(value, int):
        return value
    raise SnapshotError(f"{where}: {value!r} is no {kind if isinstance(kind, UnionType) else kind.__name__}")


def _build_record(kind: Any, value: Any, where: str) -> Any:
    names = set(kind._fields)
    if not isinstance(value, dict) or set(value) != names:
        raise SnapshotError(f"{where} does not hold the fields of a {kind.__name__}")
    hints = get_type_hints(kind)
    return kind(**{name: _build(hints[name], value[name], f"{where}.{name}") for name in names})
