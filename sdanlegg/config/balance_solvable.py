"""What of a network cannot be solved, whatever its meters say; and in a few lines what can."""

from sdanlegg.balance.solvable import Solvability, known_of, solvability
from sdanlegg.balance.structure import structure
from sdanlegg.config.folder import Folder
from sdanlegg.network import Network

BALANCE = "balance.toml"


def check_solvable(read: Folder, network: Network) -> None:
    """Find nodes that hang together with nothing, flows that can only be 0, and parts where nothing is known."""
    made = structure(network)
    found = solvability(made, known_of(network))
    nodes = {node.id: index for index, node in enumerate(network.nodes)}
    ids = {flow.id: index for index, flow in enumerate(network.flows)}
    carried = [_carriers(network, part) for part in found.parts]
    for i, part in enumerate(found.parts):
        where, flows = ("nodes", nodes[part[0]]), ", ".join(_flows(network, part)[:3])
        if i in found.blind:
            read.find(BALANCE, where, f"{part[0]}: none of its flows ({flows}) is measured, derived or modelled")
        for j, other in enumerate(found.parts[:i]):
            if common := sorted((carried[i] & carried[j]) - {"moisture"}):  # a room's air may be by itself
                near = next(node for node in other if common[0] in _carriers(network, (node,)))
                text = f"{part[0]} with {flows} is not connected with the other {common[0]} nodes, as {near}"
                read.find(BALANCE, where, text)
                break
    for name in found.zero:
        if name in ids:
            read.find(BALANCE, ("flow", ids[name]), f"{name}: the balances and ties leave it nothing but 0")


def told(network: Network) -> list[str]:
    """Say in a few lines what the balances can tell."""
    known = known_of(network)
    found = solvability(structure(network), known)
    stores = sum(node.kind == "storage" for node in network.nodes)
    unknown = len(found.observable) + len(found.unobservable)
    first = (
        f"Balance: {len(network.nodes)} nodes, {len(network.flows)} flows, {len(network.ties)} ties; with what its "
        f"{stores} storages gain {len(known)} amounts: {known.sum()} known, {len(found.redundant)} of them checked by "
        f"others, {unknown} not known, {len(found.observable)} of them told by the balances."
    )
    return [first, *(f"{title}: {', '.join(names)}" for title, names in _lists(found) if names)]


def _lists(found: Solvability) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        ("Told by the balances", found.observable),
        ("Not told", found.unobservable),
        ("Said twice", found.repeated),
        ("Parts that nothing connects", tuple(part[0] for part in found.parts) if len(found.parts) > 1 else ()),
    )


def _carriers(network: Network, part: tuple[str, ...]) -> set[str]:
    return {flow.carrier for flow in network.flows if flow.source in part or flow.target in part}


def _flows(network: Network, part: tuple[str, ...]) -> list[str]:
    return [flow.id for flow in network.flows if flow.source in part or flow.target in part]
