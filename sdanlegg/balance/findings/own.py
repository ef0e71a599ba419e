"""What a meter's own signals tell: gauge against counter, standing still, sensors in each other's place.

Nothing here needs the balance, so it finds at once what is grossly wrong. Hours of a sound hall set the measure; limits
are wide, since small faults are found by what changes (changes.py).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.balance.findings.series import Hours, ranges
from sdanlegg.network import Measurement, Network
from sdanlegg.readings import FloatArray

SPAN_H: Final = 6  # over which gauge and counter are compared: a counter of whole pulses needs some time
AGREE: Final = 1.5  # factor up to which they may differ over a span, short runs between two readings included
STILL_H: Final = 3  # for one that never did
STILL_MORE_H: Final = 6  # for one that did
STILL_TIMES: Final = 4  # and so many times as long as ever before
SENSORS_K: Final = 0.5
STILL_PAST_H: Final = 21 * 24


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of a bad meter over K hours: kind, active (K,), points, seen and expected (K,) in unit."""

    kind: str
    points: tuple[str, ...]
    active: BoolArray
    seen: FloatArray
    expected: FloatArray
    unit: str
    hold_h: float = 1.0
    gap_h: float = 24.0


def signs(hours: Hours, network: Network, watched: tuple[str, ...], heat_meters: tuple[str, ...]) -> list[Sign]:
    """Every sign that the meters of the network, the watched gauges and the heat meters may give."""
    found = []
    for meter in {(m.counter, m.power): m for flow in network.flows for m in flow.measured}.values():
        found += _of_meter(hours, meter)
    gauges = [m.power for flow in network.flows for m in flow.measured if m.power and m.counter]
    found += [_still(hours, point) for point in dict.fromkeys((*watched, *gauges))]
    found += [_sensors(hours, device) for device in heat_meters]
    return found


def _of_meter(hours: Hours, meter: Measurement) -> list[Sign]:
    counter, power = meter.counter, meter.power
    if counter is None:
        return []
    found = [_began_anew(hours, counter)]
    if power is None:
        return found
    counted = _over_span(hours.gained(counter))
    shown = _over_span(hours.mean(power) * hours.length_h)
    usual = _usual(counted)
    stands = (np.abs(counted) <= 0.02 * usual) & (np.abs(shown) > 0.3 * usual)
    both = (counted > 0.3 * usual) | (np.abs(shown) > 0.3 * usual)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = shown / counted
    apart = both & (counted > 0.02 * usual) & ((ratio > AGREE) | (ratio < 1.0 / AGREE))
    unit = "kWh" if counter.endswith("kwh") else "m³"
    names = (counter, power)
    found += [
        Sign("reversed", names, stands & (shown < 0.0), shown, counted, unit, SPAN_H),
        Sign("counter_stands", names, stands & (shown > 0.0), counted, shown, unit, SPAN_H),
        Sign("gauge_and_counter", names[::-1], apart, shown, counted, unit, SPAN_H),
    ]
    return found


def _over_span(hourly: FloatArray) -> FloatArray:
    """Sums (K,) over the last SPAN_H hours, NaN where one is or there are fewer."""
    summed = np.full(len(hourly), np.nan)
    if len(hourly) >= SPAN_H:
        summed[SPAN_H - 1 :] = np.lib.stride_tricks.sliding_window_view(hourly, SPAN_H).sum(axis=1)
    return summed


def _usual(spans: FloatArray) -> FloatArray:
    """What a span usually counts (K,): the mean of all before it, itself not among them; NaN in the first week."""
    known = np.nan_to_num(spans)
    before = np.concatenate([[0.0], np.cumsum(known)[:-1]])
    count = np.concatenate([[0.0], np.cumsum(np.isfinite(spans))[:-1]])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((count >= 7 * 24) & (before > 0.0), before / count, np.nan)


def _began_anew(hours: Hours, counter: str) -> Sign:
    k = hours.column.get(counter)
    if k is None:
        nothing = np.full(len(hours.length_h), np.nan)
        return Sign("counter_anew", (counter,), np.zeros(len(nothing), np.bool_), nothing, nothing, "")
    at = hours.observed.at[:, k]
    fell = np.diff(at) < -1e-6 * np.abs(at[:-1])
    unit = "kWh" if counter.endswith("kwh") else "m³"
    return Sign("counter_anew", (counter,), fell, at[1:], at[:-1], unit, 1.0, 0.0)


def _still(hours: Hours, point: str) -> Sign:
    """The same mean, to the last digit, for far longer than ever before; a gauge may rest at nothing for ever."""
    mean = hours.mean(point)
    same = np.zeros(len(mean), np.bool_)
    same[1:] = (np.diff(mean) == 0.0) & (mean[1:] != 0.0)
    still, longest = np.zeros(len(mean), np.bool_), 0
    for start, end in ranges(same, 1, 0):
        if start >= STILL_PAST_H and end - start >= (STILL_H if longest == 0 else STILL_MORE_H + STILL_TIMES * longest):
            still[start:end] = True
        else:
            longest = max(longest, end - start)
    return Sign("stuck", (point,), still, mean, np.full(len(mean), np.nan), "", STILL_H, 1.0)


def _sensors(hours: Hours, device: str) -> Sign:
    """The return is warmer than the supply while water flows."""
    flow = hours.mean(f"{device}.flow")
    supply, back = hours.mean(f"{device}.supply_t"), hours.mean(f"{device}.return_t")
    most = np.nanmax(flow) if np.isfinite(flow).any() else np.nan
    active = (flow > 0.2 * most) & (supply < back - SENSORS_K)
    return Sign("sensors_swapped", (f"{device}.supply_t", f"{device}.return_t"), active, supply, back, "°C", 3.0)
