"""SunSpec: chains walked, scale factors read with their values, nothing invented; pysunspec2 as a second reader."""

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import pytest
import sunspec2  # type: ignore[import-untyped]
from sunspec2.modbus.client import SunSpecModbusClientDeviceTCP  # type: ignore[import-untyped]

from drivers.sunspec_models import GROUPS, KINDS
from sdanlegg.quality import BAD, CONFIG, GOOD, SENSOR
from sdanlegg.site import Pacing
from tests.support.modbus_peer import Peer
from tests.support.sunspec_image import (
    DAY,
    FIELDS,
    NUMBERS,
    TEXTS,
    UNIT,
    common,
    connected,
    fields,
    floats,
    image,
    integers,
    values,
)


@pytest.mark.parametrize("base", [40000, 0, 50000])
async def test_reads_integers_with_their_scale_factors(peer: Peer, base: int) -> None:
    await peer.set("holding", base, image(common(), integers(**DAY)), UNIT)
    read, quality, texts = await values(fields(peer.port))
    assert {name: read[name] for name in NUMBERS} == pytest.approx(NUMBERS)
    assert {name: texts[int(read[name])] for name in TEXTS} == TEXTS
    assert set(quality.values()) == {GOOD}


async def test_reads_floats(peer: Peer) -> None:
    day = {"W": 4321.5, "WH": 2.5e6, "Hz": 49.98, "DCW": 4400.0, "TmpCab": 38.25, "St": 5, "Evt1": 3}
    await peer.set("holding", 40000, image(common(), floats(**day)), UNIT)
    read, quality, _ = await values(fields(peer.port))
    expected = {"w": 4.3215, "wh_kwh": 2500.0, "hz": 49.98, "dcw": 4.4, "tmp_cab": 38.25, "st": 5, "evt": 3}
    assert {name: read[name] for name in expected} == pytest.approx(expected)
    assert {name for name, q in quality.items() if q == BAD | SENSOR} == {"a", "pf", "v_ph_a"}


async def test_the_chain_is_walked_whatever_lies_before_the_inverter(peer: Peer) -> None:
    stranger = [64001, 9, *range(1, 10)]
    await peer.set("holding", 40000, image(common(65), stranger, [122, 0], integers(**DAY)), UNIT)
    read, _, _ = await values(fields(peer.port))
    assert {name: read[name] for name in NUMBERS} == pytest.approx(NUMBERS)


async def test_what_is_not_implemented_is_bad_and_never_zero(peer: Peer) -> None:
    await peer.set("holding", 40000, image(common(), integers()), UNIT)
    read, quality, _ = await values(fields(peer.port))
    assert {name for name in NUMBERS if math.isnan(read[name])} == set(NUMBERS)
    assert {quality[name] for name in NUMBERS} == {BAD | SENSOR}
    assert quality["sn"] == GOOD


@pytest.mark.parametrize("factor", [0x8000, 11, -11])
async def test_a_value_without_a_usable_scale_factor_is_bad(peer: Peer, factor: int) -> None:
    await peer.set("holding", 40000, image(common(), integers(**DAY | {"W_SF": factor})), UNIT)
    read, quality, _ = await values(fields(peer.port))
    assert quality["w"] == BAD | SENSOR
    assert math.isnan(read["w"])
    assert read["dcw"] == pytest.approx(20.71)


async def test_a_scale_factor_that_changes_is_followed_at_once(peer: Peer) -> None:
    wanted = fields(peer.port)
    await peer.set("holding", 40000, image(common(), integers(**DAY)), UNIT)
    async with connected(wanted) as link:
        assert (await link.poll(wanted)).values[0] == pytest.approx(20.1)
        await peer.set("holding", 40000, image(common(), integers(**DAY | {"W_SF": 0})), UNIT)
        assert (await link.poll(wanted)).values[0] == pytest.approx(2.01)


async def test_an_empty_text_is_not_implemented(peer: Peer) -> None:
    await peer.set("holding", 40000, image(common(), integers(**DAY)), UNIT)
    _, quality, _ = await values(fields(peer.port, {"opt": ("common.Opt", 1.0)}))
    assert quality == {"opt": BAD | SENSOR}


async def test_a_model_that_the_device_does_not_have_is_a_matter_of_configuration(peer: Peer) -> None:
    await peer.set("holding", 40000, image(common()), UNIT)
    read, quality, texts = await values(fields(peer.port))
    assert {quality[name] for name in NUMBERS} == {BAD | CONFIG}
    assert texts[int(read["sn"])] == "A-77-0042"


async def test_a_field_beyond_the_models_own_length_is_not_taken_from_the_next_model(peer: Peer) -> None:
    await peer.set("holding", 40000, image(common(40), integers(**DAY)), UNIT)
    read, quality, texts = await values(fields(peer.port))
    assert (quality["vr"], quality["sn"]) == (BAD | CONFIG, BAD | CONFIG)
    assert texts[int(read["mn"])] == "Solnor"
    assert read["w"] == pytest.approx(20.1)


async def test_another_device_on_the_next_connection_is_walked_anew(peer: Peer) -> None:
    wanted = fields(peer.port, pacing=Pacing(timeout=20, close_after_poll=True))
    await peer.set("holding", 40000, image(common(), integers(**DAY)), UNIT)
    async with connected(wanted) as link:
        assert (await link.poll(wanted)).values[0] == pytest.approx(20.1)
        await peer.set("holding", 40000, image(common(65), floats(W=700.0)), UNIT)
        assert (await link.poll(wanted)).values[0] == pytest.approx(0.7)


@pytest.mark.peer
async def test_pysunspec2_reads_the_same_numbers(peer: Peer) -> None:
    await peer.set("holding", 40000, image(common(), integers(**DAY)), UNIT)

    def other_reader() -> dict[str, Any]:
        client = SunSpecModbusClientDeviceTCP(slave_id=UNIT, ipaddr="127.0.0.1", ipport=peer.port, timeout=20)
        client.scan()
        try:
            inverter, who = client.models[103][0], client.models[1][0]
            inverter.read()
            seen = {name: getattr(inverter, FIELDS[name][0][9:]).cvalue * FIELDS[name][1] for name in NUMBERS}
            return seen | {name: getattr(who, FIELDS[name][0][7:]).value for name in TEXTS}
        finally:
            client.close()

    theirs = await asyncio.to_thread(other_reader)
    read, _, texts = await values(fields(peer.port))
    assert {name: read[name] for name in NUMBERS} == pytest.approx({name: theirs[name] for name in NUMBERS}, rel=1e-12)
    assert {name: texts[int(read[name])] for name in TEXTS} == {name: theirs[name] for name in TEXTS}


@pytest.mark.parametrize("number", [1, 101, 102, 103, 111, 112, 113])
def test_the_models_are_the_alliances(number: int) -> None:
    """Every place of ours is where the published model definition has it, with its type and scale factor."""
    file = Path(sunspec2.__file__).parent / "models" / "json" / f"model_{number}.json"
    published, offset = {}, 0
    points = json.loads(file.read_text())["group"]["points"]
    for entry in points:
        published[entry["name"]] = (offset, entry)
        offset += entry["size"]
    places = GROUPS["common" if number == 1 else "inverter"][number]
    assert len(places) >= len([e for e in points if e["type"] not in {"sunssf", "pad"}]) - 3  # ID, L, DA
    for name, place in places.items():
        at, entry = published[name]
        kind = f"string{entry['size']}" if entry["type"] == "string" else entry["type"]
        assert (place.offset, place.type) == (at, kind)
        assert KINDS[place.type].register_type.registers == entry["size"]
        assert place.scale_factor == (published[entry["sf"]][0] if "sf" in entry else None)
