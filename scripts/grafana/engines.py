"""How InfluxDB and VictoriaMetrics are asked for a hall's curves, and the panels made of the questions."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final

from scripts.grafana.hall import Curve, Json, Panel

INFLUX: Final = {"type": "influxdb", "uid": "${datasource}"}
VICTORIA: Final = {"type": "prometheus", "uid": "${datasource}"}
UNSURE: Final = 0x4000  # qualities from here on are not good
BAD: Final = 0x8000
_SITE: Final = "\"site\" = '$site'"
_HEARD: Final = "Siste livstegn / Last heartbeat"
_UNSURE: Final = "Verdier som ikke er gode, per enhet / Values that are not good, by device"


def ref(i: int) -> str:
    """A, B, … Z, AA, …"""
    return (ref(i // 26 - 1) if i >= 26 else "") + chr(ord("A") + i % 26)


class Engine(ABC):
    """How an engine is asked; what both have in common."""

    source: Json

    @abstractmethod
    def query(self, curve: Curve, how: str) -> Json:
        """Target of a curve, without its letter."""

    def panel(self, panel: Panel) -> Json:
        """A panel of curves, without its place."""
        targets = [self.query(curve, panel.how) | {"refId": ref(i)} for i, curve in enumerate(panel.curves)]
        kind = "stat" if panel.how == "now" else "timeseries"
        made = self.bare(kind, panel.title, targets, panel.unit, panel.width, panel.height)
        if kind == "timeseries":
            bars = panel.how == "day"
            custom = {
                "drawStyle": "bars" if bars else "line",
                "fillOpacity": 60 if bars else 10,
                "spanNulls": False,  # a gap is a gap
                "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
            }
            made["fieldConfig"]["defaults"]["custom"] = custom
        return made

    def bare(self, kind: str, title: str, targets: Sequence[Json], unit: str, width: int, height: int) -> Json:
        """A panel of any kind, without its place."""
        return {
            "type": kind,
            "title": title,
            "datasource": self.source,
            "gridPos": {"w": width, "h": height},
            "interval": "1m",
            "targets": [{"datasource": self.source} | target for target in targets],
            "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
            "options": {},
        }


class InfluxQl(Engine):
    """InfluxDB 1.8, 2 (with a DBRP mapping) and 3 by InfluxQL."""

    source = INFLUX

    def query(self, curve: Curve, how: str) -> Json:
        """Bad values are kept in history and left out here."""
        device, _, point = curve.point.partition(".")
        which = f"""{_SITE} AND "device" = '{device}' AND "point" = '{point}' AND "quality" < {BAD}"""
        source = f'FROM "{curve.quantity}" WHERE {which} AND $timeFilter'
        last = f'non_negative_difference(last("value")) {source}'
        text = {
            "mean": f'SELECT mean("value") {source} GROUP BY time($__interval) fill(null)',
            "day": f"SELECT {last} GROUP BY time(1d) fill(none) tz('Europe/Oslo')",
            "now": f'SELECT last("value") {source}',
        }[how]
        return self.target(text, curve.legend)

    def target(self, text: str, alias: str, form: str = "time_series") -> Json:
        """Target of a query as text."""
        return {"rawQuery": True, "query": text, "resultFormat": form, "alias": alias}

    def heartbeat(self, width: int, height: int) -> Json:
        """When the hall's feed was last heard."""
        newest = f'last("heartbeat") * 1000 FROM "hall" WHERE {_SITE}'
        target = self.target(f"SELECT {newest}", _HEARD)
        return self.bare("stat", _HEARD, [target | {"refId": "A"}], "dateTimeFromNow", width, height)

    def data_panels(self) -> tuple[Json, ...]:
        """On the age and the quality of what comes."""
        by_device = 'GROUP BY time($__interval), "device" fill(none)'
        unsure = f'count("quality") FROM /.*/ WHERE {_SITE} AND "quality" >= {UNSURE} AND $timeFilter {by_device}'
        newest = f'last("quality") AS "quality" FROM /.*/ WHERE {_SITE} AND time > now() - 1d GROUP BY "device"'
        count = self.target(f"SELECT {unsure}", "$tag_device") | {"refId": "A"}
        table = self.target(f"SELECT {newest}", "$tag_device", "table") | {"refId": "A"}
        title = "Nyeste verdi per enhet / Newest value by device"
        return (
            self.bare("timeseries", _UNSURE, [count], "short", 12, 8),
            self.bare("table", title, [table], "none", 12, 8),
        )

    def any_point(self) -> Json:
        """What the variables choose."""
        which = f'{_SITE} AND "device" =~ /^$device$/ AND "point" =~ /^$point$/ AND $timeFilter'
        tags = '"device", "point", "unit"'
        text = f'mean("value") FROM /.*/ WHERE {which} GROUP BY time($__interval), {tags} fill(null)'
        target = self.target(f"SELECT {text}", "$tag_device.$tag_point $tag_unit") | {"refId": "A"}
        return self.bare("timeseries", "$device · $point", [target], "none", 24, 10)


class MetricsQl(Engine):
    """VictoriaMetrics by MetricsQL; <quantity>_value and <quantity>_quality."""

    source = VICTORIA

    def query(self, curve: Curve, how: str) -> Json:
        """Values of any quality: it stands in a series of its own."""
        device, _, point = curve.point.partition(".")
        series = f'{curve.quantity}_value{{site="$site",device="{device}",point="{point}"}}'
        text = {
            "mean": f"avg_over_time({series}[$__interval])",
            "day": f"increase({series}[1d])",
            "now": f"last_over_time({series}[1h])",
        }[how]
        return self.target(text, curve.legend) | ({"interval": "1d"} if how == "day" else {})

    def target(self, text: str, legend: str, *, instant: bool = False) -> Json:
        """Target of a query as text."""
        return {"editorMode": "code", "expr": text, "legendFormat": legend, "instant": instant, "range": not instant}

    def heartbeat(self, width: int, height: int) -> Json:
        """When the hall's feed was last heard."""
        target = self.target('1000 * tlast_over_time(hall_heartbeat{site="$site"}[30d])', _HEARD, instant=True)
        return self.bare("stat", _HEARD, [target | {"refId": "A"}], "dateTimeFromNow", width, height)

    def data_panels(self) -> tuple[Json, ...]:
        """On the age and the quality of what comes."""
        every = '{__name__=~".+_quality",site="$site"}'
        unsure = f"sum by (device) (count_gt_over_time({every}[$__interval], {UNSURE - 1})) > 0"
        age = f"sort_desc(time() - max by (device) (tlast_over_time({every}[1d])))"
        count = self.target(unsure, "{{device}}") | {"refId": "A"}
        ages = self.target(age, "{{device}}", instant=True) | {"refId": "A"}
        title = "Alder på nyeste verdi / Age of the newest value"
        return (
            self.bare("timeseries", _UNSURE, [count], "short", 12, 8),
            self.bare("bargauge", title, [ages], "s", 12, 8),
        )

    def any_point(self) -> Json:
        """What the variables choose."""
        text = 'avg_over_time({__name__=~".+_value",site="$site",device=~"$device",point=~"$point"}[$__interval])'
        target = self.target(text, "{{device}}.{{point}} {{unit}}") | {"refId": "A"}
        return self.bare("timeseries", "$device · $point", [target], "none", 24, 10)
