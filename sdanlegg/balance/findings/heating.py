"""Rules of what makes and moves heat: air, boiler, circulation, pavement. Each takes a View, gives a Signal (K,)."""

from typing import Final

import numpy as np

from sdanlegg.balance.findings.closing import WATER_KWH_M3_K
from sdanlegg.balance.findings.series import against_past
from sdanlegg.balance.findings.view import Signal, View, inside, share, where

AIR_KWH_M3_K: Final = 0.000335


def recovery_low(view: View) -> Signal:
    """Heat recovery under the unit's own map, best - fall · (outdoor air over the full flow), in cold weather.

    Judged only where the hall is not too warm, since a unit lets air pass by the plates to cool, and not in hours in
    which it starts or stops to take outdoor air.
    """
    outdoor = view.mean("damper_pct") / 100.0 * view.mean("flow")
    expected = 100.0 * (view.limit("best") - view.limit("fall") * outdoor / view.limit("full_m3_h"))
    seen, colder = view.mean("recovery_pct"), view.mean("air_t") - view.mean("outdoor_t")
    judged = (view.mean("damper_pct") > view.limit("least_damper_pct")) & (colder > view.limit("colder_k"))
    judged &= view.mean("air_t") < view.mean("air_sp") + view.limit("warm_k")
    active = inside(judged) & (seen < expected - view.limit("below_pct"))
    lost = AIR_KWH_M3_K * outdoor * colder * (expected - seen) / 100.0
    return Signal(active, seen, expected, "%", heat=lost * view.hours.length_h)


def drying_low(view: View) -> Signal:
    """A drying heat pump that is called draws far less than it used to while called."""
    called = view.mean("state") > 0.5
    hours = view.hours
    power = hours.daily(where(np.isfinite(view.mean("power")), np.where(called, view.mean("power"), 0.0)))
    on = hours.daily(np.where(called, hours.length_h, 0.0))
    level = share(power, np.where(on >= view.limit("least_h"), on, 0.0))
    below = view.limit("below")
    past = against_past(level, lambda day, median, _: day < (1.0 - below) * median, window=28, least=10)
    lost = hours.hourly(past.expected - level) * view.limit("cop") * np.where(called, hours.length_h, 0.0)
    return Signal(
        hours.hourly(past.different) & called, hours.hourly(level), hours.hourly(past.expected), "kW", heat=lost
    )


def heats_and_cools(view: View) -> Signal:
    """A heating coil works while the hall is so warm that its unit cools it with outdoor air."""
    coil, warm = view.mean("coil_kw"), view.mean("air_t") - view.mean("air_sp")
    active = (coil > view.limit("coil_kw")) & (warm > view.limit("warm_k"))
    return Signal(active, coil, np.zeros(len(coil)), "kW", heat=coil * view.hours.length_h)


def boiler_uncalled(view: View) -> Signal:
    """The electric boiler heats the header although the tank is warm and the heat pump has more to give.

    What it costs is electricity less what the heat pump would have drawn for the same heat (limit cop).
    """
    heat = view.mean("boiler_kw")
    warm = view.mean("tank_t") > view.mean("tank_sp") - view.limit("below_k")
    active = (heat > view.limit("least_kw")) & (warm | (view.mean("level_pct") < view.limit("level_pct")))
    dearer = 1.0 - 1.0 / view.limit("cop")
    return Signal(active, heat, np.zeros(len(heat)), "kW", electricity=heat * dearer * view.hours.length_h)


def circulation_loss(view: View) -> Signal:
    """The hot-water circulation loses more than its past: flow times the fall in temperature."""
    hours = view.hours
    lost = WATER_KWH_M3_K * view.mean("flow") * (view.mean("hot_t") - view.mean("return_t"))
    above = view.limit("above")
    days = hours.daily(lost * hours.length_h)
    past = against_past(days, lambda day, median, _: day > (1.0 + above) * median, window=28, least=7)
    expected = hours.hourly(past.expected) / 24.0
    expected = np.where(np.isfinite(expected), expected, view.limit("usual_kw"))
    active = lost > (1.0 + above) * np.fmax(expected, 0.0)
    return Signal(active, lost, expected, "kW", heat=(lost - expected) * hours.length_h)


def melting_uncalled(view: View) -> Signal:
    """Snow melting takes heat in weather that is too warm or too cold for it."""
    power, t = view.mean("power"), view.mean("outdoor_t")
    weather = (t > view.limit("warmest_t")) | (t < view.limit("coldest_t"))
    active = (power > view.limit("least_kw")) & weather
    return Signal(active, power, np.zeros(len(power)), "kW", heat=power * view.hours.length_h)


def charging_cold(view: View) -> Signal:
    """The collector's pump charges the wells though the brine leaves it no warmer than it came."""
    gain = view.mean("out_t") - view.mean("in_t")
    charging = (np.abs(view.mean("mode") - view.limit("charging")) < 0.01) & (view.mean("melt_kw") < 0.1)
    active = charging & (view.mean("flow") > view.limit("least_m3_h")) & (gain < view.limit("least_k"))
    lost = view.limit("kwh_m3_k") * view.mean("flow") * np.maximum(-gain, 0.0) * view.hours.length_h
    expected = np.full(len(gain), view.limit("least_k"))
    return Signal(active, gain, expected, "K", heat=lost, electricity=view.mean("pump_kw") * view.hours.length_h)
