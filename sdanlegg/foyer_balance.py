"""What the foyer tells of the balance: renewable share of the heat, and what the hall's measures saved today. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sdanlegg.balance_answers import Json
from sdanlegg.clock import SECOND_NS

RENEWABLE: Final = "renewable_share"  # key figure of kpis.toml, in percent
SAVED: Final = ("heat", "electricity", "water", "cost")


@dataclass(frozen=True, slots=True)
class Told:
    """Answers of the balance: key figures of the last whole hour and of today, savings of today; None: none."""

    now: Json | None = None
    today: Json | None = None
    saved: Json | None = None


def shown(told: Told, now_ns: int) -> Json:
    """Fields of the snapshot; null where nothing is known."""
    return {
        "renewable_heat": {"now": _share(told.now, now_ns), "today": _share(told.today, now_ns)},
        "saved_today": _saved(told.saved, now_ns),
    }


def _share(answer: Json | None, now_ns: int) -> Json | None:
    """The renewable share (0 to 1) with its interval; None if kpis.toml has no such figure."""
    kpis = [] if answer is None else answer["kpis"]
    for kpi in kpis:
        if kpi["id"] == RENEWABLE:
            figure = kpi["figure"]
            ends = {name: _percent(figure[name]) for name in ("value", "low", "high")}
            return {**ends, "coverage": round(figure["coverage"], 3), **_time(answer, now_ns)}
    return None


def _percent(value: float | None) -> float | None:
    return None if value is None else round(value / 100.0, 4)


def _saved(answer: Json | None, now_ns: int) -> Json | None:
    if answer is None:
        return None
    measures = [
        {"id": measure["id"], "name": measure["name"], **{name: _rounded(measure[name]) for name in SAVED}}
        for measure in answer["measures"]
    ]
    return {"measures": measures, **_time(answer, now_ns)}


def _rounded(figure: Json) -> Json:
    values = {name: None if figure[name] is None else round(figure[name], 3) for name in ("value", "low", "high")}
    return {**values, "unit": figure["unit"], "coverage": round(figure["coverage"], 3)}


def _time(answer: Json | None, now_ns: int) -> Json:
    """Which hours it is about, ms since 1970, and how long ago the last of them ended."""
    start, end = (0, 0) if answer is None else (_ns(answer["start"]), _ns(answer["end"]))
    return {
        "start_ms": start // 1_000_000,
        "end_ms": end // 1_000_000,
        "age_s": round(max(0, now_ns - end) / SECOND_NS, 1),
    }


def _ns(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND_NS
