"""What a network's balances can tell, before anything is measured: by what is known and what not."""

from dataclasses import dataclass

import numpy as np

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.balance.reduction import MEASURED, UNKNOWN, pivoted_qr, reduce
from sdanlegg.balance.structure import Structure
from sdanlegg.network import Network


@dataclass(frozen=True, slots=True)
class Solvability:
    """Names of variables and nodes, in the network's order.

    observable: not known, but the balances tell them; unobservable: not known and not told. redundant: known, and
    checked by what else is known. zero: the balances leave them nothing but 0, whatever is known; repeated: balances
    that others say already. parts: nodes that hang together by flows and ties, the largest part first; blind: parts
    where nothing is known (indices).
    """

    observable: tuple[str, ...]
    redundant: tuple[str, ...]
    unobservable: tuple[str, ...]
    zero: tuple[str, ...]
    repeated: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    blind: tuple[int, ...]


def solvability(structure: Structure, known: BoolArray) -> Solvability:
    """Classify variables (V,) of which some are known. Source: that of reduction.py."""
    a, names = structure.a, np.array(structure.names, dtype=object)
    unit = np.ones(a.shape[1])
    some = reduce(a, unit, np.where(known, MEASURED, UNKNOWN).astype(np.int8))
    none = reduce(a, unit, np.zeros(a.shape[1], dtype=np.int8))
    told = np.isin(np.arange(a.shape[1]), some.told)
    checked = some.measured[(some.g != 0).any(axis=0)]
    _, _, order, rank = pivoted_qr(a.T)
    part = _parts(a)
    count = np.bincount(part, minlength=1)
    parts = sorted(set(part.tolist()), key=lambda index: (-count[index], index))
    nodes = np.array(structure.nodes, dtype=object)
    blind = [i for i, index in enumerate(parts) if not (a[part == index][:, known] != 0).any()]
    return Solvability(
        observable=tuple(names[told]),
        redundant=tuple(names[np.sort(checked)]),
        unobservable=tuple(names[~known & ~told]),
        zero=tuple(names[np.sort(none.told)]),
        repeated=tuple(nodes[np.sort(order[rank:])]),
        parts=tuple(tuple(nodes[part == index]) for index in parts),
        blind=tuple(blind),
    )


def known_of(network: Network) -> BoolArray:
    """Which variables (V,) something measures, derives or models when every point says something."""
    flows = [bool(flow.measured) or flow.derived is not None or flow.model is not None for flow in network.flows]
    stores = [node for node in network.nodes if node.kind == "storage"]
    return np.array(flows + [s.content is not None or s.content_sigma is not None for s in stores], dtype=bool)


def _parts(a: np.ndarray) -> np.ndarray:
    """Lowest row (N,) that each row hangs together with by columns they share."""
    part = np.arange(a.shape[0])
    touched = [np.flatnonzero(column) for column in a.T]
    moved = True
    while moved:
        moved = False
        for rows in touched:
            least = part[rows].min(initial=a.shape[0])
            if (part[rows] > least).any():
                part[rows], moved = least, True
    return part
