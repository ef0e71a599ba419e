"""Answers of the balance as a table: a row a figure, or of the ET-kurve a row a day. Missing is empty. Pure."""

import csv
import io
from collections.abc import Iterator
from typing import Final

from sdanlegg.balance_answers import Json

FIGURE_COLUMNS: Final = (
    *("start", "end", "part", "id", "nb", "en", "quantity", "value", "low", "high", "unit", "coverage", "note"),
)
POINT_COLUMNS: Final = (
    *("date", "type", "t", "kwh", "expected", "low", "high", "deviation", "share", "outside", "used", "coverage"),
)
POST_FIGURES: Final = ("electricity", "heat")
CARRIER_FIGURES: Final = ("delivered", "produced", "exported", "on_site", "used")
CO2_FIGURES: Final = ("delivered", "credit", "k_exp_0", "k_exp_1")
SAVING_FIGURES: Final = ("heat", "electricity", "water", "chlorine", "exported", "cost")
NAMELESS: Final[Json] = {"nb": "", "en": ""}


def sheet(told: Json) -> str:
    """CSV of an answer, comma and point, with a header row."""
    text = io.StringIO(newline="")
    columns = POINT_COLUMNS if "points" in told else FIGURE_COLUMNS
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(told["points"] if "points" in told else _rows(told))
    return text.getvalue()


def _rows(told: Json) -> Iterator[Json]:
    period = {"start": told["start"], "end": told["end"]}
    for kpi in told.get("kpis", []):
        yield _row(period, "kpi", kpi, "", kpi["figure"], _note(kpi))
    for post in told.get("posts", []):
        for quantity in POST_FIGURES:
            yield _row(period, "post", post, quantity, post[quantity], _note(post))
    for name in ("posts_used", "posts_left", "posts_left_pct"):
        if name in told:
            yield _row(period, "post", {"id": name}, "electricity", told[name])
    yield from _carriers(period, told)
    cost = told.get("cost") or {"lines": []}
    for line in cost["lines"]:
        yield _row(period, "cost", line, "", line["figure"])
    if "total" in cost:
        yield _row(period, "cost", {"id": "total"}, "", cost["total"])
    yield from _measures(period, told)
    for interval in told.get("intervals", []):
        yield from _interval(interval)


def _carriers(period: Json, told: Json) -> Iterator[Json]:
    for carrier in told.get("carriers", []):
        for quantity in CARRIER_FIGURES:
            yield _row(period, "carrier", carrier, quantity, carrier[quantity])
        for one in carrier["co2"]:
            for quantity in CO2_FIGURES:
                label = f"co2.{one['factors']}.{quantity}"
                yield _row(period, "carrier", carrier, label, one[quantity], one["refusal"] or "")


def _measures(period: Json, told: Json) -> Iterator[Json]:
    for measure in told.get("measures", []):
        for quantity in SAVING_FIGURES:
            yield _row(period, "measure", measure, quantity, measure[quantity])
        for one in measure["co2"]:
            yield _row(period, "measure", measure, f"co2.{one['factors']}", one["figure"])


def _interval(interval: Json) -> Iterator[Json]:
    for flow in interval["flows"]:
        note = "; ".join([flow["how"], *(["suspect"] if flow["suspect"] else [])])
        yield _row(interval, "flow", flow, flow["carrier"], flow["figure"], note)
    for node in interval["nodes"]:
        yield _row(interval, "node", node, "residual", node["figure"], ", ".join(node["unmeasured"]))
        yield _row(interval, "node", node, "unaccounted", node["unaccounted_pct"])
        if node["gain"] is not None:
            yield _row(interval, "node", node, "gain", node["gain"])


def _row(period: Json, part: str, of: Json, quantity: str, figure: Json, note: str = "") -> Json:
    name = of.get("name") or NAMELESS
    told = {"part": part, "id": of["id"], "nb": name["nb"], "en": name["en"], "quantity": quantity, "note": note}
    return {"start": period["start"], "end": period["end"], **told, **figure}


def _note(of: Json) -> str:
    gap = of["gap"]["en"] if of["gap"] else ""
    return gap or ", ".join(of["missing"])
