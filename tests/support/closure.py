"""Whether the nodes of a hall's network close on the twin's truth."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from sdanlegg.network import BalanceNode, Network

TOLERANCE = 1e-9
# A content is a float: it cannot say less than its last digits, whatever flowed.
DIGITS = 16.0 * sys.float_info.epsilon


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing at a node in a step, in the unit of its content, and what passed; NaN-free."""

    missing: float
    passed: float
    held: float

    @property
    def share(self) -> float:
        """What is missing of what passed, beyond what the content's last digits cannot tell."""
        beyond = max(0.0, abs(self.missing) - DIGITS * self.held)
        return beyond / self.passed if self.passed > 0.0 else (0.0 if beyond == 0.0 else float("inf"))

    @property
    def closes(self) -> bool:
        """Whether nothing is missing, to 1e-9 of what passed."""
        return self.share <= TOLERANCE


def gap(
    network: Network,
    node: BalanceNode,
    flows: Mapping[str, float],
    held: tuple[Mapping[str, float], Mapping[str, float]],
    dt_s: float,
) -> Gap:
    """Gap of a node in a step with these mean flows; held before and after. KeyError names what nobody tells."""
    hours = dt_s / 3600.0
    into = [flows[flow.id] * hours for flow in network.into(node.id)]
    out = [flows[flow.id] * hours for flow in network.out_of(node.id)]
    before, after = (what[node.id] for what in held) if node.kind == "storage" else (0.0, 0.0)
    passed = sum(map(abs, into)) + sum(map(abs, out))
    return Gap(sum(into) - sum(out) - (after - before), passed, max(abs(before), abs(after)))
