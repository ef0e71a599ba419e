"""Rules of pools and their filters. Each takes a View, gives a Signal (K,)."""

import numpy as np

from sdanlegg.balance.findings.closing import WATER_KWH_M3_K, evaporation_kg_h
from sdanlegg.balance.findings.series import against_past
from sdanlegg.balance.findings.view import Signal, View, share
from sdanlegg.readings import FloatArray


def leak(view: View) -> Signal:
    """Make-up that evaporation, bathers, backwash and the level do not explain, by days.

    The rest of a sound pool is not 0: meters err and splash is an estimate, so it is held up to its own past, and to
    the limit as it stands until there is one.
    """
    hours = view.hours
    busy = np.clip(view.mean("bathers") / view.limit("busy"), 0.0, 1.0)
    factor = view.limit("empty") + (view.limit("activity") - view.limit("empty")) * busy
    open_m2 = 1.0 - view.limit("raised_share") * view.mean("raised")
    vapour = evaporation_kg_h(view, view.limit("area_m2"), factor * open_m2) * hours.length_h / 1000.0
    used = view.gained("arrivals") * view.limit("share") * view.limit("m3_each")
    held = view.rise("level_pct") / 100.0 * view.limit("tank_m3")
    needed = vapour + used + view.gained("backwash_m3") + held
    rest = hours.daily(view.gained("makeup_m3") - needed)
    above, sigmas = view.limit("above_m3_day"), view.limit("sigmas")
    past = against_past(rest, lambda day, median, sigma: day - median > max(above, sigmas * sigma), window=28, least=7)
    usual = np.where(np.isfinite(past.expected), past.expected, 0.0)
    lost = hours.hourly(rest - usual) / 24.0
    active = hours.hourly(past.different | (np.isnan(past.expected) & (rest > view.limit("first_m3_day"))))
    warmed = WATER_KWH_M3_K * lost * (view.mean("water_t") - view.mean("cold_t"))
    makeup = hours.daily(view.gained("makeup_m3"))
    return Signal(
        active, hours.hourly(makeup), hours.hourly(makeup - rest + usual), "m³/d", heat=warmed, water=lost,
        sigma=hours.hourly(past.sigma),
    )  # fmt: skip


def fouling_fast(view: View) -> Signal:
    """Membranes foul faster for the dirt that they catch than they used to.

    The cake's growth, the rise of 1/permeability while filtering, over flux times turbidity times time; by days.
    """
    hours = view.hours
    with np.errstate(divide="ignore", invalid="ignore"):
        k = hours.observed.at[:, [hours.column[p] for p in view.points["permeability"] if p in hours.column]]
        grown = np.diff(np.where(k > 0.0, 1e6 / k, np.nan), axis=0).sum(axis=1)
    filtered = view.gained("washes") == 0.0
    if not len(grown) or k.shape[1] == 0:
        grown = np.full(len(filtered), np.nan)
    load = view.mean("flux") * view.mean("turbidity") * hours.length_h
    caught = hours.daily(np.where(filtered, load, 0.0))
    # On quiet days little is caught, and what is left of a wash outweighs it.
    busy = caught > view.limit("busy_share") * _middle(caught)
    rate = share(hours.daily(np.where(filtered, grown, 0.0)), np.where(busy, caught, 0.0))
    above = view.limit("above")
    past = against_past(rate, lambda day, median, _: day > (1.0 + above) * median, window=28, least=7)
    spent = _more_pressure(view)
    return Signal(
        hours.hourly(past.different), hours.hourly(rate / past.expected * 100.0), np.full(len(load), 100.0), "%",
        electricity=spent,
    )  # fmt: skip


def _middle(days: FloatArray) -> float:
    """Median of the days that are known; NaN if none is."""
    known = days[np.isfinite(days)]
    return float(np.median(known)) if len(known) else float("nan")


def _more_pressure(view: View) -> FloatArray:
    """Electricity (K,) that the pump spends on pressure over the membranes above the clean one's [kWh]."""
    above = np.maximum(view.mean("tmp") - view.limit("clean_bar"), 0.0)
    return np.asarray(view.mean("flow") / 36.0 * above / view.limit("pump_efficiency") * view.hours.length_h)


def washed_often(view: View) -> Signal:
    """A filter is washed far more often than its interval asks, the pressure being under where it starts a wash."""
    span = int(view.limit("span_h"))
    washes = view.gained("washes")
    summed = np.convolve(np.nan_to_num(washes), np.ones(span))[: len(washes)]
    expected = span / view.mean("interval_h")
    asked = view.mean("tmp") > view.limit("pressure_share") * view.mean("tmp_start")
    active = (summed > expected * (1.0 + view.limit("above")) + 1.0) & ~asked
    spare = share(summed - expected, summed) * view.gained("backwash_m3")
    warmed = WATER_KWH_M3_K * spare * (view.mean("water_t") - view.mean("cold_t"))
    per_day = 24.0 / span
    return Signal(active, summed * per_day, expected * per_day, "1/d", heat=warmed, water=spare)


def dosing_weak(view: View) -> Signal:
    """The chlorine pump's stroke is far longer for what the water uses up than it used to be, by days.

    Used up: free chlorine times (what decays by itself and by bathers).
    """
    hours = view.hours
    used = view.mean("free") * (view.limit("decay_m3_h") + view.limit("bather_m3_h") * view.mean("bathers"))
    ratio = share(hours.daily(view.mean("dosing_pct")), hours.daily(used))
    above = view.limit("above")
    past = against_past(ratio, lambda day, median, _: day > (1.0 + above) * median, window=28, least=7)
    stroke = hours.hourly(hours.daily(view.mean("dosing_pct"))) / 24.0
    return Signal(hours.hourly(past.different), stroke, stroke * hours.hourly(past.expected / ratio), "%")
