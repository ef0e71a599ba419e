"""Block planning: every value once, no block too long, no hole that may not be read."""

import dataclasses
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus_plan import Block, Span, plan_blocks, span_of, split
from sdanlegg.errors import ConfigError
from sdanlegg.points import Table
from sdanlegg.site import Pacing
from tests.support.points import register

TABLES: tuple[Table, ...] = ("coil", "discrete", "holding", "input")


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    """Spans as point lists have them: clustered, overlapping, far apart."""
    result = []
    for row in range(draw(st.integers(1, 40))):
        table = draw(st.sampled_from(TABLES))
        count = 1 if table in {"coil", "discrete"} else draw(st.sampled_from([1, 1, 2, 2, 4, 10]))
        base = draw(st.sampled_from([0, 100, 1000, 40000, 65526 - 200]))
        result.append(Span(row, table, base + draw(st.integers(0, 200)), count))
    return result


paces = st.builds(Pacing, max_gap=st.integers(0, 30), max_registers=st.integers(10, 125))


def limit(block: Block, pacing: Pacing) -> int:
    return min(2000, 16 * pacing.max_registers) if block.table in {"coil", "discrete"} else pacing.max_registers


def longest_hole(block: Block) -> int:
    """Most addresses in a row inside the block that no span needs."""
    needed = {address for span in block.spans for address in range(span.address, span.end)}
    longest = run = 0
    for address in range(block.address, block.address + block.count):
        run = 0 if address in needed else run + 1
        longest = max(longest, run)
    return longest


@given(spans(), paces)
def test_every_span_lies_whole_in_exactly_one_block(wanted: list[Span], pacing: Pacing) -> None:
    blocks = plan_blocks(wanted, pacing)
    assert sorted(s.row for b in blocks for s in b.spans) == list(range(len(wanted)))
    for block in blocks:
        for span in block.spans:
            assert span.table == block.table
            assert block.address <= span.address
            assert span.end <= block.address + block.count


@given(spans(), paces)
def test_no_block_is_too_long_and_no_hole_too_wide(wanted: list[Span], pacing: Pacing) -> None:
    for block in plan_blocks(wanted, pacing):
        assert 1 <= block.count <= limit(block, pacing)
        assert longest_hole(block) <= pacing.max_gap
        assert 0 <= block.address <= block.address + block.count <= 65536


@given(spans(), paces, st.randoms())
def test_the_order_of_the_points_does_not_matter(wanted: list[Span], pacing: Pacing, random: Random) -> None:
    mixed = list(wanted)
    random.shuffle(mixed)
    assert plan_blocks(mixed, pacing) == plan_blocks(wanted, pacing)


@given(spans(), paces)
def test_halving_ends_with_every_value_alone(wanted: list[Span], pacing: Pacing) -> None:
    waiting, alone = list(plan_blocks(wanted, pacing)), []
    while waiting:
        block = waiting.pop()
        halves = split(block)
        if halves is None:
            alone.append(block)
            continue
        for half in halves:
            assert half.count <= block.count
            assert len(half.spans) < len(block.spans)
        waiting += halves
    assert sorted(s.row for b in alone for s in b.spans) == list(range(len(wanted)))
    for block in alone:
        assert {(s.address, s.count) for s in block.spans} == {(block.address, block.count)}


def test_a_gap_is_read_across_only_as_far_as_allowed() -> None:
    pair = [Span(0, "holding", 10, 2), Span(1, "holding", 15, 2)]
    assert [(b.address, b.count) for b in plan_blocks(pair, Pacing(max_gap=3))] == [(10, 7)]
    assert [(b.address, b.count) for b in plan_blocks(pair, Pacing(max_gap=2))] == [(10, 2), (15, 2)]


def test_neighbours_share_a_block_even_when_no_hole_may_be_read() -> None:
    pair = [Span(0, "holding", 10, 2), Span(1, "holding", 12, 2)]
    assert [(b.address, b.count) for b in plan_blocks(pair, Pacing(max_gap=0))] == [(10, 4)]


def test_a_word_and_its_bits_are_read_once() -> None:
    registers = [register("uint16", 7), register("bit:0", 7), register("bit:15", 7)]
    blocks = plan_blocks([span_of(i, r, "d.x") for i, r in enumerate(registers)], Pacing())
    assert [(b.address, b.count, len(b.spans)) for b in blocks] == [(7, 1, 3)]
    assert split(blocks[0]) is None


def test_200_floats_take_four_requests() -> None:
    wanted = [Span(i, "holding", 2 * i, 2) for i in range(200)]
    assert [b.count for b in plan_blocks(wanted, Pacing())] == [124, 124, 124, 28]


def test_2000_coils_take_one_request_of_250_bytes() -> None:
    blocks = plan_blocks([Span(i, "coil", i, 1) for i in range(2001)], Pacing())
    assert [(b.count, b.size) for b in blocks] == [(2000, 250), (1, 1)]


def test_a_block_is_cut_at_its_widest_hole() -> None:
    wanted = [Span(0, "holding", 0, 2), Span(1, "holding", 2, 2), Span(2, "holding", 9, 2), Span(3, "holding", 12, 2)]
    (block,) = plan_blocks(wanted, Pacing())
    assert [(b.address, b.count) for b in split(block) or ()] == [(0, 4), (9, 5)]


def test_a_value_longer_than_a_block_is_refused() -> None:
    with pytest.raises(ConfigError, match="64 registers at 300 exceeds max_registers 60"):
        plan_blocks([Span(0, "holding", 300, 64)], Pacing(max_registers=60))


@pytest.mark.parametrize(
    ("type_", "address", "table"),
    [("float32", 0, "coil"), ("bool", 0, "holding"), ("uint32", 65535, "holding"), ("uint16", -1, "input")],
)
def test_what_cannot_stand_there_is_refused_by_name(type_: str, address: int, table: str) -> None:
    with pytest.raises(ConfigError, match=r"^vp1\.t: "):
        span_of(0, register(type_, address, table), "vp1.t")  # type: ignore[arg-type]


def test_a_block_is_a_value() -> None:
    (block,) = plan_blocks([Span(0, "holding", 1, 1)], Pacing())
    with pytest.raises(dataclasses.FrozenInstanceError):
        block.address = 2  # type: ignore[misc]
