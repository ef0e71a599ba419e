"""What the public may see, as one small snapshot: power in and out now, today's energy, a few temperatures.

Energy in is counted at the source side, so condenser heat and compressor electricity are never added; what the meters
do not explain stands as its own bar, so that in equals out in every snapshot.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson

from sdanlegg.clock import SECOND_NS
from sdanlegg.foyer_scene import scene
from sdanlegg.live import LiveView
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, severity
from sdanlegg.site import Flow, Name, Site

SCHEMA = 1
UNMEASURED = Name("Ikke målt", "Not measured")
WHOLE_DAY_SLACK_NS = 15 * 60 * SECOND_NS  # a counter read this near midnight, and this near now, covers the day


@dataclass(frozen=True, slots=True)
class Start:
    """What a counter showed first today: its value (kWh) and when it was read."""

    value: float
    t_ns: int


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum over points: NaN when one of them has no value; the worst quality, the oldest sample's time."""

    value: float
    quality: int
    t_ns: int


def midnight_ns(now_ns: int, zone: ZoneInfo) -> int:
    """Start of the local day that now_ns lies in, ns UTC; right on days of 23 and 25 hours."""
    local = datetime.fromtimestamp(now_ns // SECOND_NS, zone)
    start = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return int(start.timestamp()) * SECOND_NS


def next_midnight_ns(now_ns: int, zone: ZoneInfo) -> int:
    """Start of the next local day, ns UTC."""
    local = datetime.fromtimestamp(now_ns // SECOND_NS, zone) + timedelta(days=1)
    start = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return int(start.timestamp()) * SECOND_NS


def power(flow: Flow, points: PointTable, view: LiveView) -> Amount:
    """Power of a flow, kW, never negative: what runs the other way belongs to another bar."""
    total, quality, oldest = 0.0, 0, view.t_ns
    for name in flow.power:
        column = points.column[name.removeprefix("-")]
        value = float(view.values[column])
        total += -value if name.startswith("-") else value
        quality = max(quality, int(view.quality[column]))
        oldest = min(oldest, int(view.sample_t_ns[column]))
    known = quality < BAD and not np.isnan(total)
    return Amount(max(total, 0.0) if known else np.nan, quality, oldest)


def energy_today(
    flow: Flow, points: PointTable, view: LiveView, starts: Mapping[str, Start], midnight: int
) -> tuple[float, float]:
    """Energy of a flow since midnight, kWh, and the share of that time which its counters cover.

    NaN and 0 when a counter is missing, was not read today, or fell since (it was reset: the day cannot be told).
    """
    total, coverage = 0.0, 1.0
    for signed in flow.energy:
        name = signed.removeprefix("-")
        column = points.column[name]
        start = starts.get(name)
        if start is None or view.quality[column] >= BAD or not view.values[column] >= start.value:
            return np.nan, 0.0
        grown = float(view.values[column]) - start.value
        total += -grown if signed != name else grown
        coverage = min(coverage, _coverage(start.t_ns, int(view.sample_t_ns[column]), midnight, view.t_ns))
    return max(total, 0.0), coverage


def _coverage(first_ns: int, last_ns: int, midnight: int, now_ns: int) -> float:
    """Share of the day so far between the first and the last reading; short ends count as covered."""
    first = midnight if first_ns - midnight <= WHOLE_DAY_SLACK_NS else first_ns
    last = now_ns if now_ns - last_ns <= WHOLE_DAY_SLACK_NS else last_ns
    return (last - first) / (now_ns - midnight) if now_ns > midnight else 1.0


def snapshot(site: Site, view: LiveView, starts: Mapping[str, Start], midnight: int, build: str) -> dict[str, Any]:
    """Build the snapshot. Figures that cannot be told are None; nothing here tells more than the page shows."""
    amounts = [(flow, power(flow, site.points, view)) for flow in site.flows]
    bars = [_bar(site, flow, amount, view, starts, midnight) for flow, amount in amounts]
    known = [(flow, amount.value) for flow, amount in amounts if not np.isnan(amount.value)]
    into = sum(value for flow, value in known if flow.direction == "in")
    out = sum(value for flow, value in known if flow.direction == "out")
    total = max(into, out)
    if known and abs(into - out) > 0:
        bars.append(_rest("in" if into < out else "out", abs(into - out)))
    renewable = sum(value for flow, value in known if flow.renewable)
    newest = max((amount.t_ns for _, amount in amounts if not np.isnan(amount.value)), default=None)
    return {
        "schema": SCHEMA,
        "build": build,
        "site": {"id": site.id, "name": _name(site.name)},
        "t_ms": view.t_ns // 1_000_000,
        "data_t_ms": None if newest is None else newest // 1_000_000,
        "in_kw": _number(total) if known else None,
        "out_kw": _number(total) if known else None,
        "coverage": round(len(known) / len(amounts), 3) if amounts else 0.0,
        "renewable_share": round(renewable / total, 4) if total > 0 else None,  # of what is measured; see coverage
        "flows": bars,
        "scene": scene(site, view),
        "values": [_shown(site, shown.point, shown.name, view) for shown in site.shown],
    }


def _bar(
    site: Site, flow: Flow, amount: Amount, view: LiveView, starts: Mapping[str, Start], midnight: int
) -> dict[str, Any]:
    today, coverage = energy_today(flow, site.points, view, starts, midnight)
    return {
        "id": flow.id,
        "direction": flow.direction,
        "carrier": flow.carrier,
        "renewable": flow.renewable,
        "name": _name(flow.name),
        "kw": _number(amount.value),
        "quality": severity(amount.quality),
        "age_s": _age_s(amount.t_ns, view.t_ns),
        "today_kwh": _number(today),
        "today_coverage": round(coverage, 3),
    }


def _rest(direction: str, kw: float) -> dict[str, Any]:
    """The bar of what the meters do not explain: losses, storage, meter error."""
    return {
        "id": "unmeasured",
        "direction": direction,
        "carrier": "mixed",
        "renewable": False,
        "name": _name(UNMEASURED),
        "kw": _number(kw),
        "quality": "uncertain",
        "age_s": 0.0,
        "today_kwh": None,
        "today_coverage": 0.0,
    }


def _shown(site: Site, point_id: str, name: Name, view: LiveView) -> dict[str, Any]:
    column = site.points.column[point_id]
    quality = int(view.quality[column])
    return {
        "id": point_id,
        "kind": site.points.points[column].kind,
        "name": _name(name),
        "value": _number(float(view.values[column]) if quality < BAD else np.nan),
        "unit": site.points.points[column].unit,
        "quality": severity(quality),
        "age_s": _age_s(int(view.sample_t_ns[column]), view.t_ns),
    }


def _name(name: Name) -> dict[str, str]:
    return {"nb": name.nb, "en": name.en}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 3)


def _age_s(sample_ns: int, now_ns: int) -> float | None:
    """Age of a sample; None if there never was one."""
    return round(max(now_ns - sample_ns, 0) / SECOND_NS, 1) if sample_ns > 0 else None


def write_atomically(path: Path, content: dict[str, Any]) -> None:
    """Put the snapshot where readers never see half of it; OSError if the disk does not take it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(orjson.dumps(content))
    part.replace(path)
