"""What can be wrong with the mirrors that site.toml names, and what they are when nothing is."""

from pathlib import Path

import pytest

from sdanlegg.config import load_site
from sdanlegg.historian.mirrors import MirrorSettings
from tests.support.findings import edit, found
from tests.support.holmen import holmen

SOUND = """
[[mirror]]
name = "influx"
kind = "influx"
url = "http://db.example.no:8086/"
org = "asker"
token_file = "db.token"

[[mirror]]
name = "vm"
kind = "victoria"
url = "https://vm.example.no/insert/7/influx"
read_url = "https://vm.example.no/select/7/prometheus"
timeout = "30s"
spool_gib = 2.5
"""


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    folder = holmen(tmp_path, move_ports=False)
    (folder / "db.token").write_text("secret\n", encoding="utf-8")
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write(SOUND)
    return folder


def test_sound_mirrors_have_no_finding_and_their_settings(hall: Path) -> None:
    assert found(hall) == []
    assert load_site(hall).mirrors == (
        MirrorSettings(
            "influx",
            "influx",
            "http://db.example.no:8086",
            "http://db.example.no:8086",
            "asker",
            token_file=hall / "db.token",
        ),
        MirrorSettings(
            "vm",
            "victoria",
            "https://vm.example.no/insert/7/influx",
            "https://vm.example.no/select/7/prometheus",
            timeout_s=30.0,
            spool_bytes=2684354560,
        ),
    )


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('kind = "victoria"', 'kind = "graphite"', "mirror.kind: input should be 'influx' or 'victoria'"),
        ('name = "vm"', 'name = "influx"', "the name 'influx' stands already on mirror 1"),
        ('name = "vm"', 'name = "local"', "the name 'local' is the local store's own"),
        ('"db.token"', '"vault.token"', "influx: there is no file "),
        (
            '"http://db.example.no:8086/"',
            '"db.example.no:8086"',
            "influx: url 'db.example.no:8086' begins neither with ",
        ),
        ('"http://db.example.no:8086/"', '"http://"', "influx: url 'http://' has no host"),
        ('"http://db.example.no:8086/"', '"http://db:99999"', "influx: url 'http://db:99999' has a port that is no "),
        (
            '"http://db.example.no:8086/"',
            '"http://u:secret@db"',
            "influx: url holds a user or password: put the token ",
        ),
        ('"http://db.example.no:8086/"', '"http://db?db=x"', "influx: url 'http://db?db=x' has more than a path "),
        (
            '"https://vm.example.no/select',
            '"vm.example.no/select',
            "vm: read_url 'vm.example.no/select/7/prometheus' beg",
        ),
        ('timeout = "30s"', 'timeout = "1h"', "vm: timeout must be between 0.5 s and 300 s"),
        ("spool_gib = 2.5", "spool_gib = 0.0001", "vm: spool_gib covers "),
        ("spool_gib = 2.5", "spool_gib = 0", "mirror.spool_gib: input should be greater than 0"),
    ],
)
def test_what_is_wrong_is_found_with_its_line(hall: Path, old: str, new: str, text: str) -> None:
    line = edit(hall / "site.toml", old, new)
    findings = found(hall)
    assert [f for f in findings if f.startswith(f"site.toml:{line}: {text}")] == findings != []
    assert "secret" not in "".join(findings)


def test_questions_can_be_sent_to_a_mirror_that_is_there(hall: Path) -> None:
    edit(hall / "site.toml", 'data_dir = "data"', 'data_dir = "data"\nread_from = "vm"')
    assert load_site(hall).store.read_from == "vm"
    edit(hall / "site.toml", 'read_from = "vm"', 'read_from = "vmm"')
    assert [f.partition(": ")[2] for f in found(hall)] == ["read_from: there is no mirror 'vmm'; did you mean 'vm'?"]
