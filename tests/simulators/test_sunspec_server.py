"""The inverters, read by pysunspec2 and by eye."""

import math
import struct

import pytest
from sunspec2.modbus.client import SunSpecModbusClientDeviceTCP
from sunspec2.modbus.modbus import ModbusClientException

from sdanlegg.site import Site
from simulators.modbus_image import RefusedError
from simulators.observe import bind
from simulators.sunspec_server import FIRST, Inverter, image
from simulators.twin import Twin, beginning
from tests.support.twin import NOON_IN_JUNE

SCALE = {"w": 0.001, "wh_kwh": 0.001, "dcw": 0.001, "pf": 0.01}
STEP = {"pv_roof": {"W": 10.0, "WH": 10.0, "DCW": 10.0, "A": 0.1, "TmpCab": 0.1},
        "pv_wall": {"W": 1.0, "WH": 1.0, "DCW": 1.0, "A": 0.01, "TmpCab": 1.0}, "pv_bikes": {}}  # fmt: skip


@pytest.mark.peer
@pytest.mark.parametrize(("device", "model"), [("pv_roof", 103), ("pv_wall", 103), ("pv_bikes", 113)])
def test_pysunspec2_reads_the_plants_values(twin_hall: Site, device: str, model: int) -> None:
    bound = next(d for d in bind(twin_hall) if d.device.id == device)
    twin = Twin(twin_hall, beginning(twin_hall, NOON_IN_JUNE, 1, None), 1)
    truth = dict(zip((b.point.name for b in bound.points), twin.values(bound), strict=True))
    reader = SunSpecModbusClientDeviceTCP(slave_id=126, ipaddr="127.0.0.1", ipport=bound.device.port)
    reader.scan()
    found = reader.models[model][0]
    assert reader.models[1][0].SN.value == truth["sn"]
    assert reader.models[1][0].Mn.value == "Holmen Twin"
    for name, field in (("w", "W"), ("wh_kwh", "WH"), ("dcw", "DCW"), ("a", "A"), ("hz", "Hz"), ("pf", "PF"),
                        ("v_ph_a", "PhVphA"), ("v_ph_c", "PhVphC"), ("tmp_cab", "TmpCab"), ("st", "St")):  # fmt: skip
        told, expected = found.points[field].cvalue, truth[name]
        assert isinstance(expected, float)
        if math.isnan(expected):
            assert told is None
            continue
        step = STEP[device].get(field, 0.1)
        assert told == pytest.approx(expected / SCALE.get(name, 1.0), abs=0.51 * step, rel=1e-6), field
    assert found.points["VA"].cvalue is None
    reader.close()


SCALES = {
    "pv_roof": {"A_SF": -1, "V_SF": -1, "W_SF": 1, "Hz_SF": -2, "PF_SF": -2, "WH_SF": 1, "DCW_SF": 1, "Tmp_SF": -1},
    "pv_wall": {"A_SF": -2, "V_SF": -1, "W_SF": 0, "Hz_SF": -2, "PF_SF": -1, "WH_SF": 0, "DCW_SF": 0, "Tmp_SF": 0},
    "pv_bikes": {},
}
NOT_IMPLEMENTED = {"VA", "VAr", "DCA", "DCV", "PPVphAB", "PPVphBC", "PPVphCA", "AphA", "AphB", "AphC", "TmpSnk",
                   "TmpTrns", "TmpOt", "StVnd", "Evt2", "EvtVnd1", "EvtVnd2", "EvtVnd3", "EvtVnd4", "VA_SF", "VAr_SF",
                   "DCA_SF", "DCV_SF"}  # fmt: skip


@pytest.mark.peer
@pytest.mark.parametrize("unit", [126, 255])
@pytest.mark.parametrize(
    ("device", "model", "length"), [("pv_roof", 103, 50), ("pv_wall", 103, 50), ("pv_bikes", 113, 60)]
)
def test_pysunspec2_scans_the_whole_chain(twin_hall: Site, device: str, model: int, length: int, unit: int) -> None:
    """From 'SunS' to the end model, nothing after it; each scale factor; None for all that the make does not have."""
    port = next(d.port for d in twin_hall.devices if d.id == device)
    reader = SunSpecModbusClientDeviceTCP(slave_id=unit, ipaddr="127.0.0.1", ipport=port)
    reader.scan()
    assert reader.base_addr == FIRST
    assert [m.model_id for m in reader.model_list] == [1, model]
    assert [m.model_len for m in reader.model_list] == [66, length]
    common, found = reader.models[1][0], reader.models[model][0]
    assert {p.pdef["name"]: p.value for p in common.points.values() if p.value is not None}.keys() >= {"Mn", "Md", "SN"}
    points = {name: p for name, p in found.points.items() if name not in {"ID", "L"}}
    assert {name: p.value for name, p in points.items() if name.endswith("_SF") and p.value is not None} == SCALES[
        device
    ]
    told = {name for name, p in points.items() if p.value is not None}
    told = {name for name in told if not (isinstance(points[name].value, float) and math.isnan(points[name].value))}
    assert told & NOT_IMPLEMENTED == set()
    assert told >= {"A", "W", "Hz", "PF", "WH", "DCW", "PhVphA", "St"}
    first = {name: points[name].cvalue for name in told}
    found.read()  # the model alone, as a poll does
    assert {name: found.points[name].cvalue for name in told} == first
    reader.close()


@pytest.mark.peer
def test_pysunspec2_cannot_write(twin_hall: Site) -> None:
    port = next(d.port for d in twin_hall.devices if d.id == "pv_wall")
    reader = SunSpecModbusClientDeviceTCP(slave_id=126, ipaddr="127.0.0.1", ipport=port)
    reader.scan()
    with pytest.raises(ModbusClientException, match="2"):
        reader.write(FIRST + 72, b"\0\1")
    reader.close()


def test_layout_and_values_for_none() -> None:
    content = image("pv_roof", {"inverter.W": 12340.0, "inverter.St": 4.0, "common.SN": "PV1"})
    words = struct.unpack(f">{len(content) // 2}H", content)
    assert content[:4] == b"SunS"
    assert words[2:4] == (1, 66)
    assert words[70:72] == (103, 50)
    assert words[72 + 50 :] == (0xFFFF, 0)
    base = 70
    assert (words[base + 14], words[base + 15]) == (1234, 1)
    assert words[base + 38] == 4
    assert words[base + 2] == 0xFFFF  # A
    assert words[base + 33] == 0x8000  # TmpCab
    assert words[base + 24 : base + 26] == (0, 0)  # WH, an accumulator
    assert words[base + 40 : base + 42] == (0xFFFF, 0xFFFF)  # Evt1
    assert words[base + 28] == 0x8000  # DCA_SF


def test_float_model_layout() -> None:
    content = image("pv_bikes", {"inverter.W": 12.5})
    words = struct.unpack(f">{len(content) // 2}H", content)
    assert words[70:72] == (113, 60)
    assert words[70 + 22 : 70 + 24] == (0x4148, 0)
    assert math.isnan(struct.unpack_from(">f", content, 2 * (70 + 40))[0])
    assert words[72 + 60 :] == (0xFFFF, 0)


def test_only_the_image_can_be_read_and_nothing_written() -> None:
    unit = Inverter("pv_wall")
    assert unit.read("holding", FIRST, 2) == b"SunS"
    last = FIRST + len(unit.content) // 2
    for table, address, count in (("holding", last, 1), ("holding", FIRST - 1, 2), ("input", FIRST, 1)):
        with pytest.raises(RefusedError) as refused:
            unit.read(table, address, count)  # type: ignore[arg-type]
        assert refused.value.code == 2
    with pytest.raises(RefusedError):
        unit.write("holding", FIRST, b"\0\0")
