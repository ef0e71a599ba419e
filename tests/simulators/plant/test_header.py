"""The header: exact sum of what comes and goes, order of its sources, temperatures of its circuits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.plant import header
from simulators.plant.header import Header


@given(st.floats(20.0, 65.0), st.floats(0.0, 400.0), st.floats(0.0, 500.0), st.sampled_from([1.0, 17.0, 60.0, 300.0]))
def test_first_law(t: float, supplied: float, drawn: float, dt_s: float) -> None:
    before, h = Header(t, 0.0, 0.0, 0.0), dt_s / 3600.0
    after = header.advance(before, supplied, drawn, dt_s)
    net = (supplied - drawn - header.flows(after)["header.loss"]) * h
    stored = header.contents(after)["heat.header"] - header.contents(before)["heat.header"]
    assert stored == pytest.approx(net, abs=1e-9 * (supplied + drawn + after.loss_kw) * h + 1e-11)


def test_a_cold_header_gives_less() -> None:
    shares = [header.available(Header(t, 0.0, 0.0, 0.0)) for t in (29.0, 30.0, 32.5, 35.0, 50.0)]
    assert shares == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0])


def test_circuits_that_ask_for_all_they_may_cannot_freeze_it() -> None:
    """450 kW of wishes at five minutes a step, no source: it comes to rest above 29 °C."""
    h = Header(46.0, 0.0, 0.0, 0.0)
    for _ in range(100):
        h = header.advance(h, 0.0, 450.0 * header.available(h), 300.0)
    assert 29.0 < h.t < 31.0


def test_sources_in_their_order() -> None:
    """Air surplus up to 54 °C and none from 60; the boiler 6 K under the setpoint, at 42 °C at the latest."""
    shares = [header.room_for_surplus(Header(t, 0.0, 0.0, 0.0)) for t in (46.0, 54.0, 57.0, 60.0, 65.0)]
    assert shares == pytest.approx([1.0, 1.0, 0.5, 0.0, 0.0])
    assert [header.peak_t(sp) for sp in (40.0, 46.0, 60.0)] == [34.0, 40.0, 42.0]
