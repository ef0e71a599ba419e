"""What is saved in air, light and sun: plates of the air units, modules, collectors, wells, LED with daylight control.

Each takes what is known of K hours and what measures.toml tells, and gives hour by hour series [kWh]: the reference
less what was. NaN where a point or a flow said nothing.
"""

from math import nan
from typing import Final

import numpy as np

from sdanlegg.balance.moist_air import AIR_KG_M3, CP
from sdanlegg.balance.savings_series import Series, exact, through, total
from sdanlegg.balance.savings_supply import Known, electricity
from sdanlegg.balance.savings_water import Found
from sdanlegg.measures import MeasureDefinition, Told
from sdanlegg.readings import FloatArray

LEAST_KWH: Final = 0.5  # of an hour in which the collectors' pump ran


def air_recovery(known: Known, measure: MeasureDefinition) -> Found:
    """Heat that the plates gave to outdoor air: cp · flow · recovery · (extract + half of the fans' heat - outdoor).

    of_means: the mean of the product over the product of the hour's means, since dampers and fans move together.
    Of it the header feels a share: the units' heat pumps, which meet warmer exhaust without plates, win some of it
    back, least when it is mild. Fans work a little more, since the halls are drier and colder.
    """
    n = measure.whole.numbers
    heat = total([_plates(known, part) for part in measure.parts]).times(n["of_means"])
    heat = heat.unsure("air_recovery.model", n["model_sigma"])
    felt = known.by_weather(n, "felt")
    power = electricity(known, heat.times(felt).off("air_recovery.felt", n["felt_sigma"] * heat.amount), n["spread_h"])
    fans = heat.times(known.by_weather(n, "fans")).off("air_recovery.fans", n["fans_sigma"] * heat.amount)
    return Found(heat, power.plus(fans))


def _plates(known: Known, part: Told) -> Series:
    keys = ("flow", "damper", "recovery", "inside_t", "outside_t", "fan_kw")

    def given(
        flow: FloatArray, damper: FloatArray, recovery: FloatArray, inside_t: FloatArray, outside_t: FloatArray,
        fan_kw: FloatArray,
    ) -> FloatArray:  # fmt: skip
        stream = CP * AIR_KG_M3 * np.maximum(flow, 1.0)
        outdoor = stream * damper / 100.0
        heat: FloatArray = known.hours * outdoor * recovery / 100.0 * (inside_t + 0.5 * fan_kw / stream - outside_t)
        return heat

    series = through({key: known.input(part.points[key]) for key in keys}, given)
    return Series(series.amount, {part.points[key]: error for key, error in series.errors.items()})


def solar_cells(known: Known, measure: MeasureDefinition) -> Found:
    """All that the modules gave; exported: what of it was sold."""
    made = total([known.flow(part.flows["made"]) for part in measure.parts])
    return Found(electricity=made, exported=known.flow(measure.whole.flows["exported"]))


def collectors(known: Known, measure: MeasureDefinition) -> Found:
    """Heat from the pavement to the brine. The heat pump gets warmer brine by it, and a better COP; pumps cost.

    Brine is warmer by what goes straight to the evaporator, and by what was charged in the period: W/m times the
    resistance of rock and bore. Heat that the rock keeps for later years is no part of it.
    """
    n, w = measure.whole.numbers, measure.whole
    heat = known.flow(w.flows["gathered"])
    drawn = known.flow(known.supply.flows["electricity"])
    given = known.flow(known.supply.flows["heat"])
    made, used = float(np.nansum(given.amount)), float(np.nansum(drawn.amount))
    seen = np.isfinite(heat.amount)
    mean_kw = float(heat.amount[seen].sum() / known.hours[seen].sum()) if seen.any() else nan
    warmer = 1000.0 * mean_kw / n["metres"] * n["resistance"]
    better = drawn.times(n["cop_per_k"] * warmer * used / made if made > 0.0 else 0.0)
    better = better.unsure("collectors.model", n["model_sigma"]).off(
        "collectors.memory", n["memory_sigma"] * drawn.amount
    )
    return Found(heat, better.plus(_pumps(known, w), -1.0))


def wells(known: Known, measure: MeasureDefinition) -> Found:
    """The same heat from the electric boiler, less what heat pump, its pumps and the collectors' pump drew."""
    n = measure.whole.numbers
    heat, drawn = known.flow(known.supply.flows["heat"]), known.flow(known.supply.flows["electricity"])
    pumps = drawn.times(n["pumps"]).off("wells.pumps", n["pumps_sigma"] * drawn.amount)
    boiled = heat.times(n["useful"]).unsure("wells.useful", n["useful_sigma"])
    power = boiled.times(1.0 / known.supply.numbers["boiler_efficiency"]).plus(drawn, -1.0).plus(pumps, -1.0)
    return Found(heat, power.plus(_pumps(known, measure.whole), -1.0))


def _pumps(known: Known, told: Told) -> Series:
    """Electricity [kWh] of the collectors' pump: what its board draws above standby in hours that bring heat."""
    board, heat = known.flow(told.flows["pump_el"]), known.flow(told.flows["gathered"]).amount
    gathers = np.where(np.isfinite(heat), np.where(heat > LEAST_KWH, 1.0, 0.0), np.nan)
    return board.plus(exact(told.numbers["standby_kw"] * known.hours), -1.0).times(gathers)


def daylight(known: Known, measure: MeasureDefinition) -> Found:
    """Fluorescent light of so many kW, on from before_h before opening to after_h after closing, a share at night.

    Its warmth is missed: what the header feels of it, by the weather, must be made; heat is that, and below 0.
    """
    w = measure.whole
    n, is_open = w.numbers, known.mean(w.points["open"])
    opens = np.maximum(0.0, known.seen.rise(w.points["open"]) * known.hours)
    burning = known.hours * is_open + (n["before_h"] + n["after_h"]) * opens
    power = n["reference_kw"] * (burning + n["night_share"] * (known.hours - burning))
    spared = exact(power).plus(known.flow(w.flows["light"]), -1.0)
    felt = known.by_weather(n, "felt")
    heat = spared.times(-felt).off("daylight.felt", n["felt_sigma"] * spared.amount)
    return Found(heat, spared.plus(electricity(known, heat, n["spread_h"])))
