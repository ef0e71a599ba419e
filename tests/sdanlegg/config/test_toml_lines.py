import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sdanlegg.config.toml_lines import line_of, lines
from tests.support.holmen import CONFIG

TEXT = '''# top
title = "a # not a comment"
[site]
name = { nb = "Hall", en = "Hall" }
zone = "Europe/Oslo"  # comment = here
list = [
  "x = 1",  # ] not the end
  "y",
]
text = """
[device]
id = "no key"
"""
last = 1

[[device]]
id = "a"
[device.security]
user = "u"
[[device]]
"quoted id" = 2
dotted.key = 3
'''


def test_keys_are_found_where_they_stand() -> None:
    tomllib.loads(TEXT)
    found = lines(TEXT)
    assert found[("title",)] == 2
    assert found[("site",)] == 3
    assert found[("site", "name")] == found[("site", "name", "en")] == 4
    assert found[("site", "list")] == 6
    assert found[("site", "text")] == 10
    assert found[("site", "last")] == 14
    assert found[("device", 0)] == 16
    assert found[("device", 0, "id")] == 17
    assert found[("device", 0, "security", "user")] == 19
    assert found[("device", 1)] == 20
    assert found[("device", 1, "quoted id")] == 21
    assert found[("device", 1, "dotted", "key")] == 22
    assert ("device", 0, "id no key") not in found


def test_an_unknown_place_is_its_nearest_known_parent() -> None:
    found = lines(TEXT)
    assert line_of(found, ("device", 1, "missing")) == 20
    assert line_of(found, ("nowhere",)) == 0


@given(st.text(alphabet="[]{}\"'=#.\\ \nabc1", max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    lines(text)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in _paths(v, (*path, k))]
    if isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
        return [p for i, v in enumerate(value) for p in _paths(v, (*path, i))]
    if path:
        return [path]
    return []


def test_every_key_of_the_real_hall_has_a_line() -> None:
    for file in (CONFIG / "holmen").glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        found = lines(text)
        all_lines = text.splitlines()
        for path in _paths(tomllib.loads(text)):
            assert path in found, (file.name, path)
            if isinstance(path[-1], str):
                assert path[-1] in all_lines[found[path] - 1]


ROWS = """nodes = [
  { id = "a", kind = "x" }, # [ {
  { id = "b", content = { sum = ["p",  # {
    "q"], "quoted key" = 1 } },
]
k = 1
"""


def test_tables_within_arrays_are_found_line_by_line() -> None:
    assert tomllib.loads(ROWS)["nodes"][1]["content"] == {"sum": ["p", "q"], "quoted key": 1}
    found = lines(ROWS)
    assert found[("nodes", 0)] == found[("nodes", 0, "kind")] == 2
    assert found[("nodes", 1)] == found[("nodes", 1, "id")] == found[("nodes", 1, "content", "sum")] == 3
    assert found[("nodes", 1, "content", "quoted key")] == 4
    assert found[("k",)] == 6
