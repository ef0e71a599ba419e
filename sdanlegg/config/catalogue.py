"""Register maps: one CSV file per device type, one row a point, readable in a spreadsheet."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sdanlegg.config.findings import Finding, nearest
from sdanlegg.config.rows import MapRow, RowError, parse_row
from sdanlegg.points import Node, Register
from sdanlegg.site import Protocol

_SHARED = ("scale", "offset", "unit", "kind", "quantity", "access", "min", "max", "period", "sigma", "nb", "en")
HEADERS: Mapping[Protocol, tuple[str, ...]] = {
    "modbus": ("name", "tfm", "table", "address", "type", "order", *_SHARED),
    "opcua": ("name", "tfm", "node", "type", *_SHARED),
    "sunspec": ("name", "tfm", "sunspec", *_SHARED),
}
OPTIONAL = ("max_rate", "stuck_after")
_MARKS: Mapping[str, Protocol] = {"table": "modbus", "node": "opcua", "sunspec": "sunspec"}


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """One device type: its protocol and its rows in the file's order."""

    name: str
    file: Path
    protocol: Protocol
    rows: tuple[MapRow, ...]


def read_map(file: Path) -> tuple[RegisterMap | None, list[Finding]]:
    """Read one map. Rows that are not sound are left out and found; None if the file cannot be read at all."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return None, [Finding(file, 0, f"the register map cannot be read: {error.strerror}")]
    except UnicodeDecodeError as error:
        return None, [Finding(file, error.object.count(b"\n", 0, error.start) + 1, "the file is not UTF-8")]
    numbered = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    if not numbered:
        return None, [Finding(file, 0, "the register map is empty")]
    header_line, header_text = numbered[0]
    header = [column.strip() for column in next(csv.reader([header_text]))]
    protocol, findings = _header(file, header_line, header)
    if protocol is None or findings:
        return None, findings
    rows: list[MapRow] = []
    for line, row_text in numbered[1:]:
        cells = next(csv.reader([row_text]))
        if len(cells) != len(header):
            findings.append(Finding(file, line, f"{len(cells)} cells where the header has {len(header)}"))
            continue
        try:
            rows.append(parse_row(line, protocol, {k: v.strip() for k, v in zip(header, cells, strict=True)}))
        except RowError as error:
            findings += [Finding(file, line, text) for text in error.texts]
    findings += [*_twice(file, rows), *_overlaps(file, rows)]
    if not rows and not findings:
        findings.append(Finding(file, header_line, "the register map has no points"))
    return RegisterMap(file.stem, file, protocol, tuple(rows)), findings


def _header(file: Path, line: int, header: list[str]) -> tuple[Protocol | None, list[Finding]]:
    protocol = next((_MARKS[column] for column in header if column in _MARKS), None)
    if protocol is None:
        text = "the header has none of the columns table (Modbus), node (OPC UA) or sunspec (SunSpec)"
        return None, [Finding(file, line, text)]
    wanted = HEADERS[protocol]
    known = (*wanted, *OPTIONAL)
    findings = [Finding(file, line, f"unknown column {c!r}{nearest(c, known)}") for c in header if c not in known]
    findings += [Finding(file, line, f"the column {c!r} is missing") for c in wanted if c not in header]
    findings += [
        Finding(file, line, f"the column {c!r} stands twice") for c in {c for c in header if header.count(c) > 1}
    ]
    return protocol, findings


def _twice(file: Path, rows: list[MapRow]) -> list[Finding]:
    """Names, TFM components and nodes that stand in more than one row."""
    findings = []
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        marks = [("name", row.name), ("tfm", row.tfm)]
        if isinstance(row.address, Node):
            marks.append(("node", row.address.node))
        for column, value in marks:
            first = seen.setdefault((column, value), row.line)
            if first != row.line:
                findings.append(Finding(file, row.line, f"{column} {value!r} stands already on line {first}"))
    return findings


def _overlaps(file: Path, rows: list[MapRow]) -> list[Finding]:
    """Registers that two points claim; a word and its bits, or different bits of a word, may share one."""
    findings = []
    owners: dict[tuple[str, int], list[MapRow]] = {}
    for row in rows:
        if not isinstance(row.address, Register):
            continue
        place = row.address
        for address in range(place.address, place.address + place.type.registers):
            clash = next((o for o in owners.get((place.table, address), []) if not _may_share(o.address, place)), None)
            if clash is not None:
                text = f"{row.name} overlaps {clash.name} (line {clash.line}) in {place.table} register {address}"
                findings.append(Finding(file, row.line, text))
                break
        for address in range(place.address, place.address + place.type.registers):
            owners.setdefault((place.table, address), []).append(row)
    return findings


def _may_share(a: object, b: Register) -> bool:
    if not isinstance(a, Register) or a.type.registers != 1 or b.type.registers != 1:
        return False
    return "bit" in {a.type.base, b.type.base} and a.type.name != b.type.name
