"""Answers typed from suppliers' manuals, through plan and codec by the catalogue's maps: the manual's numbers come out.

A folder tests/golden/<map>/ holds frames.toml (table, address, hex of the registers) and expected.toml (point = value).
"""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from drivers.modbus import plan_group
from drivers.modbus_codec import Row, compile_layout, decode, raw_none
from drivers.modbus_plan import Block
from sdanlegg.config.catalogue import read_map
from sdanlegg.config.rows import MapRow
from sdanlegg.driver import PollGroup
from sdanlegg.points import Register
from sdanlegg.quality import GOOD
from sdanlegg.site import Pacing
from tests.support.points import device, group, point

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(file.parent for file in (ROOT / "tests" / "golden").glob("*/frames.toml"))
Memory = dict[tuple[str, int], bytes]


def memory(folder: Path) -> Memory:
    """Two bytes for each register that the frames give; a coil or discrete input is 0000 or 0001."""
    words: Memory = {}
    for frame in tomllib.loads((folder / "frames.toml").read_text("utf-8"))["frame"]:
        octets = bytes.fromhex(frame["hex"])
        assert len(octets) % 2 == 0, frame
        for i in range(0, len(octets), 2):
            words[frame["table"], frame["address"] + i // 2] = octets[i : i + 2]
    return words


def answer(block: Block, words: Memory) -> bytes:
    """What the device would answer to the block; registers that no frame gives hold rubbish."""
    found = [words.get((block.table, block.address + i), b"\xde\xad") for i in range(block.count)]
    if block.table not in {"coil", "discrete"}:
        return b"".join(found)
    bits = sum((word[1] & 1) << i for i, word in enumerate(found))
    return bits.to_bytes(block.size, "little")


def given(row: MapRow, words: Memory) -> bool:
    """Whether the frames hold all registers of a row."""
    assert isinstance(row.address, Register)
    place = row.address
    return all((place.table, a) in words for a in range(place.address, place.address + place.type.registers))


def golden_group(folder: Path, pacing: Pacing) -> PollGroup:
    """The points of the folder's map that the frames hold."""
    rows = read_map(ROOT / "config" / "catalogue" / f"{folder.name}.csv")[0]
    assert rows is not None, f"there is no register map {folder.name}"
    words = memory(folder)
    points = [
        point(f"d.{r.name}", r.address, kind=r.kind, quantity=r.quantity, min=r.min, max=r.max)
        for r in rows.rows
        if given(r, words)
    ]
    return group(points, device(pacing=pacing))


def read(folder: Path, pacing: Pacing) -> tuple[list[str], Row]:
    wanted = golden_group(folder, pacing)
    registers, blocks = plan_group(wanted)
    raw = b"".join(answer(block, memory(folder)) for block in blocks)
    row = decode(compile_layout(registers, blocks, raw_none(wanted.points, registers)), raw)
    return [p.name for p in wanted.points], row


def test_there_are_golden_answers() -> None:
    assert len(FOLDERS) >= 5, "tests/golden holds too few devices to prove anything"


@pytest.mark.parametrize("pacing", [Pacing(), Pacing(max_gap=0, max_registers=20)], ids=["merged", "single"])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_the_manuals_numbers_come_out(folder: Path, pacing: Pacing) -> None:
    expected = tomllib.loads((folder / "expected.toml").read_text("utf-8"))["expected"]
    names, row = read(folder, pacing)
    assert set(names) == set(expected), "frames and expected values are of different points"
    for i, name in enumerate(names):
        value = row.values[i]
        assert row.quality[i] == GOOD, name
        if isinstance(expected[name], str):
            assert (row.texts or {})[int(value)] == expected[name], name
        else:
            assert value == pytest.approx(expected[name], rel=1e-9), name


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_a_flipped_bit_does_not_go_unseen(folder: Path) -> None:
    """The control: the expected values depend on every register of every point."""
    wanted = golden_group(folder, Pacing())
    registers, blocks = plan_group(wanted)
    words = memory(folder)
    layout = compile_layout(registers, blocks)
    right = decode(layout, b"".join(answer(block, words) for block in blocks)).values
    for row, register in enumerate(registers):
        if register.type.is_text or register.type.bit is not None:
            continue
        for address in range(register.address, register.address + register.type.registers):
            place = (register.table, address)
            flipped = {**words, place: bytes([words[place][0], words[place][1] ^ 1])}
            wrong = decode(layout, b"".join(answer(block, flipped) for block in blocks)).values
            assert not np.array_equal(right[row], wrong[row]), (wanted.points[row].name, address)
