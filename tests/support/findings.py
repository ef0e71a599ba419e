"""Breaking a copy of the hall's folder in one place, and reading what the checks say of it."""

from pathlib import Path

from sdanlegg.config import examine


def edit(file: Path, old: str, new: str) -> int:
    """Replace the first occurrence and return its line number; the test is void if there is none."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file.name}: the test changes nothing"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1 + (len(new) - len(new.lstrip("\n")))


def found(hall: Path) -> list[str]:
    site, findings = examine(hall)
    assert (site is None) == bool(findings)
    return [f"{f.file.name}:{f.line}: {f.text}" for f in findings]
