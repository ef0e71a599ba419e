"""Make what was measured, derived and modelled agree with every balance of the network.

For all intervals at once: what is known and what not makes patterns; each pattern's unmeasured variables are projected
out (reduction.py); weighted least squares with each interval's own uncertainties (least_squares.py); measurements that
contradict the others are eliminated (elimination.py) and their intervals solved anew without them; flows that cannot
run backwards are held at 0 (bounds.py).
"""

import numpy as np

from sdanlegg.balance.arrays import Estimates, Reconciled
from sdanlegg.balance.batch import forget, solve, start
from sdanlegg.balance.bounds import unclosed
from sdanlegg.balance.patterns import classify
from sdanlegg.balance.reduction import EXACT, UNKNOWN
from sdanlegg.balance.residuals import residuals
from sdanlegg.balance.structure import Structure


def reconcile(structure: Structure, estimates: Estimates, *, eliminate: bool = True) -> Reconciled:
    """Reconcile K intervals of V variables; any batch of intervals will do. Units are those of the estimates.

    An amount that is NaN, or has no uncertainty, is unmeasured: told where the balances tell it, NaN elsewhere. An
    uncertainty of 0 makes an amount exact. Balances of which everything is known close to 1e-9 of what passes or,
    where next to nothing does, of its uncertainty; where exact amounts contradict each other, what stands in the
    balances that cannot close is NaN.

    With eliminate, measurements are left out, the largest test first, until the global test passes; chi2 and freedom
    are those of what is left, and the test of what was dropped is the one that did it. chi2 is NaN without freedom.
    Flows that are not signed never come out below 0. sigma, half, test, chi2 and freedom are those of the solution
    without this bound, which lies no nearer to the truth: the truth keeps the bound, and a projection onto a convex set
    brings nothing away from any point of it. An interval is cut at 0 where it is shown.
    Source: VDI 2048 part 1 (2000); see the modules named above.
    """
    batch = start(structure, estimates)
    solve(batch, np.arange(len(batch.amount)), drop=eliminate)
    solve(batch, forget(batch), drop=False)
    if (batch.state == EXACT).any():
        lost = unclosed(structure.a, batch.patterns.typical, batch.amount) | np.isnan(batch.amount)
        batch.amount[lost] = batch.sigma[lost] = batch.half[lost] = np.nan
    known = classify(batch.given.amount, batch.given.variance) != UNKNOWN
    residual = residuals(structure.a, np.where(known, estimates.amount, np.nan).T).T
    spread = np.sqrt(np.where(known, batch.given.variance, 0.0) @ np.square(structure.a).T)
    return Reconciled(
        names=structure.names,
        nodes=structure.nodes,
        edges_ns=estimates.edges_ns,
        amount=batch.amount,
        sigma=batch.sigma,
        half=batch.half,
        residual=residual,
        spread=np.where(np.isnan(residual), np.nan, spread),
        chi2=batch.chi2,
        freedom=batch.freedom,
        test=batch.test,
        dropped=batch.dropped,
    )
