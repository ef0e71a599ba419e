"""The hall without some of its measures: what else its controllers would be told and its parts would lack.

Floors stay down at closing, as when staff forget them. Plates of the air-handling units exchange nothing. The greywater
unit stands, and all greywater goes to the drain. Showers of 12 l/min instead of 7 (estimate; low-flow heads are 6-9).
The wells' heat pump stands, and the electric boiler serves the header; the pavement melts snow but gathers nothing.
Modules give nothing. Filters of sand: sand.py; light without LED and daylight control: lighting.py.
"""

from typing import Final

from simulators.plant import showers
from simulators.plant.faults import Faults
from simulators.plant.inputs import Inputs
from simulators.plant.measures import Measures
from simulators.plant.setpoints import SLAB_AUTO, SLAB_CHARGE, SLAB_MELT, SLAB_OFF, Setpoints
from simulators.plant.state import State
from simulators.plant.visitors import Crowd

LOW_FLOW_L_MIN, ORDINARY_L_MIN = 7.0, 12.0
_MORE_WATER: Final = ORDINARY_L_MIN / LOW_FLOW_L_MIN - 1.0
_NOT_CHARGING: Final = {SLAB_AUTO: SLAB_MELT, SLAB_CHARGE: SLAB_OFF}


def told(s: State, inputs: Inputs) -> tuple[State, Inputs]:
    """State and inputs for a step without what the inputs' measures lack."""
    has = inputs.measures
    return (
        s._replace(setpoints=_setpoints(s.setpoints, has)),
        inputs._replace(faults=_faults(inputs.faults, inputs.crowd, has)),
    )


def kept(after: State, before: State, inputs: Inputs) -> State:
    """The state after such a step with the setpoints and inputs that were given."""
    given = before.setpoints
    setpoints = after.setpoints._replace(vp1=given.vp1, sol1=given.sol1, gv1=given.gv1)
    return after._replace(inputs=inputs, setpoints=setpoints)


def _faults(faults: Faults, crowd: Crowd, has: Measures) -> Faults:
    if not has.raised_floors:
        faults = faults._replace(floor_main_left_down=1.0, floor_therapy_left_down=1.0)
    if not has.air_recovery:
        faults = faults._replace(recovery_lost_ahu1=1.0, recovery_lost_ahu2=1.0, recovery_lost_ahu3=1.0)
    if not has.low_flow_showers:
        more = _MORE_WATER * showers.flow(crowd)
        faults = faults._replace(shower_stuck_m3_h=faults.shower_stuck_m3_h + more)
    return faults if has.solar_cells else faults._replace(soiling_pv=1.0)


def _setpoints(sp: Setpoints, has: Measures) -> Setpoints:
    if not has.greywater:
        sp = sp._replace(gv1=sp.gv1._replace(enable=0.0))
    if not has.wells:
        sp = sp._replace(vp1=sp.vp1._replace(enable=0.0))
    if has.wells and has.collectors:
        return sp
    return sp._replace(sol1=sp.sol1._replace(mode_sp=_NOT_CHARGING.get(sp.sol1.mode_sp, sp.sol1.mode_sp)))
