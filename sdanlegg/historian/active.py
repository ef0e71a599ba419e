"""Which corrections hold, out of the file."""

from collections.abc import Sequence

import apsw
import numpy as np

from sdanlegg.historian.overlay import Correction

_ACTIVE = """SELECT id, p, start_ns, end_ns, action, gain, shift, made_ns, actor, reason FROM correction AS c
    WHERE p IN ({}) AND start_ns < ? AND end_ns > ? AND action != 'undo'
    AND NOT EXISTS(SELECT 1 FROM correction WHERE undoes = c.id) ORDER BY id"""
_SAMPLES = "SELECT t_ns, v FROM correction_sample WHERE id = ? ORDER BY t_ns"


def load_active(
    connection: apsw.Connection, numbers: Sequence[int], start_ns: int, end_ns: int
) -> dict[int, list[Correction]]:
    """Corrections that touch [start_ns, end_ns) and were not undone, by point number, in the order they were made."""
    sql = _ACTIVE.format(",".join("?" * len(numbers)))
    found: dict[int, list[Correction]] = {}
    for id_, p, low, high, action, gain, shift, *made in connection.execute(sql, (*numbers, end_ns, start_ns)):
        samples = connection.execute(_SAMPLES, (id_,)).fetchall() if action == "samples" else []
        t_ns, values = np.array([t for t, _ in samples], np.int64), np.array([v for _, v in samples], float)
        lasting = (1.0 if gain is None else gain, 0.0 if shift is None else shift)
        found.setdefault(p, []).append(Correction(id_, p, low, high, action, *lasting, t_ns, values, *made))
    return found
