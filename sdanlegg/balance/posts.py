"""A period's energy posts: NS 3031's and the pool's own, which add up to the electricity that the hall used.

Electricity that a machine turns into heat for several posts is shared out by the heat that it gave to each, as
EN ISO 52000-1 shares delivered energy between services; what such a machine gives to another's circuit (an air unit's
heat pump to the header) carries its electricity with it. What stands in no post, or cannot be shared out, is `left`:
so posts and left always add up to what was used, also where a post is not known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from sdanlegg.balance.arrays import Figure, Totals
from sdanlegg.balance.propagation import (
    K_NORMAL,
    Quantity,
    Sheet,
    add,
    figure,
    ratio,
    scaled,
    share,
    sheet,
    summed,
    unknown,
    variance,
)  # fmt: skip
from sdanlegg.plan import KpiPlan, Level, PlantDefinition, PostDefinition, Term, Words

UNIT: Final = "kWh"


@dataclass(frozen=True, slots=True)
class Post:
    """A post of a period [kWh]: electricity used for it, and heat given to it (not a part of that electricity).

    missing names flows that nothing tells: then the figure is NaN. gap says what the hall has no meter for.
    """

    id: str
    name: Words
    electricity: Figure
    heat: Figure
    missing: tuple[str, ...]
    gap: Words


@dataclass(frozen=True, slots=True)
class Posts:
    """All posts; used: what they add up to; left [kWh] and left_pct of used: in no post; level by the plan's bounds."""

    posts: tuple[Post, ...]
    used: Figure
    left: Figure
    left_pct: Figure
    level: Level | None


def posts(plan: KpiPlan, totals: Totals) -> Posts:
    """Share a period's electricity out over the plan's posts.

    A post is NaN with coverage 0 if one of its flows, or the heat that a plant gives, is not known. A plant whose heat
    cannot be told from 0 shares nothing out: what it used while idle is left. level is None where left is not known.
    """
    of = sheet(totals)
    shared = _shared(plan.plants, of)
    told = {definition.id: _electricity(definition, of, shared) for definition in plan.posts}
    used = summed(plan.used, of)
    known = [scaled(part, -1.0) for part in told.values() if isfinite(part.value)]
    left = add([used, *known], of)
    pct = ratio(left, used, of, "%", 100.0)
    return Posts(
        tuple(_post(definition, told[definition.id], of) for definition in plan.posts),
        figure(used, of, UNIT), figure(left, of, UNIT), pct, level_of(pct.value, plan),
    )  # fmt: skip


def level_of(pct: float, plan: KpiPlan) -> Level | None:
    """How bad a share that is not accounted for is, whichever its sign; None if it is not known."""
    if not isfinite(pct):
        return None
    return "alarm" if abs(pct) > plan.alarm_pct else "warn" if abs(pct) > plan.warn_pct else "good"


def _post(definition: PostDefinition, electricity: Quantity, of: Sheet) -> Post:
    nothing = bool(definition.gap.nb) and not (definition.heat or definition.electricity)
    heat = unknown(of) if nothing else summed(definition.heat, of)
    missing = tuple(dict.fromkeys(electricity.missing + heat.missing))
    shown = figure(heat, of, UNIT)
    return Post(definition.id, definition.name, figure(electricity, of, UNIT), shown, missing, definition.gap)


def _electricity(definition: PostDefinition, of: Sheet, shared: Mapping[str, Quantity]) -> Quantity:
    """Electricity of a post: its own flows and what plants bring with their heat."""
    brought = [shared[term.flow] for term in definition.heat if term.flow in shared]
    own = summed(definition.electricity, of)
    nothing = not definition.electricity and not brought
    return unknown(of) if nothing and definition.gap.nb else add([own, *brought], of)


def _shared(plants: tuple[PlantDefinition, ...], of: Sheet) -> dict[str, Quantity]:
    """Electricity that goes with each flow of heat that a plant gives; idle plants' flows are absent."""
    shared: dict[str, Quantity] = {}
    handed: dict[str, list[Quantity]] = {plant.id: [] for plant in plants}
    for plant in plants:
        whole = add([summed(plant.electricity, of), *handed[plant.id]], of)
        onward = dict(plant.passes)
        heats = {flow: summed((Term(flow),), of) for flow in (*plant.gives, *onward)}
        given = add(heats.values(), of)
        if isfinite(given.value) and given.value <= K_NORMAL * variance(given, of) ** 0.5:
            continue
        for flow, heat in heats.items():
            part = share(whole, heat, given)
            if flow in onward:
                handed[onward[flow]].append(part)
            else:
                shared[flow] = part
    return shared
