"""What the parts of the balance hand on to each other: arrays with names.

K intervals between edges; P points of the hall; V variables of the network: its flows in the file's order, then what
its storages gain. Amounts are kWh, m³ or kg of an interval, never powers. NaN: not known. A standard uncertainty is
split by what time does to it: `fixed` is the same error as long as the meter is the same (it adds up over intervals),
`noise` is new in each interval (its squares add up).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sdanlegg.readings import FloatArray, TimeArray

BoolArray = NDArray[np.bool_]
How = Literal["measured", "derived", "modelled", "unmeasured"]


@dataclass(frozen=True, slots=True)
class Observed:
    """What P points said in K intervals; edges_ns (K+1,) ascending, UTC.

    mean (K, P) of gauges and states, weighted by time, in the house unit; gained (K, P) increase of counters with
    resets, wraps and swaps taken care of; at (K+1, P) value that stood at each edge; coverage (K, P) share of the
    interval, 0 to 1, for which usable values stood. NaN where nothing usable stood, with coverage 0.
    """

    points: tuple[str, ...]
    edges_ns: TimeArray
    mean: FloatArray
    gained: FloatArray
    at: FloatArray
    coverage: FloatArray


@dataclass(frozen=True, slots=True)
class Estimates:
    """What is known of V variables before they are made to agree; each (K, V).

    amount, NaN where nothing measures or models it; fixed and noise, its standard uncertainties, NaN there as well;
    coverage of the points behind it; excess (V,) kurtosis of the fixed error's distribution (-1.2: rectangular,
    0: normal); how (V,) it came about.
    """

    names: tuple[str, ...]
    edges_ns: TimeArray
    amount: FloatArray
    fixed: FloatArray
    noise: FloatArray
    coverage: FloatArray
    excess: FloatArray
    how: tuple[How, ...]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """V variables made to agree, in K intervals.

    amount (K, V), NaN where not observable; sigma (K, V) its standard uncertainty; half (K, V) half the width of its
    95 % interval; residual (K, N) of the N balances before, NaN where a variable of it is not known at all; spread
    (K, N) the residual's standard uncertainty; chi2 (K,) of the global test and freedom (K,) its degrees;
    test (K, V) |adjustment| over its own standard uncertainty, NaN where not redundant; dropped (K, V) measurements
    that serial elimination took out.
    """

    names: tuple[str, ...]
    nodes: tuple[str, ...]
    edges_ns: TimeArray
    amount: FloatArray
    sigma: FloatArray
    half: FloatArray
    residual: FloatArray
    spread: FloatArray
    chi2: FloatArray
    freedom: FloatArray
    test: FloatArray
    dropped: BoolArray


@dataclass(frozen=True, slots=True)
class Totals:
    """A period as one: sums over its intervals.

    amount (V,) reconciled, NaN where any interval's is; covariance (V, V) of it; raw (V,) the sum before; coverage
    (V,) share of the period, 0 to 1, that the points behind each variable cover; half (V,) half the width of the 95 %
    interval; fixed (V, V) what one standard uncertainty of each measurement's fixed error does to each amount, and
    excess (V,) these errors' kurtosis: `periods.half_width` makes intervals of sums of amounts of them.
    """

    names: tuple[str, ...]
    start_ns: int
    end_ns: int
    amount: FloatArray
    covariance: FloatArray
    raw: FloatArray
    coverage: FloatArray
    half: FloatArray
    fixed: FloatArray
    excess: FloatArray


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that is shown: low and high bound its 95 % interval; NaN with coverage 0 when it is not known."""

    value: float
    low: float
    high: float
    unit: str
    coverage: float
