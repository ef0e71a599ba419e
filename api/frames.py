"""The live stream's events, as pure functions from the state of the points to bytes."""

from collections.abc import Iterable, Mapping

import numpy as np
import orjson
from numpy.typing import NDArray

from sdanlegg.live import LiveView
from sdanlegg.quality import BAD, GOOD, NO_SAMPLE, UNCERTAIN, reasons

RETRY = b"retry: 1000\n\n"
Entry = tuple[float | str | None, int, int | None] | tuple[float | str | None, int, int | None, list[str]]


def event(name: str, data: Mapping[str, object], number: int | None = None) -> bytes:
    """One server-sent event; NaN and infinity become null."""
    head = b"" if number is None else b"id: %d\n" % number
    return head + b"event: " + name.encode("ascii") + b"\ndata: " + orjson.dumps(data) + b"\n\n"


def changed(before: LiveView, after: LiveView) -> NDArray[np.intp]:
    """Columns whose value or quality is another than before; a newer time alone is no change."""
    same = (before.values == after.values) | (np.isnan(before.values) & np.isnan(after.values))
    return np.flatnonzero(~same | (before.quality != after.quality))


def entries(
    view: LiveView,
    columns: NDArray[np.intp],
    ids: tuple[str, ...],
    text_columns: frozenset[int],
    texts: Mapping[int, str],
) -> dict[str, Entry]:
    """[value, grade, time in ms, reasons if there are any] of each column; a text point's value is its text."""
    found: dict[str, Entry] = {}
    state = zip(
        columns.tolist(),
        view.values[columns].tolist(),
        view.quality[columns].tolist(),
        view.sample_t_ns[columns].tolist(),
        strict=True,
    )
    for column, number, quality, t_ns in state:
        value = _text(number, texts) if column in text_columns else number
        t_ms = None if quality == NO_SAMPLE else t_ns // 1_000_000
        why = reasons(quality) if quality != GOOD else []
        found[ids[column]] = (value, grade(quality), t_ms, why) if why else (value, grade(quality), t_ms)
    return found


def grade(quality: int) -> int:
    """0 good, 1 uncertain, 2 bad or never read."""
    if quality >= BAD:
        return 2
    return 1 if quality >= UNCERTAIN else 0


def text_columns(are_texts: Iterable[bool]) -> frozenset[int]:
    """Columns of the points that are texts."""
    return frozenset(column for column, is_text in enumerate(are_texts) if is_text)


def _text(code: float, texts: Mapping[int, str]) -> str | None:
    return texts.get(int(code)) if np.isfinite(code) else None
