"""Which line of a TOML file a key stands on. tomllib reads the file; this only finds places for messages."""

import re
import tomllib
from pathlib import Path
from typing import Any

from sdanlegg.config.findings import Finding

Path_ = tuple[str | int, ...]
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_INLINE_KEY = re.compile(r"""[{,]\s*([A-Za-z0-9_-]+)\s*=""")


def read(path: Path) -> tuple[dict[str, Any], dict[Path_, int]] | Finding:
    """Contents of a TOML file and the line of each key path, or the finding that says why it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8")
        return tomllib.loads(text), lines(text)
    except FileNotFoundError:
        return Finding(path, 0, "the file is missing")
    except OSError as error:
        return Finding(path, 0, f"the file cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        return Finding(path, error.object.count(b"\n", 0, error.start) + 1, "the file is not UTF-8")
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        return Finding(path, line, f"not TOML: {re.sub(r' ?[(]at [^)]*[)]', '', str(error))}")


def lines(text: str) -> dict[Path_, int]:
    """Line (from 1) of each table and key of well-formed TOML, by path; elements of table arrays are counted."""
    found: dict[Path_, int] = {}
    counts: dict[Path_, int] = {}
    table: Path_ = ()
    inside = ""  # what a value that spans lines must still be closed with
    for number, line in enumerate(text.splitlines(), 1):
        if inside:
            inside = _still_open(inside, line)
            continue
        header = _HEADER.match(line)
        if header:
            table = _enter(_split(header[2]), counts, array=header[1] == "[[")
            found.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if not key:
            continue
        path = (*table, *_split(key[1]))
        found[path] = number
        value = line[key.end() :]
        for inner in _INLINE_KEY.finditer(value):
            found.setdefault((*path, inner[1]), number)
        inside = _still_open("", value)
    return found


def line_of(found: dict[Path_, int], path: Path_) -> int:
    """Line of the longest known part of the path; 0 if not even its first part is known."""
    for length in range(len(path), 0, -1):
        if path[:length] in found:
            return found[path[:length]]
    return 0


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.\s]+", dotted))


def _enter(parts: tuple[str, ...], counts: dict[Path_, int], *, array: bool) -> Path_:
    """Path of the table that a header opens, with the index of each array of tables on the way."""
    path: Path_ = ()
    for i, part in enumerate(parts):
        path = (*path, part)
        last = i == len(parts) - 1
        if array and last:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _still_open(inside: str, text: str) -> str:
    """Quotes or brackets that are open after this text, given those open before it."""
    i = 0
    while i < len(text):
        if inside[-1:] in {'"', "'"}:
            quote = '"""' if inside.endswith('"""') else "'''" if inside.endswith("'''") else inside[-1]
            if text[i] == "\\" and quote[0] == '"':
                i += 2
                continue
            if text.startswith(quote, i):
                inside = inside[: -len(quote)]
                i += len(quote)
                continue
        elif text.startswith(('"""', "'''"), i):
            inside += text[i : i + 3]
            i += 3
            continue
        elif text[i] in "\"'[{":
            inside += text[i]
        elif text[i] in "]}":
            inside = inside[:-1]
        elif text[i] == "#":
            break
        i += 1
    return inside.rstrip("\"'") if inside.endswith(('"', "'")) and not inside.endswith(('"""', "'''")) else inside
