"""What people said of samples, laid over them: pure. The samples themselves stay as they came."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sdanlegg.historian.grid import Block
from sdanlegg.quality import BAD, MANUAL, UNCERTAIN, worse
from sdanlegg.readings import FloatArray, TimeArray

Action = Literal["bad", "linear", "samples"]


@dataclass(frozen=True, slots=True)
class Correction:
    """What holds for the samples of point number p in [start_ns, end_ns): see Action, and overlay.

    linear: value * gain + shift. samples: t_ns (n,) ascending within the range and values (n,) instead of all there is.
    """

    id: int
    p: int
    start_ns: int
    end_ns: int
    action: Action
    gain: float
    shift: float
    t_ns: TimeArray
    values: FloatArray
    made_ns: int = 0
    actor: str = ""
    reason: str = ""


def overlay(block: Block, corrections: Iterable[Correction], start_ns: int, end_ns: int) -> Block:
    """Lay corrections, in their order, over a block of one point that holds its samples of [start_ns, end_ns).

    bad: bad and manual, the value stays. linear: value changed, severity kept, manual. samples: uncertain and manual;
    they come where there was nothing as well. A later correction acts on what the earlier ones gave.
    """
    for correction in corrections:
        low, high = max(correction.start_ns, start_ns), min(correction.end_ns, end_ns)
        if low < high:
            block = _lay(block, correction, low, high)
    return block


def _lay(block: Block, correction: Correction, low: int, high: int) -> Block:
    begin, end = np.searchsorted(block.t_ns, [low, high])
    if correction.action == "samples":
        return _replace(block, correction, low, high)
    values, quality = block.values.copy(), block.quality.copy()
    if correction.action == "bad":
        quality[begin:end] = worse(quality[begin:end], np.array(BAD | MANUAL, np.uint16))
    else:
        values[begin:end] = values[begin:end] * correction.gain + correction.shift
        quality[begin:end] |= MANUAL
    return Block(block.places, block.t_ns, values, quality)


def _replace(block: Block, correction: Correction, low: int, high: int) -> Block:
    begin, end = np.searchsorted(block.t_ns, [low, high])
    first, stop = np.searchsorted(correction.t_ns, [low, high])
    values = correction.values[first:stop, None]
    quality = np.full(values.shape, UNCERTAIN | MANUAL, np.uint16)
    return Block(
        block.places,
        np.concatenate([block.t_ns[:begin], correction.t_ns[first:stop], block.t_ns[end:]]),
        np.concatenate([block.values[:begin], values, block.values[end:]]),
        np.concatenate([block.quality[:begin], quality, block.quality[end:]]),
    )
