"""The live stream's events, as pure functions from the state of the points to bytes."""

from collections.abc import Iterable, Mapping

import numpy as np
import orjson
from numpy.typing import NDArray

from sdanlegg.live import LiveView
from sdanlegg.quality import BAD, NO_SAMPLE, UNCERTAIN, reasons

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
    """[value, grade, time in ms, reasons if there are any] of each column; a text point's value is its text.

    All columns first, in one go, as if they were good numbers; then those that are not, one by one.
    """
    values, quality = view.values[columns].tolist(), view.quality[columns]
    t_ms = (view.sample_t_ns[columns] // 1_000_000).tolist()
    places = columns.tolist()
    found: dict[str, Entry] = {ids[c]: (value, 0, t) for c, value, t in zip(places, values, t_ms, strict=True)}
    odd = set(np.flatnonzero(quality).tolist()) | {i for i, column in enumerate(places) if column in text_columns}
    for i in odd:
        q = int(quality[i])
        value = _text(values[i], texts) if places[i] in text_columns else values[i]
        why = reasons(q)
        entry = (value, grade(q), None if q == NO_SAMPLE else t_ms[i])
        found[ids[places[i]]] = (*entry, why) if why else entry
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
