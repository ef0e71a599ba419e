"""The ET-kurve of a period as JSON takes it: days or weeks, the curve through them, its band, who is outside. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np

from sdanlegg.balance.day_types import TYPES, day_types, weeks
from sdanlegg.balance.et_curve import EtCurve, Expected, Kind, choose, et_curve, judge
from sdanlegg.balance.evaluate import Evaluation, Hall, dates, lasts_whole, mean_daily, used_daily
from sdanlegg.balance.opening import closed_days
from sdanlegg.balance_answers import Json, number
from sdanlegg.holidays import public_holidays
from sdanlegg.plan import KpiPlan
from sdanlegg.readings import FloatArray, IntArray

By = Literal["day", "week"]
LEAST_COVERED: Final = 0.8  # of a day's temperatures
STEP_T: Final = 0.5  # °C between the points of the line


@dataclass(frozen=True, slots=True)
class Observations:
    """n days or weeks: first date, mean outdoor temperature [°C], electricity used [kWh], type; coverage of both."""

    first: tuple[date, ...]
    t: FloatArray
    energy: FloatArray
    types: IntArray
    coverage: FloatArray


def observations(hall: Hall, plan: KpiPlan, outdoor: str, evaluation: Evaluation, by: By) -> Observations:
    """What the curve rests on: whole local days, or whole weeks of them."""
    days, t_covered = dates(evaluation, hall.zone), mean_daily(outdoor, evaluation)
    t, covered = t_covered
    known = lasts_whole(evaluation, hall.zone)
    t = np.where((covered >= LEAST_COVERED) & known, t, np.nan)
    energy, told = used_daily(plan, evaluation)
    energy = np.where(known, energy, np.nan)
    coverage = np.where(np.isfinite(t) & np.isfinite(energy), np.minimum(covered, told), 0.0)
    if by == "day":
        types = day_types(days, _holidays(days), closed_days(hall.opening))
        return Observations(tuple(days), t, energy, types, coverage)
    mondays, t, energy = weeks(days, t, energy)
    _, _, added = weeks(days, t_covered[0], coverage)
    return Observations(mondays, t, energy, np.zeros(len(mondays), np.int32), added / 7.0)


def _holidays(days: Iterable[date]) -> frozenset[date]:
    return frozenset().union(*(public_holidays(year) for year in {day.year for day in days}))


def curve_answer(hall: Hall, plan: KpiPlan, outdoor: str, evaluation: Evaluation, by: By, kind: Kind | None) -> Json:
    """Points, line, band and what is outside; without a kind, the one that fits best (BIC). No curve: line None."""
    seen = observations(hall, plan, outdoor, evaluation, by)
    curve = choose(seen.t, seen.energy, seen.types) if kind is None else et_curve(seen.t, seen.energy, seen.types, kind)
    held = judge(curve, seen.t, seen.energy, seen.types)
    return {
        "by": by,
        "unit": "kWh",
        "points": [_point(seen, curve, held, i, by) for i in range(len(seen.first))],
        "line": _line(seen, curve, by) if curve.known else None,
        "band": {"confidence": 0.95, "of": "a new day" if by == "day" else "a new week"} if curve.known else None,
        "outside": [seen.first[i].isoformat() for i in np.flatnonzero(held.outside).tolist()],
        "kind": curve.kind if curve.known else None,
        "change_t": number(curve.change),
        "coefficients": dict(zip(curve.fit.names, curve.fit.coefficients.tolist(), strict=True)) if curve.known else {},
        "r2": number(curve.fit.r2),
        "cv": number(curve.fit.cv),
        "used": int(curve.used.sum()),
    }


def _point(seen: Observations, curve: EtCurve, held: Expected, i: int, by: By) -> Json:
    return {
        "date": seen.first[i].isoformat(),
        "t": number(seen.t[i]),
        "kwh": number(seen.energy[i]),
        "type": TYPES[int(seen.types[i])] if by == "day" else "week",
        "expected": number(held.expected[i]),
        "low": number(held.low[i]),
        "high": number(held.high[i]),
        "deviation": number(held.deviation[i]),
        "share": number(held.share[i]),
        "outside": bool(held.outside[i]),
        "used": bool(curve.used[i]),
        "coverage": float(seen.coverage[i]),
    }


def _line(seen: Observations, curve: EtCurve, by: By) -> list[Json]:
    """The curve and its band over the temperatures that were seen, for each type of day."""
    known = seen.t[curve.used]
    t = np.arange(np.floor(known.min()), np.ceil(known.max()) + STEP_T, STEP_T)
    found = []
    for type_ in curve.types:
        held = judge(curve, t, np.full(t.size, np.nan), np.full(t.size, type_, np.int32))
        found.append(
            {
                "type": TYPES[type_] if by == "day" else "week",
                "t": t.tolist(),
                "expected": held.expected.tolist(),
                "low": held.low.tolist(),
                "high": held.high.tolist(),
            }
        )
    return found
