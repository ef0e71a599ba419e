"""How findings are put together, whatever found them."""

from typing import Final

import numpy as np

from sdanlegg.balance.arrays import BoolArray, Figure
from sdanlegg.balance.findings.records import Told
from sdanlegg.balance.findings.texts import Text, number
from sdanlegg.readings import FloatArray

COVERS_95: Final = 1.96


def words(text: Text, names: tuple[str, str], seen: float, expected: float, unit: str) -> tuple[Told, Told]:
    """The texts of a finding, bokmål and English, of a thing with these names."""
    said = {"seen": f"{number(seen)} {unit}".strip(), "expected": f"{number(expected)} {unit}".strip()}
    nb, en = (
        tuple(part.format(name=name, **said) for part in parts)
        for name, parts in zip(names, (text.nb, text.en), strict=True)
    )
    return Told(*nb), Told(*en)


def mean_in(values: FloatArray, inside: BoolArray) -> float:
    """Mean over the intervals inside, NaN if nothing is known there."""
    chosen = values[inside]
    return float(np.nanmean(chosen)) if np.isfinite(chosen).any() else float("nan")


def sum_in(values: FloatArray | None, inside: BoolArray) -> float:
    """Sum over the intervals inside, NaN if nothing is known there."""
    if values is None or not np.isfinite(values[inside]).any():
        return float("nan")
    return float(np.nansum(values[inside]))


def figure(value: float, sigma: float, unit: str) -> Figure:
    """A figure with a relative standard uncertainty."""
    if not np.isfinite(value):
        return unknown(unit)
    half = COVERS_95 * sigma * abs(value)
    return Figure(float(value), float(value - half), float(value + half), unit, 1.0)


def unknown(unit: str) -> Figure:
    """A figure that cannot be told."""
    return Figure(float("nan"), float("nan"), float("nan"), unit, 0.0)
