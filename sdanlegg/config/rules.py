"""rules.toml -> Rules, and what is wrong with it: each check adds what it finds and stops for nothing."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from sdanlegg.balance.findings.kinds import COMMON, KINDS
from sdanlegg.balance.findings.records import MeterRules, Partner, Prices, Rule, Rules
from sdanlegg.config.balance_models import BalanceFlowModel
from sdanlegg.config.findings import nearest
from sdanlegg.config.folder import Folder
from sdanlegg.config.rules_models import MetersModel, RuleModel

RULES: Final = "rules.toml"
OF_HEAT_METER: Final = ("flow", "supply_t", "return_t")
_Path = tuple[str | int, ...]


def check_rules(read: Folder) -> None:
    """Find ids that stand twice, unknown kinds, roles, limits, flows and points."""
    if read.rules is None:
        return
    ids = [rule.id for rule in read.rules.rule]
    for index, rule in enumerate(read.rules.rule):
        path: _Path = ("rule", index)
        if rule.id in ids[:index]:
            read.find(RULES, (*path, "id"), f"the rule id {rule.id!r} stands already")
        _check_rule(read, path, rule)
    _check_meters(read)


def _check_rule(read: Folder, path: _Path, rule: RuleModel) -> None:
    kind = KINDS.get(rule.kind)
    if kind is None:
        read.find(RULES, (*path, "kind"), f"{rule.id}: unknown kind {rule.kind!r}{nearest(rule.kind, KINDS)}")
    else:
        _check_keys(read, (*path, "points"), rule, (rule.points, kind.points))
        _check_keys(read, (*path, "limits"), rule, (rule.limits, (*COMMON, *kind.limits)))
    for role, names in rule.points.items():
        if not names:
            read.find(RULES, (*path, "points"), f"{rule.id}: {role} names no point")
        for name in names:
            read.point(RULES, (*path, "points"), name.removeprefix("-"), rule.id)


def _check_keys(read: Folder, path: _Path, rule: RuleModel, keys: tuple[Iterable[str], tuple[str, ...]]) -> None:
    given, wanted = list(keys[0]), keys[1]
    for key in given:
        if key not in wanted:
            text = f"{rule.id}: {key!r} is none of {rule.kind}'s {path[-1]}{nearest(key, wanted)}"
            read.find(RULES, path, text)
    missing = [key for key in wanted if key not in given]
    if missing:
        read.find(RULES, path, f"{rule.id}: {rule.kind} also needs {', '.join(missing)} in {path[-1]}")


def _check_meters(read: Folder) -> None:
    if read.rules is None:
        return
    meters = read.rules.meters
    for name in meters.watched:
        read.point(RULES, ("meters", "watched"), name)
    for device in meters.heat_meters:
        for name in OF_HEAT_METER:
            read.point(RULES, ("meters", "heat_meters"), f"{device}.{name}", device)
    flows = None if read.balance is None else {flow.id: flow for flow in read.balance.flow}
    _check_partners(read, meters, flows)
    _check_flows(read, meters, flows)


def _check_flows(read: Folder, meters: MetersModel, flows: Mapping[str, BalanceFlowModel] | None) -> None:
    for name in meters.modelled:
        if flows is not None and name not in flows:
            read.find(RULES, ("meters", "modelled"), f"unknown flow {name!r}{nearest(name, flows)}")
        elif flows is not None and flows[name].model is None:
            read.find(RULES, ("meters", "modelled"), f"{name} has no model")
    for name in meters.even:
        if flows is not None and name not in flows:
            read.find(RULES, ("meters", "even"), f"unknown flow {name!r}{nearest(name, flows)}")
        elif flows is not None and (flows[name].counter or flows[name].power or flows[name].derived):
            read.find(RULES, ("meters", "even"), f"{name} is measured or derived: it need not be thought even")


def _check_partners(read: Folder, meters: MetersModel, flows: Collection[str] | None) -> None:
    for index, partner in enumerate(meters.partner):
        path: _Path = ("meters", "partner", index)
        for name in (*partner.gauges, *partner.counters):
            read.point(RULES, path, name.removeprefix("-"), partner.flow)
        if bool(partner.gauges) == bool(partner.counters):
            read.find(RULES, path, f"{partner.flow}: a partner has gauges or counters, one of them")
        if flows is not None and partner.flow not in flows:
            text = f"unknown flow {partner.flow!r}{nearest(partner.flow, flows)}"
            read.find(RULES, (*path, "flow"), text)


def rules(read: Folder) -> Rules | None:
    """Give the rules of a folder without findings, None if it has no rules.toml."""
    if read.rules is None:
        return None
    meters, prices = read.rules.meters, read.rules.prices
    return Rules(
        tuple(map(_rule, read.rules.rule)),
        MeterRules(
            tuple(meters.even),
            tuple(meters.modelled),
            tuple(Partner(p.flow, tuple(p.gauges), tuple(p.counters)) for p in meters.partner),
            tuple(meters.watched),
            tuple(meters.heat_meters),
        ),
        Prices(float(prices.electricity), float(prices.heat), float(prices.water)),
    )


def _rule(rule: RuleModel) -> Rule:
    return Rule(
        rule.id,
        rule.kind,
        rule.name.nb,
        rule.name.en,
        {role: tuple(names) for role, names in rule.points.items()},
        {name: float(limit) for name, limit in rule.limits.items()},
        float(rule.waste_sigma),
    )
