"""Networks and estimates for tests of the balance."""

from collections.abc import Sequence

import numpy as np

from sdanlegg.balance.arrays import Estimates
from sdanlegg.balance.structure import Structure
from sdanlegg.network import BalanceFlow, BalanceNode, Network, NodeKind, Tie
from sdanlegg.readings import FloatArray

HOUR_NS = 3600 * 10**9


def node(name: str, kind: NodeKind = "junction") -> BalanceNode:
    """A node with its id as name."""
    return BalanceNode(name, kind, name, name)


def flow(name: str, source: str | None, target: str | None, *, signed: bool = False) -> BalanceFlow:
    """A flow of water with its id as name."""
    return BalanceFlow(name, name, name, source, target, "water", signed=signed)


def network(
    ends: Sequence[tuple[str, str | None, str | None]], stores: Sequence[str] = (), ties: Sequence[Tie] = ()
) -> Network:
    """A network of flows (id, from, to); nodes in order of appearance, junctions unless they are stores."""
    names = dict.fromkeys(end for _, *both in ends for end in both if end is not None)
    nodes = tuple(node(name, "storage" if name in stores else "junction") for name in names)
    return Network(nodes, tuple(flow(*one) for one in ends), tuple(ties))


def balances(a: object, *, signed: bool = True) -> Structure:
    """Balances of a matrix (N, V), with names x0, x1, … and n0, n1, …."""
    matrix = np.asarray(a, dtype=float)
    n, v = matrix.shape
    names, nodes = tuple(f"x{j}" for j in range(v)), tuple(f"n{i}" for i in range(n))
    return Structure(names, nodes, matrix, ("junction",) * n, np.full(v, signed))


def estimates(
    names: Sequence[str], amount: object, fixed: object, noise: object = 0.0, *, excess: float = 0.0
) -> Estimates:
    """Estimates of hours; amount (K, V) or (V,), uncertainties that fit it; everything covered."""
    amounts: FloatArray = np.atleast_2d(np.asarray(amount, dtype=float))
    shape = amounts.shape
    return Estimates(
        names=tuple(names),
        edges_ns=np.arange(shape[0] + 1, dtype=np.int64) * HOUR_NS,
        amount=amounts,
        fixed=np.broadcast_to(np.asarray(fixed, dtype=float), shape).copy(),
        noise=np.broadcast_to(np.asarray(noise, dtype=float), shape).copy(),
        coverage=np.isfinite(amounts).astype(float),
        excess=np.full(shape[1], excess),
        how=("measured",) * shape[1],
    )
