"""A benchmark's outcome: tables and goals, printed for people and kept as JSON for docs/performance.md."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.machine import facts

FOLDER = Path(__file__).with_name("results")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text and numbers under a title."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """What was promised, and what was measured: value must not exceed limit."""

    text: str
    limit: float
    value: float
    unit: str

    @property
    def met(self) -> bool:
        """Whether the measured value keeps the promise; NaN does not."""
        return self.value <= self.limit


@dataclass(frozen=True, slots=True)
class Result:
    """All that one run of a benchmark found."""

    name: str
    command: str
    tables: tuple[Table, ...]
    goals: tuple[Goal, ...] = ()
    machine: dict[str, str] = field(default_factory=facts)


def arguments(text: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=text, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="a short run that proves it works; figures mean little")
    parser.add_argument("--out", type=Path, help="folder of the JSON file (default: benchmarks/results, none if quick)")
    return parser


def publish(result: Result, given: argparse.Namespace) -> None:
    """Print the result, and keep it as <name>.json where the options say."""
    print(to_markdown(result))
    out: Path | None = given.out or (None if given.quick else FOLDER)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(result), ensure_ascii=False, indent=1)
        (out / f"{result.name}.json").write_text(text + "\n", encoding="utf-8")


def load(path: Path) -> Result:
    """Read a result back."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    tables = tuple(Table(t["title"], tuple(t["columns"]), tuple(map(tuple, t["rows"]))) for t in raw["tables"])
    return Result(raw["name"], raw["command"], tables, tuple(Goal(**g) for g in raw["goals"]), raw["machine"])


def to_markdown(result: Result) -> str:
    """Render tables and goals as Markdown."""
    parts = [_table(table.title, table.columns, table.rows) for table in result.tables]
    if result.goals:
        rows = [
            (
                g.text,
                f"≤ {g.limit:g} {g.unit}".rstrip(),
                f"{g.value:.3g} {g.unit}".rstrip(),
                "yes" if g.met else "**no**",
            )
            for g in result.goals
        ]
        parts.append(_table("Goals", ("goal", "limit", "measured", "met"), rows))
    parts.append(f"Made by `{result.command}`.")
    return "\n\n".join(parts) + "\n"


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [columns, *rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in cells]
    rule = "|" + "|".join("-" * (w + 2) for w in widths) + "|"
    return "\n".join([f"**{title}**", "", lines[0], rule, *lines[1:]])
