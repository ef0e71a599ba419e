"""What a period cost: each line of the bill with its interval, out of reconciled totals and the hours' shape.

Money = amount · mean price. The amount is the period's reconciled total, with its uncertainty; the mean price is
that of the hours as the meter showed them, so day and night, season and weekday count as they do on the bill. The error
of a meter is nearly the same in every hour, so it does not change the shape; what little noise does is left out.
"""

from dataclasses import dataclass
from math import isfinite, nan
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from sdanlegg.balance.arrays import Figure, Totals
from sdanlegg.balance.cost_hours import Calendar, calendar, month_hours, months, prices
from sdanlegg.balance.propagation import (
    LEAST,
    Quantity,
    Sheet,
    add,
    figure,
    number,
    scaled,
    sheet,
    summed,
    unknown,
    variance,
)
from sdanlegg.plan import Term
from sdanlegg.readings import FloatArray, TimeArray
from sdanlegg.tariff import PricePart, Tariff

LEAST_SEEN: Final = 0.9  # share of the hours whose shape must be known


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of the bill [kr]; below 0 where the hall is paid. kw: what a capacity line stands on, or NaN."""

    id: str
    nb: str
    en: str
    figure: Figure
    kw: float = nan


@dataclass(frozen=True, slots=True)
class Cost:
    """The bill: its lines, their sum, and whether VAT is in it."""

    lines: tuple[CostLine, ...]
    total: Figure
    currency: str
    with_vat: bool


@dataclass(frozen=True, slots=True)
class Hours:
    """What flowed over the hall's electricity meter in K hours between edges [kWh]; NaN where it is not known."""

    edges_ns: TimeArray
    bought: FloatArray
    sold: FloatArray


def cost(tariff: Tariff, zone: ZoneInfo, totals: Totals, hours: Hours) -> Cost:
    """Work out the bill of a period whose totals and hours are the same stretch of time.

    A line is NaN with coverage 0 if its amount is not known, if less than nine tenths of the time has hours and a
    price, or, for capacity and fixed lines, if a month has no price. A month that the period covers in part bears its
    fixed part and its capacity by its share of hours, the highest hours being those of the period. Steps: kr a month
    below up_to_kw; otherwise kr for each kW.
    """
    of, when = sheet(totals), calendar(hours.edges_ns, zone)
    made = [(part, *_line(part, tariff, zone, (of, hours, when))) for part in tariff.parts]
    taxed = [scaled(q, 1.0 + part.vat_pct / 100.0) if tariff.with_vat else q for part, q, _ in made]
    lines = tuple(
        CostLine(part.id, part.nb, part.en, figure(quantity, of, tariff.currency), kw)
        for (part, _, kw), quantity in zip(made, taxed, strict=True)
    )
    return Cost(lines, figure(add(taxed, of), of, tariff.currency), tariff.currency, tariff.with_vat)


_Period = tuple[Sheet, Hours, Calendar]


def _line(part: PricePart, tariff: Tariff, zone: ZoneInfo, period: _Period) -> tuple[Quantity, float]:
    of, hours, when = period
    if part.by == "month":
        return _monthly(part, zone, of, when), nan
    if part.by == "capacity":
        return _capacity(part, _amount(tariff.bought, of), zone, period)
    flows, shape, sign = {
        "energy": (tariff.bought, hours.bought, 1.0),
        "sold": (tariff.sold, hours.sold, -1.0),
        "water": (tariff.water, when.length_h, 1.0),
    }[part.by]
    amount = _amount(flows, of)
    price, seen = _mean_price(prices(part.rates, when), shape, when)
    if not isfinite(price):
        return unknown(of, amount.missing), nan
    quantity = scaled(amount, sign * price)
    return Quantity(quantity.value, quantity.gradient, quantity.coverage * seen, quantity.missing), nan


def _amount(flows: tuple[str, ...], of: Sheet) -> Quantity:
    return summed((Term(flow) for flow in flows), of)


def _mean_price(price: FloatArray, shape: FloatArray, when: Calendar) -> tuple[float, float]:
    """Mean price weighed by the shape (K,), and the share of the time that has both; NaN and 0 if it is too little."""
    known = np.isfinite(price) & np.isfinite(shape)
    seen = float(when.length_h[known].sum() / when.length_h.sum()) if when.length_h.size else 0.0
    if seen < LEAST_SEEN:
        return nan, 0.0
    weight = shape[known]
    if weight.sum() <= LEAST:  # nothing flowed: any hour's price will do
        return float(price[known].mean()), seen
    return float(np.average(price[known], weights=weight)), seen


def _monthly(part: PricePart, zone: ZoneInfo, of: Sheet, when: Calendar) -> Quantity:
    """Fixed part: the price of a month where it begins, by the share of its hours that the period holds."""
    price = prices(part.rates, when)
    sums = [price[rows][0] * when.length_h[rows].sum() / month_hours(first, zone) for first, rows in months(when)]
    return number(of, float(sum(sums)))


def _capacity(part: PricePart, bought: Quantity, zone: ZoneInfo, period: _Period) -> tuple[Quantity, float]:
    """Capacity of each month: kr times the mean of the highest hour of so many days, and the highest such mean [kW]."""
    of, hours, when = period
    seen = float(when.length_h[np.isfinite(hours.bought)].sum() / when.length_h.sum()) if when.length_h.size else 0.0
    if seen < LEAST_SEEN or not isfinite(bought.value):
        return unknown(of, bought.missing), nan
    power = hours.bought / when.length_h
    whole = float(np.nansum(hours.bought)) / seen
    fit = bought.value / whole if whole > LEAST else 1.0  # the hours' sum made the reconciled total
    off = variance(bought, of) ** 0.5 / bought.value if bought.value > LEAST else 0.0
    price = prices(part.rates, when)
    money, spread, highest = 0.0, 0.0, 0.0
    for first, rows in months(when):
        share = float(when.length_h[rows].sum()) / month_hours(first, zone)
        kw = fit * _peak(power[rows], when.day[rows], part.highest)
        money += share * (_step_price(part, kw) if part.steps else kw * float(price[rows][0]))
        spread += share * 0.5 * (_step_price(part, kw * (1.0 + off)) - _step_price(part, kw * (1.0 - off)))
        highest = max(highest, kw)
    # A month's power has the meter's error, and so has the period's total: money changes as the total does, and by
    # steps as far as that error may reach.
    by_kwh = 0.0 if part.steps or bought.value <= LEAST else money / bought.value
    covered = min(seen, bought.coverage)
    return Quantity(money, by_kwh * bought.gradient, covered, bought.missing, spread * spread), highest


def _peak(power: FloatArray, day: TimeArray, highest: int) -> float:
    """Mean of the highest hour of so many days [kW]: those days that have the highest; NaN without any hour."""
    known = np.isfinite(power)
    tops = [float(power[known & (day == one)].max()) for one in np.unique(day[known])]
    return float(np.mean(sorted(tops)[-highest:])) if tops else nan


def _step_price(part: PricePart, kw: float) -> float:
    """Price of a month by the step that the power is in: the last one has no upper end; 0 without steps."""
    if not part.steps:
        return 0.0
    return next((step.kr for step in part.steps if kw < step.up_to_kw), part.steps[-1].kr)
