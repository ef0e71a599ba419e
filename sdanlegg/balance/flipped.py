"""Counters whose bytes flipped: single values that those before and after them pass by. Pure numpy."""

import numpy as np

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.historian.tiers import Summary
from sdanlegg.readings import FloatArray, TimeArray


def passed_by(values: FloatArray) -> BoolArray:
    """Mask (n,) of a counter's values that lie outside those before and after them, which are in order.

    values (n,) by time, finite. The first and the last are never masked, nor are two in a row.
    """
    mask = np.zeros(values.size, bool)
    if values.size > 2:
        before, value, after = values[:-2], values[1:-1], values[2:]
        mask[1:-1] = (before <= after) & ((value < before) | (value > after))
        mask[1:] &= ~mask[:-1]  # beside a wrong value a right one looks wrong
    return mask


def without_flipped(
    seen: Summary, place: int, rows: slice, edges_ns: TimeArray, t_ns: TimeArray, values: FloatArray
) -> None:
    """Put into some intervals of one counter what the values say that are not passed by.

    seen (K, P), changed in place: first, last, low, high of rows of column place, whose edges are edges_ns (rows + 1,).
    t_ns, values (n,): the counter's usable samples from before the first edge on. Without any that is sound nothing is
    changed: figures live longer than samples.
    """
    sound = ~passed_by(values)
    for row, (start_ns, end_ns) in enumerate(
        zip(edges_ns[:-1].tolist(), edges_ns[1:].tolist(), strict=True), rows.start
    ):
        begin, stop = np.searchsorted(t_ns, [start_ns, end_ns])
        inside = values[begin:stop][sound[begin:stop]]
        over = begin and values[begin - 1] == seen.first[row, place]  # what came before stood over the edge
        if over or (begin < stop and not sound[begin]):
            earlier = values[:begin][sound[:begin]]
            inside = np.concatenate([earlier[-1:], inside])
        if inside.size:
            seen.first[row, place], seen.last[row, place] = inside[0], inside[-1]
            seen.low[row, place], seen.high[row, place] = inside.min(), inside.max()
