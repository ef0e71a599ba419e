"""What a scenario's file holds, key by key, and what is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

from sdanlegg.clock import SECOND_NS
from sdanlegg.config.durations import seconds
from sdanlegg.config.findings import Finding, nearest
from sdanlegg.config.toml_lines import Path_, line_of
from sdanlegg.site import Name
from simulators.scenario.model import Moment


@dataclass(slots=True)
class Page:
    """One file as it was read, with the lines of its keys, and the findings so far."""

    file: Path
    lines: Mapping[Path_, int]
    findings: list[Finding] = field(default_factory=list)

    def find(self, path: Path_, text: str) -> None:
        """Add a finding about a key."""
        self.findings.append(Finding(self.file, line_of(dict(self.lines), path), text))

    def known(self, path: Path_, table: Mapping[str, Any], keys: Iterable[str]) -> None:
        """Find keys that are none."""
        known = list(keys)
        for key in table:
            if key not in known:
                self.find((*path, key), f"unknown key {key!r}{nearest(key, known)}")

    def table(self, path: Path_, table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """Table under a key; empty, and a finding, if there is none."""
        value = table.get(key)
        if isinstance(value, dict):
            return value
        self.find((*path, key), f"the key {key!r} is missing" if value is None else f"{key}: not a table")
        return {}

    def text(self, path: Path_, table: Mapping[str, Any], key: str) -> str:
        """Text under a key; empty, and a finding, if there is none."""
        value = table.get(key)
        if isinstance(value, str) and value.strip():
            return value
        self.find((*path, key), f"the key {key!r} is missing" if value is None else f"{key}: not a text")
        return ""

    def name(self, path: Path_, table: Mapping[str, Any], key: str) -> Name:
        """Text in both languages under a key."""
        both = self.table(path, table, key)
        if not both:
            return Name("", "")
        self.known((*path, key), both, ("nb", "en"))
        return Name(self.text((*path, key), both, "nb"), self.text((*path, key), both, "en"))

    def number(self, path: Path_, table: Mapping[str, Any], key: str, low: float, high: float) -> float | None:
        """Number under a key inside a range; None without the key, and None with a finding if it is none such."""
        value = table.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            self.find((*path, key), f"{key}: {value!r} is not a number")
        elif not low <= value <= high:
            self.find((*path, key), f"{key}: {value:g} is not between {low:g} and {high:g}")
        else:
            return float(value)
        return None

    def duration_s(self, path: Path_, key: str, value: object) -> float | None:
        """Seconds of a text like 30s; None and a finding for anything else."""
        if isinstance(value, str):
            try:
                return seconds(value)
            except ValueError as error:
                self.find((*path, key), f"{key}: {error}")
                return None
        self.find((*path, key), f"{key}: a duration is text with a unit, like 30s or 2h")
        return None

    def texts(self, path: Path_, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """List of texts under a key; empty without the key."""
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.find((*path, key), f"{key}: not a list of texts")
        return ()

    def instant_ns(self, path: Path_, key: str, value: object) -> int | None:
        """Instant of a date-time with an offset, TOML's or text; None and a finding for anything else."""
        given = value
        if isinstance(value, str):
            try:
                given = datetime.fromisoformat(value)
            except ValueError:
                given = value
        if isinstance(given, datetime) and given.tzinfo is not None:
            return round(given.timestamp()) * SECOND_NS
        shape = "write a date-time with its offset, like 2026-01-14T06:00:00+01:00"
        self.find((*path, key), f"{key}: {value} is no instant; {shape}")
        return None

    def moment(self, path: Path_, table: Mapping[str, Any], key: str) -> Moment | None:
        """Time after the beginning (2h, 3d) or instant under a key; None with a finding if it is neither."""
        value = table.get(key)
        if isinstance(value, str) and value[:1].isdigit() and "T" not in value and "-" not in value:
            after = self.duration_s(path, key, value)
            return None if after is None else Moment(round(after * SECOND_NS), after_start=True)
        if value is None:
            return None
        instant = self.instant_ns(path, key, value)
        return None if instant is None else Moment(instant, after_start=False)
