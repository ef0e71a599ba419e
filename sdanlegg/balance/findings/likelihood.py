"""What a change of each variable would explain of what the relations do beyond their past: likelihood ratios."""

from dataclasses import dataclass

import numpy as np

from sdanlegg.balance.findings.row_fit import BLOCKS
from sdanlegg.readings import FloatArray


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Each (J, B): a change of variable j that began b + 1 blocks before the end. Ratio, the least of it over leaving
    out one day, so that a single odd day names nobody; share of what is shown; what it leaves of χ² for each block of
    its rows, and the share of χ² that it explains.
    """

    ratio: FloatArray
    sure: FloatArray
    share: FloatArray
    left: FloatArray
    explained: FloatArray


def likelihood(over: FloatArray, signature: FloatArray) -> Likelihood:
    """Of excess (R, B) and signatures (R, J, B), for every variable and every block to begin in."""
    length = over.shape[1]
    across = np.cumsum((over[:, None] * signature).sum(axis=0)[:, ::-1], axis=1)
    along = np.cumsum((signature**2).sum(axis=0)[:, ::-1], axis=1)
    stands = (signature != 0.0).any(axis=2).T
    chi2 = np.cumsum((stands @ over**2)[:, ::-1], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(along > 0.0, across / along, 0.0)
        ratio = np.where(along > 0.0, across**2 / along, 0.0)
        sure = ratio.copy()
        for day in range(0, length, BLOCKS):
            last = min(day + BLOCKS, length) - 1
            gone = np.arange(length).clip(day - 1, last)
            before = across[:, day - 1 : day] if day else 0.0, along[:, day - 1 : day] if day else 0.0
            rest = across - np.where(gone >= day, across[:, gone] - before[0], 0.0)
            lighter = along - np.where(gone >= day, along[:, gone] - before[1], 0.0)
            kept = np.where((rest * across > 0.0) & (lighter > 1e-9), rest**2 / lighter, 0.0)
            sure = np.minimum(sure, np.where(np.arange(length) >= day, kept, ratio))
        left = (chi2 - ratio) / (np.maximum(stands.sum(axis=1), 1)[:, None] * np.arange(1, length + 1))
        explained = np.where(chi2 > 0.0, ratio / chi2, 0.0)
    return Likelihood(ratio, sure, share, left, explained)
