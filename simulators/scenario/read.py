"""A scenario's file -> Scenario, or every finding that stands in the way."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sdanlegg.config import FindingsError, toml_lines
from sdanlegg.config.findings import Finding, nearest
from sdanlegg.config.toml_lines import Path_
from sdanlegg.site import Site
from simulators.scenario.checks import check_fault, check_overlaps
from simulators.scenario.findings import Page
from simulators.scenario.kinds import CLASSES, KINDS, Kind, Parameter
from simulators.scenario.model import Fault, Moment, Scenario, Truth

_TOP: Final = ("name", "about", "begin", "hours", "fault")
_FAULT: Final = ("kind", "target", "start", "end", "name", "truth")
_TRUTH: Final = ("class", "points", "flows", "cause", "kwh_day", "m3_day")
LONGEST_H: Final = 8784.0
AT_ONCE: Final = Moment(0, after_start=True)


def load_scenario(file: Path, site: Site) -> Scenario:
    """Read and check a scenario for a hall; FindingsError carries everything that is wrong with it."""
    scenario, findings = examine_scenario(file, site)
    if scenario is None:
        raise FindingsError(findings)
    return scenario


def examine_scenario(file: Path, site: Site) -> tuple[Scenario | None, list[Finding]]:
    """Read and check a scenario for a hall; None if there are findings."""
    content = toml_lines.read(file)
    if isinstance(content, Finding):
        return None, [content]
    values, lines = content
    page = Page(file, lines)
    page.known((), values, _TOP)
    name, about = page.name((), values, "name"), page.name((), values, "about")
    begin_ns = page.instant_ns((), "begin", values["begin"]) if "begin" in values else None
    if "begin" not in values:
        page.find(("begin",), "the key 'begin' is missing")
    hours = page.number((), values, "hours", 0.1, LONGEST_H)
    if "hours" not in values:
        page.find(("hours",), "the key 'hours' is missing")
    tables = values.get("fault", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        page.find(("fault",), "fault: write each fault under a [[fault]] of its own")
        tables = []
    read = [_fault(page, ("fault", index), table, site) for index, table in enumerate(tables)]
    check_overlaps(page, read)
    if page.findings or begin_ns is None or hours is None:
        return None, sorted(set(page.findings))
    return Scenario(file, name, about, begin_ns, hours, tuple(fault for fault in read if fault is not None)), []


def _fault(page: Page, path: Path_, table: Mapping[str, Any], site: Site) -> Fault | None:
    """Fault of one table; None where it could not be understood."""
    word = page.text(path, table, "kind")
    kind = KINDS.get(word)
    if kind is None:
        if word:
            page.find((*path, "kind"), f"unknown kind of fault {word!r}{nearest(word, KINDS)}")
        return None
    before = len(page.findings)
    page.known(path, table, (*_FAULT, *kind.parameters))
    target = page.text(path, table, "target")
    start = page.moment(path, table, "start") if "start" in table else AT_ONCE
    end = page.moment(path, table, "end")
    settings = _settings(page, path, table, word, kind)
    name, truth = page.name(path, table, "name"), _truth(page, path, table, kind)
    if start is None or len(page.findings) > before:
        return None
    fault = Fault(word, kind.layer, target, start, end, settings, name, truth)
    check_fault(page, path, fault, kind, site)
    return fault


def _settings(page: Page, path: Path_, table: Mapping[str, Any], word: str, kind: Kind) -> dict[str, float | str]:
    """Value of every parameter, the default where the file gives none."""
    found: dict[str, float | str] = {}
    for key, parameter in kind.parameters.items():
        if key in table:
            value = _setting(page, path, table, key, parameter)
        elif parameter.default is None:
            page.find((*path, key), f"{word}: the key {key!r} is missing")
            value = None
        else:
            value = parameter.default
        if value is not None and value != "":
            found[key] = value
    given = [key for key in kind.one_of if key in table]
    if kind.one_of and len(given) != 1:
        page.find((*path, *given[1:2]), f"{word}: give one of {' and '.join(kind.one_of)}, not {len(given)}")
    return found


def _setting(page: Page, path: Path_, table: Mapping[str, Any], key: str, parameter: Parameter) -> float | str | None:
    if parameter.form == "number":
        return page.number(path, table, key, parameter.low, parameter.high)
    if parameter.form == "duration":
        return _duration(page, path, key, table[key], parameter)
    if parameter.form == "target":
        return page.text(path, table, key) or None
    return _choice(page, path, key, table[key], parameter)


def _duration(page: Page, path: Path_, key: str, value: object, parameter: Parameter) -> float | None:
    found = page.duration_s(path, key, value)
    if found is not None and not parameter.low <= found <= parameter.high:
        page.find((*path, key), f"{key}: {value} is not between {parameter.low:g} s and {parameter.high:g} s")
        return None
    return found


def _choice(page: Page, path: Path_, key: str, value: object, parameter: Parameter) -> float | str | None:
    """Read a flag, or one of a few words."""
    if parameter.form == "flag" and isinstance(value, bool):
        return float(value)
    if parameter.form == "flag":
        page.find((*path, key), f"{key}: {value!r} is neither true nor false")
    elif value in parameter.words:
        return str(value)
    else:
        near = nearest(value, parameter.words) if isinstance(value, str) else ""
        page.find((*path, key), f"{key}: {value!r} is none of {', '.join(parameter.words)}{near}")
    return None


def _truth(page: Page, path: Path_, table: Mapping[str, Any], kind: Kind) -> Truth:
    path, truth = (*path, "truth"), page.table(path, table, "truth")
    if not truth:
        return Truth("", (), (), page.name((), {"cause": {"nb": "-", "en": "-"}}, "cause"))
    page.known(path, truth, _TRUTH)
    word, classes = page.text(path, truth, "class"), CLASSES[kind.layer]
    if word and word not in classes:
        page.find((*path, "class"), f"class: {word!r} is none of {', '.join(classes)}{nearest(word, classes)}")
    return Truth(
        word,
        page.texts(path, truth, "points"),
        page.texts(path, truth, "flows"),
        page.name(path, truth, "cause"),
        page.number(path, truth, "kwh_day", -1e6, 1e6),
        page.number(path, truth, "m3_day", -1e6, 1e6),
    )
