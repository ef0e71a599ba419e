"""Electric boiler of 300 kW in steps of 30: tops the tap water, helps the header at peak.

Heat = 0.99 of the electricity. The tank comes first: one to four steps from 0.6 K above the setpoint to 2 K above,
in the third node, so that what leaves the tank does not fall under the setpoint. The rest of the limit serves the
header between its peak temperature and 1 K more. In a long step the boiler runs as long as the hysteresis lets it:
powers are means. A contactor that sticks (fault) heats the header until the thermostat cuts between 70 and 75 °C.
Engineering estimates.
"""

from math import ceil
from typing import Final, NamedTuple

from simulators.plant.header import CAPACITY_KWH_K
from simulators.plant.tank import NODE_KWH_K

STEP_KW: Final = 30.0
TANK_STEPS: Final = 4
EFFICIENCY: Final = 0.99
START_K, STOP_K = 0.6, 2.0
PER_STEP_K: Final = 1.5
PEAK_BAND_K: Final = 1.0
PEAK_KW_K: Final = 60.0
CUT_T: Final = 75.0
CUT_BAND_K: Final = 5.0


class Boiler(NamedTuple):
    """Who calls, heat to tank and header and electricity [kW, means of the step], steps in."""

    boiling: bool
    peaking: bool
    tank_kw: float
    header_kw: float
    el_kw: float
    steps: int


AT_REST: Final = Boiler(False, False, 0.0, 0.0, 0.0, 0)


class Call(NamedTuple):
    """What the boiler sees: tank and header [°C], where each should be, how many nodes it heats, its limit [kW]."""

    tank_t: float
    tank_sp: float
    nodes: int
    header_t: float
    peak_t: float
    limit_kw: float
    stuck_kw: float


def advance(boiling: bool, peaking: bool, call: Call, dt_s: float) -> Boiler:
    """One step."""
    dt_h = dt_s / 3600.0
    tank, header, steps, for_header = 0.0, 0.0, 0, 0
    short = call.tank_sp + STOP_K - call.tank_t
    boiling = short > STOP_K - START_K or (boiling and short > 0.0)
    if boiling:
        steps = min(TANK_STEPS, ceil(short / PER_STEP_K), int(call.limit_kw / STEP_KW))
        tank = min(STEP_KW * steps, call.nodes * NODE_KWH_K * (short + 0.2) / dt_h)
    below = call.peak_t + PEAK_BAND_K - call.header_t
    peaking = below > PEAK_BAND_K or (peaking and below > 0.0)
    if peaking:
        for_header = min(ceil(PEAK_KW_K * below / STEP_KW), int(call.limit_kw / STEP_KW) - steps)
        header = min(STEP_KW * for_header, CAPACITY_KWH_K * (below + 0.2) / dt_h)
    if call.stuck_kw > header:
        header = max(header, call.stuck_kw * min(1.0, max(0.0, (CUT_T - call.header_t) / CUT_BAND_K)))
        for_header = ceil(header / STEP_KW)
    return Boiler(boiling, peaking, tank, header, (tank + header) / EFFICIENCY, steps + for_header)
