"""Which line of a TOML file a key stands on. tomllib reads the file; this only finds places for messages."""

import re
import tomllib
from pathlib import Path
from typing import Any

from sdanlegg.config.findings import Finding

Path_ = tuple[str | int, ...]
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")


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
    value = _Value((), found)
    for number, line in enumerate(text.splitlines(), 1):
        if value.is_open:
            value.scan(line, number)
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
        value = _Value(path, found)
        value.scan(line[key.end() :], number)
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


class _Value:
    """Reads a value that may span lines, and notes the lines of the tables and keys within it."""

    def __init__(self, path: Path_, found: dict[Path_, int]) -> None:
        self._found = found
        self._path = path  # of what comes next
        self._open: list[tuple[str, Path_]] = []  # brackets and the paths of what they hold
        self._places: list[int] = []  # elements passed in each of them
        self._quote = ""
        self._word = ""  # what may become a key

    @property
    def is_open(self) -> bool:
        """Whether the value goes on in the next line."""
        return bool(self._open) or self._quote in {'"""', "'''"}

    def scan(self, text: str, number: int) -> None:
        """Read on in a line."""
        self._quote = self._quote if len(self._quote) == 3 else ""
        i = 0
        while i < len(text):
            if self._quote:
                i += self._in_string(text, i)
                continue
            if text[i] == "#":
                break
            if text[i] in "\"'":
                self._quote = text[i] * (3 if text.startswith(text[i] * 3, i) else 1)
                self._word += self._quote
                i += len(self._quote)
                continue
            self._read(text[i], number)
            i += 1

    def _in_string(self, text: str, i: int) -> int:
        """How far to go on within a string."""
        if text[i] == "\\" and self._quote[0] == '"':
            return 2
        if text.startswith(self._quote, i):
            length, self._word, self._quote = len(self._quote), self._word + self._quote, ""
            return length
        self._word += text[i]
        return 1

    def _read(self, sign: str, number: int) -> None:
        if sign in "[{":
            self._enter(sign, number)
        elif sign in "]}" and self._open:
            self._open.pop()
            self._places.pop()
        elif sign == "," and self._open:
            self._places[-1] += 1
        elif sign == "=" and self._open and self._open[-1][0] == "{":
            self._path = (*self._open[-1][1], *_split(self._word))
            self._found.setdefault(self._path, number)
        else:
            self._word += sign
            return
        self._word = ""

    def _enter(self, bracket: str, number: int) -> None:
        path = self._path
        if self._open and self._open[-1][0] == "[":
            path = (*self._open[-1][1], self._places[-1])
        if bracket == "{":
            self._found.setdefault(path, number)
        self._open.append((bracket, path))
        self._places.append(0)
