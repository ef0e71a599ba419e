"""The ET-kurve: energy of a day or a week against the outdoor temperature, and who is outside its band.

Expected energy is a curve over the mean temperature with a level of its own for each type of day:

  linear        E = level + slope · t
  change_point  E = level + slope · max(0, change - t)     three-parameter heating model, ASHRAE Guideline 14-2014, D
  cubic         E = level + a t + b t² + c t³              practice of Norwegian energy follow-up (EOS)

The curve is fitted to days that are themselves judged by it, so days far outside are left out of the fit (more than
3.5 robust standard deviations, MAD x 1.4826) and told; what people have marked as not normal is left out as well.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.balance.regression import Fit, ols, predicted, student_t, whole_rows
from sdanlegg.readings import FloatArray, IntArray

Kind = Literal["linear", "change_point", "cubic"]
KINDS: Final[tuple[Kind, ...]] = ("linear", "change_point", "cubic")
FEWEST: Final = 20  # days or weeks below which no curve is drawn
FAR: Final = 3.5  # Iglewicz & Hoaglin (1993): modified z-score of an outlier
_ROUNDS: Final = 4


@dataclass(frozen=True, slots=True)
class EtCurve:
    """A curve: fit over level.<type> and terms of the temperature; change [°C] of a change-point curve, else NaN.

    types: the types of day that have a level; used (n,) which observations it rests on.
    """

    kind: Kind
    fit: Fit
    change: float
    types: tuple[int, ...]
    used: BoolArray

    @property
    def known(self) -> bool:
        """Whether there is a curve."""
        return self.fit.known


@dataclass(frozen=True, slots=True)
class Expected:
    """What the curve expects (n,), the band's edges (n,), how far off (n,) [same unit; share], and what is outside."""

    expected: FloatArray
    low: FloatArray
    high: FloatArray
    deviation: FloatArray
    share: FloatArray
    outside: BoolArray


def et_curve(t: FloatArray, energy: FloatArray, types: IntArray, kind: Kind, odd: BoolArray | None = None) -> EtCurve:
    """Fit a curve to energy (n,) [kWh a day or week] at mean outdoor temperature t (n,) [°C]; types (n,) of the days.

    odd (n,) marks what is left out from the start. NaN in t or energy leaves an observation out; with fewer than 20
    left, or temperatures that do not vary, the curve is not known (its fit is NaN). Of two change points that fit
    equally well, the lower is taken.
    """
    used = whole_rows(t, energy) & (True if odd is None else ~odd)
    curve = _fitted(t, energy, types, kind, used)
    for _ in range(_ROUNDS):
        if not curve.known:
            break
        off = energy - predicted(curve.fit, _design(curve, t, types))[0]
        spread = 1.4826 * float(np.median(np.abs(off[used] - np.median(off[used]))))
        near = used & (np.abs(off) <= FAR * spread) if spread > 0.0 else used
        if (near == curve.used).all() or near.sum() < FEWEST:
            break
        curve = _fitted(t, energy, types, kind, near)
    return curve


def choose(t: FloatArray, energy: FloatArray, types: IntArray, odd: BoolArray | None = None) -> EtCurve:
    """Curve with the lowest BIC of the three kinds; the simpler of equals (Schwarz 1978)."""
    curves = [et_curve(t, energy, types, kind, odd) for kind in KINDS]
    return min(curves, key=lambda curve: _bic(curve) if curve.known else np.inf)


def judge(curve: EtCurve, t: FloatArray, energy: FloatArray, types: IntArray, band: float | None = None) -> Expected:
    """Hold energy (n,) [kWh] at mean outdoor temperature t (n,) [°C] against a curve.

    band: half its width as a share of what is expected; without it, the 95 % interval of a new observation. NaN in t or
    energy, a type of day without a level, or no curve: NaN, and not outside.
    """
    if not curve.known:
        unknown = np.full(t.shape, np.nan)
        return Expected(unknown, unknown, unknown, unknown, unknown, np.zeros(t.shape, bool))
    expected, sigma = predicted(curve.fit, _design(curve, t, types))
    half = student_t(curve.fit.freedom) * sigma if band is None else np.abs(expected) * band
    deviation = energy - expected
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(expected != 0.0, deviation / np.abs(expected), np.nan)
    return Expected(expected, expected - half, expected + half, deviation, share, np.abs(deviation) > half)


def dependent(curve: EtCurve, t: FloatArray, types: IntArray, mildest_t: float) -> tuple[float, float]:
    """Share of expected energy that follows the temperature over t (n,), and its standard uncertainty.

    It is what the curve expects beyond the same days at mildest_t [°C], where no heating is taken to be. The covariance
    of the coefficients is carried through the ratio (first order). NaN without a curve or without days.
    """
    there = whole_rows(t) & np.isin(types, curve.types)
    if not curve.known or not there.any():
        return float("nan"), float("nan")
    rows = _design(curve, t[there], types[there]).sum(axis=0)
    mild = _design(curve, np.maximum(t[there], mildest_t), types[there]).sum(axis=0)
    whole = float(rows @ curve.fit.coefficients)
    share = 1.0 - float(mild @ curve.fit.coefficients) / whole
    slope = ((1.0 - share) * rows - mild) / whole
    return share, float(np.sqrt(slope @ curve.fit.covariance @ slope))


def _fitted(t: FloatArray, energy: FloatArray, types: IntArray, kind: Kind, used: BoolArray) -> EtCurve:
    """Least squares over the used observations; of a change-point curve, at the change that leaves least."""
    kept = tuple(np.unique(types[used]).tolist())
    enough = used.sum() >= FEWEST
    best = EtCurve(kind, ols(np.empty((0, 1)), np.empty(0), ("level",)), float("nan"), kept, used)
    for change in _changes(kind, t[used]) if enough else []:
        fit = ols(_terms(kind, change, kept, t[used], types[used]), energy[used], _names(kind, kept))
        if fit.known and not fit.rmse >= best.fit.rmse:
            best = EtCurve(kind, fit, change, kept, used)
    return best


def _changes(kind: Kind, t: FloatArray) -> list[float]:
    """Changes to try: whole degrees between the coldest and the mildest tenth; beyond, a slope rests on nothing."""
    if kind != "change_point":
        return [float("nan")]
    low, high = np.quantile(t, [0.1, 0.9])
    return np.arange(np.ceil(low), np.floor(high) + 1.0).tolist() or [float(np.median(t))]


def _names(kind: Kind, types: tuple[int, ...]) -> tuple[str, ...]:
    terms = {"linear": ("t",), "change_point": ("below",), "cubic": ("t", "t2", "t3")}[kind]
    return (*(f"level.{type_}" for type_ in types), *terms)


def _design(curve: EtCurve, t: FloatArray, types: IntArray) -> FloatArray:
    return _terms(curve.kind, curve.change, curve.types, t, types)


def _terms(kind: Kind, change: float, kept: tuple[int, ...], t: FloatArray, types: IntArray) -> FloatArray:
    """Rows (n, p) of a curve's terms; NaN where the type of day has no level, and in all without a curve."""
    levels = (types[:, None] == np.array(kept, np.int64)[None, :]).astype(np.float64)
    levels[~levels.any(axis=1)] = np.nan
    if kind == "change_point":
        terms = np.maximum(change - t, 0.0)[:, None]
    else:
        terms = np.stack([t ** (k + 1) for k in range(3 if kind == "cubic" else 1)], axis=1)
    return np.concatenate([levels, terms], axis=1)


def _bic(curve: EtCurve) -> float:
    fit = curve.fit
    parameters = len(fit.names) + (curve.kind == "change_point")
    return float(fit.n * np.log(max(fit.rmse**2 * fit.freedom / fit.n, 1e-300)) + parameters * np.log(fit.n))
