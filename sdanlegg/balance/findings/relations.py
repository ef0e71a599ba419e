"""What must stay equal among a hall's meters: balances without unknown flows, meters of the same flow, and partners.

Rows come from the network: every node's balance, flows that no meter measures eliminated by adding balances up; flows
that the rules call even are left out, so such a row is not 0 but even. Only a change of a row is judged (changes.py).
Derived flows count as not measured: a product of hourly means is not the mean of the product.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sdanlegg.balance.arrays import BoolArray, Observed
from sdanlegg.balance.estimate import estimate, gain_name, metered
from sdanlegg.balance.findings.records import MeterRules, Partner
from sdanlegg.balance.findings.series import Hours
from sdanlegg.balance.seen import Seen
from sdanlegg.network import Network
from sdanlegg.readings import FloatArray

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Variable:
    """Something known: subjects are the points that tell it (empty: none can be blamed); sigma its relative class."""

    subjects: tuple[str, ...]
    sigma: float


@dataclass(frozen=True, slots=True)
class Relations:
    """J variables in K hours and R rows over them: amount and fixed, the uncertainty of their class, (K, J), and
    a (R, J), a @ amount even or 0; ids of rows.
    """

    variables: tuple[Variable, ...]
    amount: FloatArray
    fixed: FloatArray
    a: FloatArray
    rows: tuple[str, ...]


@dataclass(slots=True)
class _Columns:
    """Variables as they are gathered: column of a name, and amounts (K,)."""

    names: dict[str, int]
    variables: list[Variable]
    amounts: list[FloatArray]
    fixed: list[FloatArray]

    def add(self, name: str, subjects: tuple[str, ...], amount: FloatArray, fixed: FloatArray | None) -> None:
        """One more; its class is what its fixed uncertainty is of its amount over all hours."""
        sigma = 0.0
        if fixed is not None:
            whole = float(np.nansum(np.abs(amount)))
            sigma = float(np.nansum(fixed)) / whole if whole > 0.0 else 0.0
        self.names[name] = len(self.variables)
        self.variables.append(Variable(subjects, sigma))
        self.amounts.append(amount)
        self.fixed.append(np.zeros_like(amount) if fixed is None else np.nan_to_num(fixed))


def relations(network: Network, rules: MeterRules, observed: Observed) -> Relations:
    """Rows of a network over hours; a row whose variable is not known in an hour is not known there."""
    columns = _Columns({}, [], [], [])
    pairs = _meters(network, observed, columns)
    known = estimate(network, observed)
    place = {name: k for k, name in enumerate(known.names)}
    for name in rules.modelled:
        columns.add(name, (), known.amount[:, place[name]], known.fixed[:, place[name]])
    for node in network.nodes:
        if node.kind == "storage" and node.content is not None:
            k = place[gain_name(node)]
            columns.add(gain_name(node), (), known.amount[:, k], known.fixed[:, k])
    hours = Hours.of(observed)
    for partner in rules.partners:
        name = _partner(hours, partner, columns)
        pairs.append((partner.flow, partner.flow, name))
    rows = [*_balances(network, rules.even, columns.names)]
    for row, one, other in pairs:
        line = np.zeros(len(columns.variables))
        line[columns.names[one]], line[columns.names[other]] = 1.0, -1.0
        rows.append((row, line))
    a = np.array([line for _, line in rows]).reshape(len(rows), len(columns.variables))
    return Relations(
        tuple(columns.variables),
        np.stack(columns.amounts, axis=1),
        np.stack(columns.fixed, axis=1),
        a,
        tuple(row for row, _ in rows),
    )


def _meters(network: Network, observed: Observed, columns: _Columns) -> list[tuple[str, str, str]]:
    """Every meter by itself; pairs of meters of one flow."""
    seen, pairs = Seen(observed, dict(network.sensors)), []
    for flow in network.flows:
        for number, meter in enumerate(flow.measured):
            name = flow.id if number == 0 else f"{flow.id}#{number}"
            told = metered(flow, meter, seen)
            subjects = tuple(p for p in (meter.counter, meter.power) if p is not None)
            columns.add(name, subjects, told.amount, told.fixed)
            if number:
                pairs.append((flow.id, flow.id, name))
    return pairs


def _partner(hours: Hours, partner: Partner, columns: _Columns) -> str:
    name = f"{partner.flow}~"
    amount = hours.total(partner.gauges, hours.mean) * hours.length_h + hours.total(partner.counters, hours.gained)
    columns.add(name, (*partner.gauges, *partner.counters), amount, None)
    return name


def _balances(network: Network, even: Sequence[str], names: dict[str, int]) -> list[tuple[str, FloatArray]]:
    """Balances in which every variable is known or even."""
    ties = {tie.flow: tie for tie in network.ties if tie.flow not in names and tie.of in names}
    passed = {*names, *even, *ties}
    unknown = {id_: k for k, id_ in enumerate(flow.id for flow in network.flows if flow.id not in passed)}
    left = np.zeros((len(network.nodes), len(names)))
    right = np.zeros((len(network.nodes), len(unknown)))
    for row, node in enumerate(network.nodes):
        for sign, flows in ((1.0, network.into(node.id)), (-1.0, network.out_of(node.id))):
            for flow in flows:
                tie = ties.get(flow.id)
                if tie is not None:
                    left[row, names[tie.of]] += sign * tie.times
                elif flow.id in names:
                    left[row, names[flow.id]] += sign
                elif flow.id in unknown:
                    right[row, unknown[flow.id]] += sign
        if node.kind == "storage":
            gain = gain_name(node)
            if gain in names:
                left[row, names[gain]] -= 1.0
            else:
                right = np.hstack([right, np.zeros((len(right), 1))])
                right[row, -1] = 1.0
    kept, labels = _eliminated(left, right)
    ids = ["+".join(network.nodes[k].id for k in label) for label in labels]
    return [(id_, line) for id_, line in zip(ids, kept, strict=True) if np.count_nonzero(line) > 1]


def _eliminated(left: FloatArray, right: FloatArray) -> tuple[FloatArray, list[list[int]]]:
    """Combinations of rows in which nothing of the right is left, and which rows each is made of.

    The pivot is the row with the fewest entries, so that rows stay short.
    """
    made = np.eye(len(left))
    whole = np.hstack([left, right, made])
    first, width = left.shape[1], right.shape[1]
    alive: BoolArray = np.ones(len(left), np.bool_)
    for column in range(first, first + width):
        having = np.flatnonzero(alive & (np.abs(whole[:, column]) > _TINY))
        if not len(having):
            continue
        entries = np.count_nonzero(np.abs(whole[having, : first + width]) > _TINY, axis=1)
        pivot = having[int(np.argmin(entries))]
        for row in having:
            if row != pivot:
                whole[row] -= whole[row, column] / whole[pivot, column] * whole[pivot]
        alive[pivot] = False
    kept = whole[alive]
    kept[np.abs(kept) < _TINY] = 0.0
    return kept[:, :first], [np.flatnonzero(row).tolist() for row in kept[:, first + width :]]
