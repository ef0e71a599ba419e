"""Heat header with its 8 m³ accumulator, one node: what the sources bring less what the circuits take.

C dT/dt = sources - circuits - UA (T - T_room), C = 8 m³ of water at 45 °C (1.152 kWh/m³K), UA 30 W/K for accumulator
and pipes; explicit, so that what was lost is one number. Sources in their order: the air-handling units' heat pumps are
taken up to 54 °C and fade out to 60; the wells' heat pump holds its setpoint; the electric boiler comes in 6 K under
it, at 42 °C at the latest, and goes out 1 K above that. Circuits: space, ventilation and floor heating, pools, tap
water, snow melting; a colder header gives them less: full at 35 °C, nothing at 30. A mixing valve keeps each circuit to
its own highest supply temperature. Sizes, limits and temperatures are engineering estimates.
"""

from typing import Final, NamedTuple

from simulators.plant.record import record

CAPACITY_KWH_K: Final = 8.0 * 1.152
LOSS_KW_K: Final = 0.03
ROOM_T: Final = 20.0
PEAK_BELOW_K: Final = 6.0
PEAK_MOST_T: Final = 42.0
# Highest supply temperature [°C] behind the mixing valves of space heating, ventilation and pools, and of the floors;
# tap water takes the header as it is.
MIXED_MOST_T: Final = 45.0
FLOOR_MOST_T: Final = 35.0


class Header(NamedTuple):
    """Temperature [°C] and the balance of the last step [kW]."""

    t: float
    supplied_kw: float
    drawn_kw: float
    loss_kw: float


def available(header: Header) -> float:
    """Share of a circuit's wish that the header can give, 0 to 1."""
    share = (header.t - 30.0) / 5.0
    return share if 0.0 < share < 1.0 else 1.0 if share > 0.0 else 0.0


def room_for_surplus(header: Header) -> float:
    """Share of surplus heat that the header takes: full at 54 °C, nothing from 60."""
    share = (60.0 - header.t) / 6.0
    return share if 0.0 < share < 1.0 else 1.0 if share > 0.0 else 0.0


def peak_t(setpoint_t: float) -> float:
    """Header temperature [°C] under which the electric boiler helps a heat pump set to setpoint_t."""
    t = setpoint_t - PEAK_BELOW_K
    return t if t < PEAK_MOST_T else PEAK_MOST_T


def advance(header: Header, supplied_kw: float, drawn_kw: float, dt_s: float) -> Header:
    """One step: exact sum of what came, went and was lost."""
    t = header.t
    loss = LOSS_KW_K * (t - ROOM_T)
    t += (supplied_kw - drawn_kw - loss) * dt_s / 3600.0 / CAPACITY_KWH_K
    return record(Header, (t, supplied_kw, drawn_kw, loss))


def flows(header: Header) -> dict[str, float]:
    """What the header alone exchanged in the last step [kW]; sources and circuits tell theirs."""
    return {"header.loss": header.loss_kw}


def contents(header: Header) -> dict[str, float]:
    """Heat above 0 °C [kWh]."""
    return {"heat.header": CAPACITY_KWH_K * header.t}
