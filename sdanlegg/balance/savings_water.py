"""What is saved at pools and showers: raised floors, ceramic filters, greywater, low-flow showers.

Each takes what is known of K hours and what measures.toml tells, and gives hour by hour series [kWh, m³, kg]: the
reference less what was. NaN where a point or a flow said nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from sdanlegg.balance.models_water import WATER_KWH_M3_K, evaporation, open_m2, radiation
from sdanlegg.balance.moist_air import LATENT
from sdanlegg.balance.savings_series import Series, exact, through, total
from sdanlegg.balance.savings_supply import Known, electricity
from sdanlegg.measures import MeasureDefinition, Told
from sdanlegg.readings import FloatArray

GRAM: Final = 1e-3  # kg; and a litre's m³
KW_PER_BAR_M3_H: Final = 1.0 / 36.0
# A period has a whole number of washes: of each pool's vessels up to one more or less, all as likely (rectangular).
WHOLE: Final = float(1.0 / np.sqrt(3.0))


@dataclass(frozen=True, slots=True)
class Found:
    """What a measure saves, hour by hour: heat, electricity [kWh], water [m³], chlorine [kg], sold electricity [kWh].

    None: the measure has no such saving.
    """

    heat: Series | None = None
    electricity: Series | None = None
    water: Series | None = None
    chlorine: Series | None = None
    exported: Series | None = None


def raised_floors(known: Known, measure: MeasureDefinition) -> Found:
    """Open water under the same roof instead of the raised floor: evaporation, convection and radiation more.

    Air: as dry as the unit holds it over open water, rh_sp + above_rh, where it was let float above that. Electricity:
    the heat from the header, and on top a share `drying` for drying the halls, net of the heat that drying gives back;
    less what the drives take to raise and to lower.
    """
    n = measure.whole.numbers
    found = [_floor(known, measure.whole, part) for part in measure.parts]
    heat = total([kept for kept, _ in found]).unsure("raised_floors.model", n["model_sigma"])
    vapour = total([steam for _, steam in found]).unsure("raised_floors.model", n["model_sigma"])
    travels = total([_travel(known, part) for part in measure.parts])
    dried = electricity(known, heat, n["spread_h"]).times(1.0 + n["drying"])
    dried = dried.unsure("raised_floors.drying", n["drying_sigma"] / (1.0 + n["drying"]))
    return Found(heat, dried.plus(travels, -1.0), vapour.times(GRAM))


def _travel(known: Known, part: Told) -> Series:
    """Electricity [kWh] of the drive, counted when the floor comes up: for the way up and the way down again."""
    came_up = np.maximum(0.0, known.seen.rise(part.points["raised"]) * known.hours)
    return exact(came_up * part.numbers["travel_kwh"])


def _floor(known: Known, whole: Told, part: Told) -> tuple[Series, Series]:
    """Heat [kWh] and vapour [kg] that one floor keeps in the water."""
    n, p, w = part.numbers, part.points, whole.numbers
    area, raised = n["area_m2"], known.mean(p["raised"])
    rh_most = known.mean(p["rh_sp"]) + known.by_weather({**w, **n}, "above_rh")
    bare, factor, emissivity = (np.full_like(raised, x) for x in (area, w["activity"], w["emissivity"]))
    shut = open_m2(bare, np.full_like(raised, n["floor_m2"]), np.full_like(raised, n["raised_factor"]), raised)

    def vapour(water_t: FloatArray, air_t: FloatArray, air_rh: FloatArray, most: FloatArray) -> FloatArray:
        drier = np.where(raised > 0.0, np.minimum(air_rh, most), air_rh)
        without = evaporation(water_t, air_t, drier, bare, factor)
        saved: FloatArray = known.hours * (without - evaporation(water_t, air_t, air_rh, shut, factor))
        return saved

    def dry(water_t: FloatArray, air_t: FloatArray) -> FloatArray:
        more = bare - shut
        warm = w["kw_m2_k"] * more * (water_t - air_t) + radiation(water_t, air_t, more, emissivity)
        lost: FloatArray = known.hours * warm
        return lost

    temperatures = {key: known.input(p[key]) for key in ("water_t", "air_t")}
    most = rh_most, np.full_like(rh_most, w["above_rh_sigma"])
    names = {**p, "most": "raised_floors.humidity"}
    steam = _renamed(through({**temperatures, "air_rh": known.input(p["air_rh"]), "most": most}, vapour), names)
    warmth = _renamed(through(temperatures, dry), names)
    return steam.times(LATENT).plus(warmth), steam


def _renamed(series: Series, names: Mapping[str, str]) -> Series:
    return Series(series.amount, {names[name]: error for name, error in series.errors.items()})


def ceramic_filter(known: Known, measure: MeasureDefinition) -> Found:
    """Sand filters of the same duty: wash water, its heat, pressure of the beds, chlorine that they use up.

    Heat: of the wash water over the mains'. Electricity: what the header must make up - the same heat, and what the
    greywater unit got back of the ceramic filters' wash water, less its electricity; less the pumps' heat - and the
    pumps.
    """
    w = measure.whole
    parts = [_filter(known, w, part) for part in measure.parts]
    water, heat, pumps, chlorine, washed = (total([part[k] for part in parts]) for k in range(5))
    water, heat = (x.unsure("ceramic_filter.wash", w.numbers["wash_sigma"]) for x in (water, heat))
    share = _per_m3(known, w.flows["greywater_heat"], w.flows["greywater_drain"])
    drawn = _per_m3(known, w.flows["greywater_el"], w.flows["greywater_drain"])
    made = heat.plus(washed.times(share)).plus(pumps, -w.numbers["pump_heat"])
    chlorine = chlorine.unsure("ceramic_filter.chlorine", w.numbers["chlorine_sigma"])
    power = electricity(known, made, w.numbers["spread_h"]).plus(pumps).plus(washed.times(drawn), -1.0)
    return Found(heat, power, water, chlorine)


def _filter(known: Known, whole: Told, part: Told) -> tuple[Series, Series, Series, Series, Series]:
    """Water [m³], heat [kWh], pumps' electricity [kWh] and chlorine [kg] of one filter; and what it was washed with."""
    w, n, p = whole.numbers, part.numbers, part.points
    washed, h = known.flow(part.flows["backwash"]), known.hours
    sand = exact(h * n["area_m2"] * w["wash_m3_m2"] / w["every_h"] + 0.0 * known.mean(p["water_t"]))
    whole_wash = np.full_like(h, n["wash_m3"] * WHOLE / h.size)
    more = sand.plus(washed, -1.0).off(f"{part.flows['backwash']}.whole", whole_wash)
    water_t = known.mean(p["water_t"])
    heat = more.times(WATER_KWH_M3_K * (water_t - known.cold_t))
    flow, bar = known.mean(p["flow"]), known.mean(p["tmp"])
    share = np.clip(flow / n["full_m3_h"], 0.0, 1.2)
    work = KW_PER_BAR_M3_H / w["pump_efficiency"] * flow * h
    pumps = exact(work * (n["bed_bar"] * share - bar)).off("ceramic_filter.bar", w["bar_sigma"] * work * share)
    pumps = pumps.plus(sand.times(n["wash_kwh_m3"]))
    free = known.mean(p["chlorine"])
    chlorine = more.times(GRAM * free).plus(exact(GRAM * h * w["bed_chlorine"] * flow * free))
    with np.errstate(divide="ignore", invalid="ignore"):
        chlorine = chlorine.off(p["chlorine"], chlorine.amount * known.input(p["chlorine"])[1] / free)
    return more, heat, pumps, chlorine, washed


def greywater(known: Known, measure: MeasureDefinition) -> Found:
    """All that the unit heats, less its tank's loss, would come from the header; less what it draws."""
    w = measure.whole
    heat = known.flow(w.flows["heat"]).plus(known.flow(w.flows["loss"]), -1.0)
    heat = (
        heat.times(w.numbers["useful"])
        .unsure("greywater.useful", w.numbers["useful_sigma"])
        .off("supply.stored", known.at_ends)
    )
    return Found(heat, electricity(known, heat, w.numbers["spread_h"]).plus(known.flow(w.flows["electricity"]), -1.0))


def low_flow_showers(known: Known, measure: MeasureDefinition) -> Found:
    """The same showers with heads of reference_l_min: their water, the heat in it, and how it would be made.

    Heat: of the mixed water over the mains'. Of it the greywater unit gives back what it got of each cubic metre, the
    boiler lifts the hot water from what preheating reaches (`lift` of that way), the rest is the header's.
    """
    w = measure.whole
    n, p = w.numbers, w.points
    hot_t, cold_t, h = known.mean(p["hot_t"]), known.cold_t, known.hours
    others = h * (n["other_m3_h"] * known.mean(p["open"]) + n["other_closed_m3_h"] * (1.0 - known.mean(p["open"])))
    hot = known.flow(w.flows["hot"]).plus(exact(others), -1.0).off("low_flow_showers.others", n["other_sigma"] * others)
    more_hot = hot.times(n["reference_l_min"] / n["litres_min"] - 1.0)
    water = more_hot.times((hot_t - cold_t) / (n["shower_t"] - cold_t))
    heat = water.times(WATER_KWH_M3_K * (n["shower_t"] - cold_t))
    boiled = more_hot.times(WATER_KWH_M3_K * n["lift"] * np.maximum(0.0, hot_t - known.mean(p["preheat_t"])))
    boiled = boiled.unsure("low_flow_showers.lift", n["lift_sigma"])
    back = water.times(_per_m3(known, w.flows["greywater_heat"], w.flows["greywater_drain"]))
    left = heat.plus(boiled, -1.0).plus(back, -1.0)
    power = electricity(known, left, n["spread_h"]).plus(boiled, 1.0 / known.supply.numbers["boiler_efficiency"])
    power = power.plus(water.times(_per_m3(known, w.flows["greywater_el"], w.flows["greywater_drain"])))
    vapour = water.times(n["vapour_kg_m3"])
    power = power.plus(vapour, n["vapour_kwh_kg"]).off("low_flow_showers.vapour", n["vapour_sigma"] * vapour.amount)
    return Found(heat, power, water)


def _per_m3(known: Known, heat: str, volume: str) -> float:
    """Amount of a flow for each m³ of another over the period; 0 if none passed, NaN if either is not known."""
    amount, passed = known.flow(heat).amount, known.flow(volume).amount
    both = np.isfinite(amount) & np.isfinite(passed)
    if not both.any():
        return float("nan")
    drained = float(passed[both].sum())
    return float(amount[both].sum()) / drained if drained > 0.0 else 0.0
