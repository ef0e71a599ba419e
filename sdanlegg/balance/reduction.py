"""Which balances are left when nobody measures some of the variables, and what these balances tell of them.

Balances A_u u + A_m x + A_c c = 0 of unmeasured u, measured x and exactly known c. A QR factorisation of A_u with
column pivoting, A_u P = Q [R1 R2; 0 0], splits them: the rows of Q₂ᵀ do not see u and are the balances that measured
variables must keep; those of Q₁ᵀ give u, and of it exactly what R1⁻¹R2 leaves alone.
Source: C. M. Crowe, Y. A. García Campos, A. Hrymak: Reconciliation of process flow rates by matrix projection, AIChE J.
29 (1983) 881; M. Sánchez, J. Romagnoli: Use of orthogonal transformations in data classification-reconciliation,
Computers & Chemical Engineering 20 (1996) 483.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.readings import FloatArray

IntArray = NDArray[np.intp]
UNKNOWN, MEASURED, EXACT = 0, 1, 2
RANK: Final = 1e-10  # of the longest column; below it a column of scaled numbers is made of the others
DUST: Final = 1e-12  # what rounding leaves where a scaled coefficient is 0


@dataclass(frozen=True, slots=True)
class Reduction:
    """Balances of one pattern of unknown, measured and exactly known variables.

    measured (n,), exact (c,), told (o,): columns, the last the unmeasured ones that the rest tells. With z (n,) the
    measured amounts over their typical uncertainties and c (c,) the exact amounts:
    g @ z + g_exact @ c = 0 are the m balances left, g (m, n) with orthonormal rows; h @ z + h_exact @ c (o,) are told.
    """

    measured: IntArray
    exact: IntArray
    told: IntArray
    g: FloatArray
    g_exact: FloatArray
    h: FloatArray
    h_exact: FloatArray


def pivoted_qr(matrix: FloatArray, beside: FloatArray | None = None) -> tuple[FloatArray, FloatArray, IntArray, int]:
    """R (k, n), Qᵀ·beside, the order of the columns and the rank of a matrix (k, n), by Householder reflections.

    Columns whose rest is shorter than RANK times the longest column do not count. Source: G. Golub, C. Van Loan: Matrix
    Computations, 4th ed., algorithm 5.4.1.
    """
    r = matrix.copy()
    carried = np.zeros((matrix.shape[0], 0)) if beside is None else beside.copy()
    order = np.arange(matrix.shape[1])
    limit = RANK * np.sqrt(np.square(r).sum(axis=0).max(initial=0.0))
    for k in range(min(matrix.shape)):
        left = np.square(r[k:, k:]).sum(axis=0)
        best = k + int(left.argmax())
        length = np.sqrt(left[best - k])
        if length <= limit:
            return r, carried, order, k
        r[:, [k, best]] = r[:, [best, k]]
        order[[k, best]] = order[[best, k]]
        mirror = r[k:, k].copy()
        mirror[0] += np.copysign(length, mirror[0])
        mirror /= np.sqrt(mirror @ mirror)
        r[k:, k:] -= (2.0 * mirror)[:, None] * (mirror @ r[k:, k:])
        carried[k:] -= (2.0 * mirror)[:, None] * (mirror @ carried[k:])
    return r, carried, order, min(matrix.shape)


def reduce(a: FloatArray, typical: FloatArray, state: NDArray[np.int8]) -> Reduction:
    """Project the unmeasured variables out of a (N, V) @ x = 0.

    typical (V,) > 0: typical standard uncertainties of the measured, in their units; they make rows and columns of kWh,
    m³ and kg comparable. state (V,): UNKNOWN, MEASURED or EXACT. Rank decisions are made on the scaled matrix.
    """
    unknown, measured, exact = (np.flatnonzero(state == kind) for kind in (UNKNOWN, MEASURED, EXACT))
    rows, scale = _scales(a, typical, unknown, measured)
    scaled, n = rows[:, None] * a, measured.size
    beside = np.hstack([scaled[:, measured] * typical[measured], scaled[:, exact]])
    rest, tells, alone = _project(scaled[:, unknown] * scale, beside, np.eye(unknown.size))
    tells = (tells * scale[:, None])[alone]
    g, g_exact = _independent(rest[:, :n], rest[:, n:])
    return Reduction(measured, exact, unknown[alone], g, g_exact, tells[:, :n], tells[:, n:])


def narrow(whole: Reduction, typical: FloatArray, state: NDArray[np.int8]) -> Reduction:
    """Reduction of a pattern in which some variables that another one measures are unknown, and all else is as there.

    The same as reduce() on the balances that are left, but quicker where little is missing; rows stay orthonormal.
    """
    gone = state[whole.measured] == UNKNOWN
    kept, n = ~gone, int((~gone).sum())
    beside = np.hstack([whole.g[:, kept], whole.g_exact])
    wanted = np.vstack([np.eye(gone.sum()), whole.h[:, gone]])
    rest, tells, alone = _project(whole.g[:, gone], beside, wanted)
    tells[: gone.sum()] *= typical[whole.measured[gone]][:, None]
    tells[gone.sum() :] += np.hstack([whole.h[:, kept], whole.h_exact])
    told = np.concatenate([whole.measured[gone], whole.told])[alone]
    tells = tells[alone]
    return Reduction(whole.measured[kept], whole.exact, told, rest[:, :n], rest[:, n:], tells[:, :n], tells[:, n:])


def _project(unknown: FloatArray, beside: FloatArray, wanted: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Solve unknown (k, u) @ x + beside (k, b) @ y = 0 as far as it goes.

    Returns rest (k - rank, b) with rest @ y = 0; of the sums wanted (w, u) @ x what each is, (w, b) @ y, and whether
    (w,) the balances tell it.
    """
    r, carried, order, rank = pivoted_qr(unknown, beside)
    one, two = wanted[:, order[:rank]], wanted[:, order[rank:]]
    if rank:
        sees = np.linalg.solve(r[:rank, :rank], np.hstack([r[:rank, rank:], carried[:rank]]))
    else:
        sees = np.zeros((0, two.shape[1] + beside.shape[1]))
    off = np.abs(two - one @ sees[:, : two.shape[1]]).max(axis=1, initial=0.0)
    alone = off <= 1e-9 * np.abs(wanted).max(axis=1, initial=0.0)
    return _swept(carried[rank:]), _swept(-one @ sees[:, two.shape[1] :]), alone


def _independent(g: FloatArray, g_exact: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rows of full rank that say the same, orthonormal. What is left of other rows binds exact variables alone."""
    r, _, order, rank = pivoted_qr(g.T)
    kept = order[:rank]
    turn = np.linalg.inv(r[:rank, :rank].T) if rank else np.zeros((0, 0))
    return _swept(turn @ g[kept]), _swept(turn @ g_exact[kept])


def _scales(a: FloatArray, typical: FloatArray, unknown: IntArray, measured: IntArray) -> tuple[FloatArray, FloatArray]:
    """Factors of rows (N,) and unknown columns that bring the largest of each near 1; measured columns are fixed."""
    size = np.abs(a)
    fixed = (size[:, measured] * typical[measured]).max(axis=1, initial=0.0)
    columns, rows = np.ones(unknown.size), np.ones(a.shape[0])
    for _ in range(4):
        most = np.maximum(fixed, (size[:, unknown] * columns).max(axis=1, initial=0.0))
        rows = 1.0 / np.where(most > 0, most, 1.0)
        most = (size[:, unknown] * rows[:, None]).max(axis=0, initial=0.0)
        columns = 1.0 / np.where(most > 0, most, 1.0)
    return rows, columns


def _swept(matrix: FloatArray) -> FloatArray:
    """Take what rounding left out of a matrix of scaled numbers."""
    return np.where(np.abs(matrix) < DUST, 0.0, matrix)
