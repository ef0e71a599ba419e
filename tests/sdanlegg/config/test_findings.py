"""Each way in which a hall's folder can be wrong is found, with its file and line; and all of them at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sdanlegg.config import FindingsError, examine, load_site
from sdanlegg.site import Keep
from tests.support.findings import edit, found
from tests.support.holmen import holmen

Edit = Callable[[str], str]


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    return holmen(tmp_path, move_ports=False)


def test_the_hall_as_it_is_has_no_findings(hall: Path) -> None:
    assert found(hall) == []


def test_all_findings_come_at_once_and_loading_refuses(hall: Path) -> None:
    edit(hall / "devices.toml", 'every = "', 'evry = "')
    edit(hall / "site.toml", "water_area_m2 = ", "water_area_m2 = -")
    edit(hall.parent / "catalogue" / "weather_station.csv", "°C", "K")
    with pytest.raises(FindingsError) as caught:
        load_site(hall)
    assert len(caught.value.findings) >= 3
    assert {f.file.name for f in caught.value.findings} >= {"devices.toml", "site.toml"}


def test_an_unknown_key_is_named_with_its_line_and_nearest_spelling(hall: Path) -> None:
    line = edit(hall / "devices.toml", 'every = "', 'evry = "')
    assert f"devices.toml:{line}: unknown key 'device.evry'; did you mean 'every'?" in found(hall)


def test_an_unknown_table_is_named(hall: Path) -> None:
    text = (hall / "site.toml").read_text(encoding="utf-8")
    (hall / "site.toml").write_text(text + "\n[stor]\ncommit_ms = 250\n", encoding="utf-8")
    line = text.count("\n") + 2
    assert f"site.toml:{line}: unknown key 'stor'; did you mean 'store'?" in found(hall)


def test_a_missing_key_is_named(hall: Path) -> None:
    edit(hall / "site.toml", 'id = "holmen"\n', "")
    assert any("the key 'site.id' is missing" in f for f in found(hall))


def test_a_wrong_type_is_named(hall: Path) -> None:
    line = edit(hall / "site.toml", "latitude = 59.86", 'latitude = "59.86"')
    assert any(f.startswith(f"site.toml:{line}: site.latitude: ") for f in found(hall))


@pytest.mark.parametrize("text", ["5", "five seconds", "-5s", "5 hours"])
def test_a_duration_without_sense_is_named(hall: Path, text: str) -> None:
    line = edit(hall / "devices.toml", 'every = "5s"', f'every = "{text}"')
    assert any(f.startswith(f"devices.toml:{line}: device.every: ") for f in found(hall))


def test_broken_toml_is_named_with_its_line(hall: Path) -> None:
    line = edit(hall / "devices.toml", 'id = "vp1"', 'id = "vp1')
    assert any(f.startswith(f"devices.toml:{line}: not TOML: ") for f in found(hall))


def test_missing_and_unreadable_files_are_named(hall: Path) -> None:
    (hall / "site.toml").unlink()
    (hall / "devices.toml").write_bytes(b"# bl\xe5\n")
    assert found(hall) == ["devices.toml:1: the file is not UTF-8", "site.toml:0: the file is missing"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    site, findings = examine(tmp_path / "nowhere")
    assert site is None
    assert "there is no such folder" in str(findings[0])


def test_an_id_that_stands_twice(hall: Path) -> None:
    line = edit(hall / "devices.toml", 'id = "wells"', 'id = "vp1"')
    assert any(f.startswith(f"devices.toml:{line}: the id 'vp1' stands already") for f in found(hall))


def test_an_address_that_stands_twice(hall: Path) -> None:
    line = edit(hall / "devices.toml", "127.0.0.1:5022/1", "127.0.0.1:5021/1")
    assert any(f.startswith(f"devices.toml:{line}: wells has the same address as vp1") for f in found(hall))


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://127.0.0.1:5021/1", "begins neither with"),
        ("modbus+tcp://127.0.0.1:5021", "must end with the unit"),
        ("modbus+tcp://127.0.0.1:5021/300", "must end with the unit"),
        ("modbus+tcp://:5021/1", "has no host"),
        ("modbus+tcp://127.0.0.1:99999/1", "port is not a number"),
        ("opc.tcp://127.0.0.1:5021", "the map heatpump_brine_water is for modbus"),
        ("modbus+tcp://me:secret@127.0.0.1:5021/1", "name files in its security table"),
    ],
)
def test_a_url_that_leads_nowhere(hall: Path, url: str, text: str) -> None:
    line = edit(hall / "devices.toml", "modbus+tcp://127.0.0.1:5021/1", url)
    hits = [f for f in found(hall) if text in f]
    assert hits
    assert all(f.startswith(f"devices.toml:{line}: ") for f in hits)
    assert not any("secret" in f for f in hits)


def test_a_pause_that_no_connection_survives(hall: Path) -> None:
    line = edit(hall / "devices.toml", 'every = "5s"', 'every = "5s"\npause_after_connect = "4s"')
    assert any(f.startswith(f"devices.toml:{line + 1}: vp1: pause_after_connect can be 2 s") for f in found(hall))


def test_a_point_to_leave_out_must_be_in_the_map(hall: Path) -> None:
    line = edit(hall / "devices.toml", 'omit = ["v_ph_c"]', 'omit = ["v_ph_d"]')
    assert any(
        f.startswith(f"devices.toml:{line}: pv_wall: the map sunspec has no point 'v_ph_d'") for f in found(hall)
    )


def test_a_point_left_out_is_no_point_of_the_hall(hall: Path) -> None:
    ids = {p.id for p in load_site(hall).points}
    assert "pv_roof.v_ph_c" in ids
    assert "pv_wall.v_ph_c" not in ids


def test_a_missing_map_is_named_with_its_nearest(hall: Path) -> None:
    line = edit(hall / "devices.toml", 'map = "weather_station"', 'map = "wether_station"')
    hits = [f for f in found(hall) if f.startswith(f"devices.toml:{line}: weather: no register map 'wether_station'")]
    assert hits
    assert "did you mean 'weather_station'?" in hits[0]


def test_opcua_in_the_clear_must_be_said(hall: Path) -> None:
    edit(hall / "devices.toml", "insecure_ok = true", "insecure_ok = false")
    assert any("policy None sends everything in the clear" in f for f in found(hall))


def test_security_files_must_be_there(hall: Path) -> None:
    edit(hall / "devices.toml", "insecure_ok = true", 'policy = "Basic256Sha256"\ncertificate_file = "nothing.der"')
    texts = found(hall)
    assert any("needs private_key_file, server_certificate_file" in f for f in texts)
    assert any("there is no file" in f and "nothing.der" in f for f in texts)


# One map, broken in each way a spreadsheet can break it. The row is the third line.
HEAD = "name,tfm,table,address,type,order,scale,offset,unit,kind,quantity,access,min,max,period,sigma,nb,en\n"
ROW = "supply_t,RT401,input,0,float32,ABCD,1,0,°C,gauge,temperature,r,-30,110,,0.15,Turtemperatur,Supply temperature\n"


def map_findings(hall: Path, *rows: str, head: str = HEAD) -> list[str]:
    (hall.parent / "catalogue" / "weather_station.csv").write_text(
        "# manual\n" + head + "".join(rows), encoding="utf-8"
    )
    return [f for f in found(hall) if f.startswith("weather_station.csv")]


def test_a_sound_map_has_no_findings(hall: Path) -> None:
    assert map_findings(hall, ROW) == []


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("input", "inputs", "table 'inputs' is none of coil, discrete, input, holding; did you mean 'input'?"),
        ("float32", "flaot32", "type 'flaot32' is not known; did you mean 'float32'?"),
        ("ABCD", "ABDC", "order 'ABDC' is none of"),
        (",1,0,°C", ",x,0,°C", "scale 'x' is not a number"),
        (",1,0,°C", ",0,0,°C", "scale 0"),
        (",1,0,°C", ",nan,0,°C", "scale 'nan' is not a number"),
        ("°C", "K", "unit 'K' is not the house unit of temperature: '°C'"),
        ("temperature,r", "temperatur,r", "quantity 'temperatur' is none of"),
        ("gauge", "gage", "did you mean 'gauge'?"),
        (",r,", ",w,", "access 'w' is none of"),
        (",r,", ",rw,", "access rw is for setpoints only"),
        ("-30,110", "110,-30", "min 110 is not below max -30"),
        (",0.15,", ",,", "sigma must be given"),
        (",0.15,", ",-1,", "sigma must be given"),
        (",110,,", ",110,5 sec,", "period: '5 sec' is not a duration"),
        ("Turtemperatur", "", "the name in column nb is missing"),
        ("RT401", "rt401", "tfm 'rt401' is not written like"),
        ("supply_t", "Supply T", "name 'Supply T' is not written like"),
        (",input,0,", ",input,65535,", "address '65535' is not a whole number"),
        (",input,0,", ",input,1.5,", "address '1.5' is not a whole number"),
        (",input,0,", ",coil,0,", "type float32 does not go with table coil"),
        ("float32", "string:4", "a string has the quantity text"),
        ("ABCD,1", "ABCD", "17 cells where the header has 18"),
    ],
)
def test_each_wrong_cell_is_named_with_its_line(hall: Path, old: str, new: str, text: str) -> None:
    assert old in ROW
    findings = map_findings(hall, ROW.replace(old, new, 1))
    assert any(f.startswith("weather_station.csv:3: ") and text in f for f in findings), findings


def test_suppliers_units_are_met_with_the_factor(hall: Path) -> None:
    row = ROW.replace("°C", "W").replace("temperature,", "power,")
    assert any("(scale 0.001 makes it that)" in f for f in map_findings(hall, row))


def test_overlapping_registers_are_named(hall: Path) -> None:
    second = ROW.replace("supply_t", "return_t").replace("RT401", "RT501").replace(",input,0,", ",input,1,")
    findings = map_findings(hall, ROW, second)
    assert findings == ["weather_station.csv:4: return_t overlaps supply_t (line 3) in input register 1"]


def test_bits_may_share_their_word_but_not_each_other(hall: Path) -> None:
    def bit(name: str, number: int, type_: str) -> str:
        return f"{name},XA{number:03},holding,9,{type_},ABCD,1,0,1,state,state,r,0,65535,,0,{name},{name}\n"

    word, first, second = bit("alarms", 100, "uint16"), bit("a", 101, "bit:0"), bit("b", 102, "bit:1")
    assert map_findings(hall, word, first, second) == []
    again = bit("c", 103, "bit:1")
    assert any("c overlaps b" in f for f in map_findings(hall, word, first, second, again))


def test_names_and_tfm_codes_that_stand_twice(hall: Path) -> None:
    twice = ROW.replace(",input,0,", ",input,2,")
    texts = map_findings(hall, ROW, twice)
    assert "weather_station.csv:4: name 'supply_t' stands already on line 3" in texts
    assert "weather_station.csv:4: tfm 'RT401' stands already on line 3" in texts


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("address", "adress", "unknown column 'adress'; did you mean 'address'?"),
        (",sigma", "", "the column 'sigma' is missing"),
        ("table", "tabel", "none of the columns table (Modbus), node (OPC UA) or sunspec (SunSpec)"),
        ("nb,en", "nb,nb", "the column 'nb' stands twice"),
    ],
)
def test_a_wrong_header_is_named(hall: Path, old: str, new: str, text: str) -> None:
    findings = map_findings(hall, ROW, head=HEAD.replace(old, new))
    assert any(f.startswith("weather_station.csv:2: ") and text in f for f in findings), findings


def test_empty_maps_are_named(hall: Path) -> None:
    assert any("has no points" in f for f in map_findings(hall))
    assert any("is empty" in f for f in map_findings(hall, head=""))


def test_a_broken_map_hides_nothing_else_and_blames_nobody_else(hall: Path) -> None:
    edit(hall / "site.toml", '"pv_roof.w"', '"pv_rof.w"')
    edit(hall.parent / "catalogue" / "pool_ahu.csv", "gauge", "gage")
    texts = found(hall)
    assert any("unknown point 'pv_rof.w'" in f for f in texts)
    assert any("did you mean 'gauge'?" in f for f in texts)
    assert not any("unknown point 'ahu" in f for f in texts)


def test_foyer_bars_need_points_of_the_right_kind(hall: Path) -> None:
    edit(hall / "site.toml", '"pv_roof.w"', '"pv_rof.w"')
    edit(hall / "site.toml", '"el_main.import_kwh"', '"el_main.p"')
    texts = found(hall)
    assert any("unknown point 'pv_rof.w'; did you mean 'pv_roof.w'?" in f for f in texts)
    assert any("el_main.p is a gauge of power, not a counter of energy" in f for f in texts)


def keep(hall: Path, lines: str) -> list[str]:
    """Findings once site.toml says so of what is kept."""
    edit(hall / "site.toml", "[web]\n", f"[store.keep]\n{lines}\n\n[web]\n")
    return found(hall)


def test_what_is_kept_is_read_in_days(hall: Path) -> None:
    assert keep(hall, 'raw = "30d"\nminute = "60d"\nhour = "900d"\nquarter = "90.5d"') == []
    assert load_site(hall).store.keep == Keep(30.0, 60.0, 90.5, 900.0, None)


def test_without_a_word_the_defaults_hold(hall: Path) -> None:
    assert load_site(hall).store.keep == Keep(1100.0, 1100.0, 3700.0, None, None)


@pytest.mark.parametrize("text", ["3d", "1h", "ever", "-8d", ""])
def test_a_time_to_keep_that_is_none_is_named(hall: Path, text: str) -> None:
    assert any("store.keep.raw: " in f for f in keep(hall, f'raw = "{text}"'))


def test_coarser_figures_are_kept_at_least_as_long(hall: Path) -> None:
    assert any("hour is kept shorter than quarter" in f for f in keep(hall, 'hour = "90d"'))
    edit(hall / "site.toml", 'hour = "90d"', 'raw = "forever"')
    assert any("minute is kept shorter than raw" in f for f in found(hall))
