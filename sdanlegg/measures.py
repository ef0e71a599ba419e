"""The hall's energy measures and what each is compared with. Pure data, as measures.toml says it.

FORMS says what each kind of measure is told: flows of the network, points of the hall, numbers. A number that ends with
_sigma is a standard uncertainty; those of what belongs to the reference by definition are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from sdanlegg.factors import FactorSet
from sdanlegg.plan import Words
from sdanlegg.tariff import Tariff

What = Literal["flow", "point", "number"]


@dataclass(frozen=True, slots=True)
class Form:
    """What a kind is told: of the whole measure, and of each of its parts (pools, filters, air units)."""

    whole: Mapping[str, What]
    part: Mapping[str, What] = field(default_factory=dict)


def _form(whole: str, part: str = "") -> Form:
    return Form(_named(whole), _named(part))


def _named(text: str) -> Mapping[str, What]:
    """Names by their letters: f: flows, p: points, n: numbers."""
    kinds: dict[str, What] = {"f": "flow", "p": "point", "n": "number"}
    named: dict[str, What] = {}
    for group in text.split(";"):
        letter, _, names = group.strip().partition(":")
        named.update(dict.fromkeys(names.split(), kinds[letter]) if letter else {})
    return MappingProxyType(named)


SUPPLY: Final = _form(
    "f: heat electricity peak; p: brine_t sink_t outdoor_t cold_t;"
    "n: capacity_kw lift_k per_source_k per_sink_k most_kw boiler_efficiency marginal marginal_sigma pumps pumps_sigma"
    " stored_kwh hot_gas hot_gas_sigma peak_sigma"
)
FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "raised_floors": _form(
            "n: spread_h cold_t mild_t warm_t above_rh_sigma activity emissivity kw_m2_k drying drying_sigma"
            " model_sigma",
            "p: water_t air_t air_rh rh_sp raised;"
            "n: area_m2 floor_m2 raised_factor above_rh_cold above_rh above_rh_warm travel_kwh",
        ),
        "ceramic_filter": _form(
            "f: greywater_heat greywater_drain greywater_el; n: spread_h wash_m3_m2 every_h pump_efficiency"
            " pump_heat bed_chlorine chlorine_sigma wash_sigma bar_sigma",
            "f: backwash; p: flow tmp water_t chlorine; n: full_m3_h bed_bar area_m2 wash_m3 wash_kwh_m3",
        ),
        "greywater": _form("f: heat loss electricity; n: spread_h useful useful_sigma"),
        "low_flow_showers": _form(
            "f: hot greywater_heat greywater_drain greywater_el; p: hot_t preheat_t open;"
            "n: spread_h litres_min reference_l_min shower_t other_m3_h other_closed_m3_h other_sigma lift lift_sigma"
            " vapour_kg_m3 vapour_kwh_kg vapour_sigma"
        ),
        "air_recovery": _form(
            "n: spread_h felt_cold felt felt_warm cold_t mild_t warm_t felt_sigma fans_cold fans fans_warm fans_sigma"
            " of_means model_sigma",
            "p: flow damper recovery inside_t outside_t fan_kw",
        ),
        "solar_cells": _form("f: exported", "f: made"),
        "collectors": _form("f: gathered pump_el; n: standby_kw cop_per_k metres resistance model_sigma memory_sigma"),
        "wells": _form("f: gathered pump_el; n: standby_kw useful useful_sigma pumps pumps_sigma"),
        "daylight": _form(
            "f: light; p: open; n: spread_h reference_kw night_share before_h after_h felt_cold felt felt_warm"
            " cold_t mild_t warm_t felt_sigma"
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """Names and numbers of a table, by key."""

    flows: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody else says that a measure saves; shown beside the figure and never mixed with it."""

    quantity: str
    share: float
    by: Words


@dataclass(frozen=True, slots=True)
class MeasureDefinition:
    """A measure: its kind in FORMS, what it is compared with, and what it is told."""

    id: str
    kind: str
    name: Words
    reference: Words
    source: str
    whole: Told
    parts: tuple[Told, ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class MeasurePlan:
    """Everything of measures.toml, with prices and factors; supply: how one more kilowatt-hour of heat is made now."""

    measures: tuple[MeasureDefinition, ...]
    supply: Told
    factors: tuple[FactorSet, ...] = ()
    tariff: Tariff | None = None
