"""The balances of a network as a matrix: a row a node or tie, a column a flow or what a storage gains."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.network import Network
from sdanlegg.readings import FloatArray

RowKind = Literal["junction", "storage", "converter", "tie"]
GAIN: Final = ".gain"  # of a storage: its content at the end less that at the start


@dataclass(frozen=True, slots=True)
class Structure:
    """Balances a · x = 0 between V variables.

    names (V,) of the variables; nodes (N,) of the rows, a tie's being `<flow>=<of>`; a (N, V): +1 where a flow enters
    the node, -1 where it leaves, -1 for its gain, and a tie's 1 and -times; kinds (N,); signed (V,): may be below 0.
    """

    names: tuple[str, ...]
    nodes: tuple[str, ...]
    a: FloatArray
    kinds: tuple[RowKind, ...]
    signed: BoolArray


def structure(network: Network) -> Structure:
    """Put a network's balances into a matrix: flows in the file's order, then the storages' gains; nodes, then ties.

    Units are those of the columns' amounts, kWh, m³ or kg; a tie turns one into the other. KeyError names a node or
    flow that the network does not have; the folder's checks find those before.
    """
    stores = [node.id for node in network.nodes if node.kind == "storage"]
    names = tuple(flow.id for flow in network.flows) + tuple(node + GAIN for node in stores)
    column = {name: j for j, name in enumerate(names)}
    row = {node.id: i for i, node in enumerate(network.nodes)}
    a = np.zeros((len(network.nodes) + len(network.ties), len(names)))
    for j, flow in enumerate(network.flows):
        if flow.target is not None:
            a[row[flow.target], j] += 1.0
        if flow.source is not None:
            a[row[flow.source], j] -= 1.0
    for node in stores:
        a[row[node], column[node + GAIN]] = -1.0
    for i, tie in enumerate(network.ties, len(network.nodes)):
        a[i, column[tie.flow]] += 1.0
        a[i, column[tie.of]] -= tie.times
    nodes = tuple(row) + tuple(f"{tie.flow}={tie.of}" for tie in network.ties)
    kinds: list[RowKind] = [node.kind for node in network.nodes]
    kinds += ["tie" for _ in network.ties]
    signed = np.array([flow.signed for flow in network.flows] + [True] * len(stores), dtype=bool)
    return Structure(names, nodes, a, tuple(kinds), signed)


def gains(names: tuple[str, ...]) -> BoolArray:
    """Which variables (V,) are what a storage gains."""
    return np.array([name.endswith(GAIN) for name in names], dtype=bool)
