import csv
import io
from pathlib import Path

from sdanlegg import punktliste
from sdanlegg.config import load_site
from tests.support.holmen import CONFIG


def rows(hall: Path = CONFIG / "holmen") -> list[dict[str, str]]:
    out = io.StringIO()
    punktliste.write_csv(load_site(hall), out)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def test_the_hall_has_its_points_each_fully_described() -> None:
    found = rows()
    assert len(found) >= 350
    assert len({row["id"] for row in found}) == len(found)
    for row in found:
        assert all(row[column] != "" for column in punktliste.HEADER), row
        assert row["tfm"].startswith("=")


def test_every_device_and_protocol_is_there() -> None:
    found = rows()
    assert {row["protocol"] for row in found} == {"modbus", "sunspec", "opcua"}
    assert {row["device"] for row in found} == {d.id for d in load_site(CONFIG / "holmen").devices}


def test_full_names_are_unique() -> None:
    found = rows()
    names = [row["tfm"] for row in found]
    assert len(set(names)) == len(names)


def test_all_the_types_and_orders_of_real_halls_occur() -> None:
    words = " ".join(row["address"] for row in rows())
    for kind in ("int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "bit:", "string:", "bool"):
        assert kind in words, kind
    for order in ("ABCD", "CDAB"):
        assert order in words
