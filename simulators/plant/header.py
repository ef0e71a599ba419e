"""Heat header with its 8 m³ accumulator, one node: what the sources bring less what the circuits take.

Sources: the wells' heat pump, the air-handling units' heat pumps, the electric boiler at peak. Circuits: space heating,
ventilation, floor heating, pools, tap water, snow melting. A colder header gives less: full at 35 °C, nothing at 30.
"""

from typing import Final, NamedTuple

CAPACITY_KWH_K: Final = 8.0 * 1.152
LOSS_KW_K: Final = 0.03
ROOM_T: Final = 20.0
PEAK_BELOW_K: Final = 6.0


class Header(NamedTuple):
    """Temperature [°C] and the balance of the last step [kW]."""

    t: float
    supplied_kw: float
    drawn_kw: float
    loss_kw: float


def available(header: Header) -> float:
    """Share of a circuit's wish that the header can give, 0 to 1."""
    return min(1.0, max(0.0, (header.t - 30.0) / 5.0))


def room_for_surplus(header: Header) -> float:
    """Share of surplus heat that the header takes: full at 54 °C, nothing from 60."""
    return min(1.0, max(0.0, (60.0 - header.t) / 6.0))


def peak_wish_kw(header: Header, setpoint_t: float) -> float:
    """Boiler power [kW] asked for when the heat pumps cannot hold the header."""
    return max(0.0, 25.0 * (setpoint_t - PEAK_BELOW_K - header.t))


def advance(header: Header, supplied_kw: float, drawn_kw: float, dt_s: float) -> Header:
    """One step: exact sum of what came, went and was lost."""
    loss = LOSS_KW_K * (header.t - ROOM_T)
    t = header.t + (supplied_kw - drawn_kw - loss) * dt_s / 3600.0 / CAPACITY_KWH_K
    return Header(t, supplied_kw, drawn_kw, loss)
