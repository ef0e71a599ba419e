"""Put the kept results into docs/performance.md, between its markers; the words around them are written by hand."""

import argparse
import re
from collections.abc import Mapping
from pathlib import Path

from benchmarks.results import FOLDER, Result, load, to_markdown

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
_PLACE = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def rendered(page: str, results: Mapping[str, Result]) -> str:
    """Return the page with every marked place filled; KeyError names a place without a result."""
    texts = {name: to_markdown(result) for name, result in results.items()} | {"machine": _machines(results)}
    return _PLACE.sub(lambda found: f"{found[1]}\n{texts[found[2]]}\n{found[3]}", page)


def kept(folder: Path = FOLDER) -> dict[str, Result]:
    """Return the results that were kept, by name."""
    return {path.stem: load(path) for path in sorted(folder.glob("*.json"))}


def main() -> None:
    """Fill the page, or with --check only tell whether it is filled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the page is not up to date")
    given = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    made = rendered(page, kept())
    if given.check:
        raise SystemExit(0 if made == page else f"{PAGE} is not what the kept results say: python -m benchmarks.report")
    PAGE.write_text(made, encoding="utf-8")


def _machines(results: Mapping[str, Result]) -> str:
    """Every machine that a result was measured on, with the names of those results unless it is one for all."""
    machines: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for name, result in results.items():
        machines.setdefault(tuple(result.machine.items()), []).append(name)
    parts = []
    for facts, names in machines.items():
        lines = "\n".join(f"- {what}: {value}" for what, value in facts)
        parts.append(lines if len(machines) == 1 else f"{', '.join(names)}:\n\n{lines}")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
