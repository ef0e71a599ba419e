"""Write the tables of docs/kpis.md out of a hall's files: `python -m scripts.kpi_table config/holmen docs/kpis.md`."""

import sys
from collections.abc import Iterable
from pathlib import Path

from sdanlegg.config import load_site
from sdanlegg.factors import FactorSet
from sdanlegg.plan import KpiDefinition, KpiPlan, PlantDefinition, PostDefinition, Term

BEGIN, END = "<!-- made by scripts/kpi_table.py: {} -->", "<!-- end -->"
PER = {"water_m2": "m² of water", "bathers": "people who came", "open_h": "opening hours"}


def main() -> None:
    """Put a hall's tables into a page."""
    folder, page = map(Path, sys.argv[1:3])
    plan = load_site(folder, secrets=False).plan
    if plan is None:
        sys.exit(f"{folder} has no kpis.toml")
    page.write_text(filled(page.read_text(encoding="utf-8"), plan), encoding="utf-8")


def filled(text: str, plan: KpiPlan) -> str:
    """Return a page with each marked stretch replaced by its table."""
    for name, table in tables(plan).items():
        head, begin, rest = text.partition(BEGIN.format(name))
        _, end, tail = rest.partition(END)
        if not (begin and end):
            raise ValueError(f"the page has no place for the table of {name}")
        text = f"{head}{begin}\n{table}\n{end}{tail}"
    return text


def tables(plan: KpiPlan) -> dict[str, str]:
    """Markdown tables by name."""
    figures = ("id", "figure", "formula", "unit", "boundary", "source")
    posts = ("post", "is", "electricity of its own", "heat, with its electricity", "gap")
    return {
        "figures": _table(figures, map(_figure, plan.kpis)),
        "posts": _table(posts, map(_post, plan.posts)),
        "plants": _table(("plant", "electricity", "gives to posts", "passes on"), map(_plant, plan.plants)),
        "factors": _table(("set", "kind", "g CO₂e/kWh", "source"), map(_set, plan.factors)),
    }


def _plant(plant: PlantDefinition) -> tuple[str, ...]:
    gives = ", ".join(f"`{flow}`" for flow in plant.gives)
    return plant.id, _sum(plant.electricity), gives, ", ".join(f"`{flow}` to {to}" for flow, to in plant.passes)


def _set(one: FactorSet) -> tuple[str, ...]:
    values = ", ".join(f"{_years(f.first, f.last)}: {f.g_per_kwh:g}" for f in one.factors)
    return f"`{one.id}`", one.kind, values, one.source


def _years(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = list(head)
    lines = [columns, ["---"] * len(columns), *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(cell or " " for cell in line) + " |" for line in lines)


def _sum(terms: Iterable[Term]) -> str:
    said = "".join(f" {'−' if term.times < 0 else '+'} `{term.flow}`" for term in terms)
    return said.removeprefix(" + ").strip()


def _figure(kpi: KpiDefinition) -> tuple[str, ...]:
    formula = _sum(kpi.over)
    if kpi.under:
        formula = f"({formula}) / ({_sum(kpi.under)})"
    elif kpi.per is not None:
        formula = f"({formula}) / {PER[kpi.per]}"
    if kpi.times != 1.0:
        formula = f"{kpi.times:g} · {formula}"
    said = kpi.boundary.en + (f" **Not shown:** {kpi.gap.en}." if kpi.gap.en else "")
    return f"`{kpi.id}`", kpi.name.en, formula, kpi.unit, said, kpi.source


def _post(post: PostDefinition) -> tuple[str, ...]:
    return post.id, post.name.en, _sum(post.electricity), _sum(post.heat), post.gap.en


if __name__ == "__main__":
    main()
