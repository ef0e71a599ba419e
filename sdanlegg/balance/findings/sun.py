"""Rules of the solar cells. Each takes a View, gives a Signal (K,)."""

import numpy as np

from sdanlegg.balance.findings.series import against_past
from sdanlegg.balance.findings.view import Signal, View, share
from sdanlegg.readings import FloatArray


def _yields(view: View) -> tuple[list[FloatArray], list[FloatArray]]:
    """Yield per irradiance of each array (K,), NaN in weak light, put right for the modules' temperature; and light."""
    cooled = 1.0 + view.limit("per_k") * (view.mean("module_t") - 25.0)
    lights = [np.where(poa > view.limit("least_w_m2"), poa * cooled, np.nan) for poa in view.each("irradiance")]
    return view.each("power"), lights


def modules_hidden(view: View) -> Signal:
    """Modules give far less than the sun on them would: snow lies on them, or something else hides them."""
    hours = view.hours
    (power,), (light,) = _yields(view)
    days = share(hours.daily(np.where(np.isnan(light), 0.0, power)), hours.daily(np.nan_to_num(light)))
    below = view.limit("below")
    past = against_past(days, lambda day, median, _: day < (1.0 - 0.5 * below) * median, window=40, least=3)
    usual = hours.hourly(np.where(np.isfinite(past.expected), past.expected, view.limit("usual_kw_per_w_m2")))
    due = light * usual
    return Signal(power < (1.0 - below) * due, power, due, "kW", electricity=(due - power) * hours.length_h)


def modules_dirty(view: View) -> Signal:
    """All arrays together give evenly less for the sun on them than they used to, by sunny days."""
    hours = view.hours
    powers, lights = _yields(view)
    below = view.limit("below")
    low, lost = [], np.zeros(len(hours.length_h))
    seen, expected = np.zeros(len(lost)), np.zeros(len(lost))
    for power, light in zip(powers, lights, strict=True):
        lit = hours.daily(np.nan_to_num(light) * hours.length_h)
        made = hours.daily(np.where(np.isnan(light), 0.0, power * hours.length_h))
        days = share(made, np.where(lit > view.limit("least_wh_m2"), lit, 0.0))
        past = against_past(days, lambda day, median, _: day < (1.0 - below) * median, window=28, least=7)
        low.append(hours.hourly(past.different))
        due = hours.hourly(past.expected) * np.nan_to_num(light)
        seen, expected = seen + np.where(np.isnan(light), 0.0, power), expected + due
        lost = lost + due - np.where(np.isnan(light), 0.0, power)
    return Signal(np.all(low, axis=0), seen, expected, "kW", electricity=lost * hours.length_h)
