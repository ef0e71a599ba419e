"""Rules of heat pumps and their pumps. Each takes a View, gives a Signal (K,)."""

import numpy as np

from sdanlegg.balance.findings.series import against_past, lasting
from sdanlegg.balance.findings.view import Signal, View, share, where


def short_cycling(view: View) -> Signal:
    """More starts in an hour than the machine's least times allow; a start costs a minute's full power unused."""
    starts = view.gained("starts")
    expected = np.full(len(starts), view.limit("most_per_h"))
    lost = (starts - expected) * view.limit("start_kwh")
    return Signal(starts > expected, starts, expected, "1/h", electricity=lost)


def cop_low(view: View) -> Signal:
    """Heat over electricity under the machine's own map, cop_per_k (source - sink) + cop_at_0, against its own past.

    Judged by days, over hours that it ran through: a start spends electricity before there is heat.
    """
    hours, heat, power = view.hours, view.mean("heat_kw"), view.mean("power")
    drawn = view.limit("cop_per_k") * (view.mean("source_t") - view.mean("sink_t")) + view.limit("cop_at_0")
    through = lasting((view.mean("running") > 0.99) & (power > view.limit("least_kw"))) >= 2
    through &= np.isfinite(heat) & np.isfinite(drawn)
    made = hours.daily(np.where(through, heat, 0.0))
    due = hours.daily(np.where(through, power * drawn, 0.0))
    enough = hours.daily(through.astype(float)) >= view.limit("least_h")
    ratio = share(made, np.where(enough, due, 0.0))
    below = view.limit("below")
    past = against_past(ratio, lambda day, median, _: day < (1.0 - below) * median, window=28, least=7)
    # Before there is a past, the map itself is the measure.
    usual = np.where(np.isfinite(past.expected), past.expected, 1.0)
    low = past.different | (np.isnan(past.expected) & (ratio < 1.0 - 2.0 * below))
    seen, expected = hours.hourly(ratio) * drawn, hours.hourly(usual) * drawn
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = power * (1.0 - hours.hourly(ratio / usual))
    active = hours.hourly(low) & through
    return Signal(active, where(through, seen), where(through, expected), "1", electricity=lost * hours.length_h)


def flow_low(view: View) -> Signal:
    """A pump moves less at its speed than it used to."""
    speed = view.mean("speed_pct")
    per = share(view.mean("flow"), np.where(speed > view.limit("least_pct"), speed, 0.0))
    hours, below = view.hours, view.limit("below")
    count = np.bincount(hours.days, weights=np.isfinite(per))
    days = np.array([np.nanmedian(per[hours.days == d]) if n >= 3 else np.nan for d, n in enumerate(count)])
    past = against_past(days, lambda day, median, _: day < (1.0 - below) * median, window=28, least=5)
    usual = hours.hourly(np.where(np.isfinite(past.expected), past.expected, view.limit("usual")))
    active = per < (1.0 - below) * usual
    return Signal(active, per * speed, usual * speed, "m³/h")


def recovery_cop_low(view: View) -> Signal:
    """A recovery unit (exchanger and heat pump) gives less heat for its electricity than it used to, by days."""
    hours, below = view.hours, view.limit("below")
    heat, power = hours.daily(view.mean("heat_kw")), hours.daily(view.mean("power"))
    ratio = share(heat, np.where(power > view.limit("least_kwh"), power, 0.0))
    past = against_past(ratio, lambda day, median, _: day < (1.0 - below) * median, window=28, least=7)
    lost = view.mean("power") - view.mean("heat_kw") / hours.hourly(past.expected)
    active = hours.hourly(past.different)
    return Signal(active, hours.hourly(ratio), hours.hourly(past.expected), "1", electricity=lost * hours.length_h)
