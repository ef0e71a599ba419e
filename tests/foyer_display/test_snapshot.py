"""What a file must hold before its figures are shown."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from foyer_display.snapshot import LARGEST, SnapshotError, load
from tests.support.foyer import summer, write


def test_a_snapshot_is_kept_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "energy.json"
    body = json.dumps(summer(), indent=3).encode()
    path.write_bytes(body)
    loaded = load(path)
    assert loaded.body == body
    assert loaded.fields == json.loads(body)


def test_the_tag_changes_with_the_content(tmp_path: Path) -> None:
    path = tmp_path / "energy.json"
    tags = set()
    for in_kw in (1.0, 2.0, 1.0):
        write(path, summer(t_ms=1_750_000_000_000, in_kw=in_kw))
        tags.add(load(path).etag)
    assert len(tags) == 2
    assert all(tag.startswith('"') and tag.endswith('"') for tag in tags)


def test_unknown_figures_are_none_and_new_fields_are_let_through(tmp_path: Path) -> None:
    path = tmp_path / "energy.json"
    write(path, summer(missing=frozenset({"pv", "fans"}), data_t_ms=None, in_kw=None, out_kw=None, tomorrow="x"))
    fields = load(path).fields
    assert fields["in_kw"] is None
    assert fields["tomorrow"] == "x"


def broken(**changes: Any) -> bytes:
    """A snapshot with a fault in it."""
    return orjson.dumps(summer() | changes)


def with_flow(**changes: Any) -> bytes:
    """A snapshot whose first flow has a fault in it."""
    snapshot = summer()
    snapshot["flows"][0] |= changes
    return orjson.dumps(snapshot)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b'{"schema": 1, "build": "x"', "not JSON"),
        (orjson.dumps(summer())[:-1], "not JSON"),
        (orjson.dumps(summer()) + b"}", "not JSON"),
        (b"\x00" * 400, "not JSON"),
        (orjson.dumps(summer()).replace(b"58.2", b"NaN"), "not JSON"),
        (orjson.dumps(summer()).replace(b"58.2", b"1e999"), "not JSON"),
        (b"[]", "the whole"),
        (b"null", "the whole"),
        (b"{}", "schema"),
        (broken(schema=2), "schema"),
        (broken(schema=True), "schema"),
        (broken(t_ms="yesterday"), "t_ms"),
        (broken(t_ms=None), "t_ms"),
        (broken(coverage=1.2), "coverage"),
        (broken(coverage=None), "coverage"),
        (broken(renewable_share=-0.1), "renewable_share"),
        (broken(in_kw="298"), "in_kw"),
        (broken(flows=None), "flows"),
        (broken(site="holmen"), "site"),
        (with_flow(kw="58"), "flows.0.kw"),
        (with_flow(quality="fine"), "flows.0.quality"),
        (with_flow(direction="up"), "flows.0.direction"),
        (with_flow(name={"nb": "Sol"}), "flows.0.name.en"),
        (b" " * (LARGEST + 1), "larger than"),
    ],
)
def test_what_is_no_snapshot_is_refused_with_its_reason(tmp_path: Path, body: bytes, said: str) -> None:
    path = tmp_path / "energy.json"
    path.write_bytes(body)
    with pytest.raises(SnapshotError) as refused:
        load(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_file_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "energy.json")
