"""Movable floors: read only."""

from collections.abc import Callable
from operator import attrgetter

from simulators.plant import floor as plant
from simulators.plant.state import State
from simulators.signals.getters import Table, fixed, flag

_DEVICES = frozenset({"floor_main", "floor_therapy"})


def floor(device: str) -> Table | None:
    """Points of one floor PLC."""
    if device not in _DEVICES:
        return None
    at: Callable[[State], plant.Floor] = attrgetter(device)
    return {
        "position": lambda s: at(s).depth_mm,
        "target": lambda s: at(s).target_mm,
        "skew": lambda s: plant.skew_mm(at(s)),
        "moving": flag(lambda s: at(s).moving),
        "target_reached": flag(lambda s: at(s).depth_mm == at(s).target_mm),
        "raised": flag(lambda s: at(s).depth_mm <= plant.RAISED_MM),
        "locked": flag(lambda s: not at(s).moving),
        "estop_ok": fixed(1.0),
        "key_switch": lambda s: float(plant.key_switch(at(s))),
        "permissive": flag(lambda s: at(s).permissive),
        "drive_fault": fixed(0.0),
        "p_el": lambda s: at(s).p_el,
        "run_h": lambda s: at(s).run_h,
        "travels": lambda s: at(s).travels,
        "last_operator": lambda s: "vakt 1" if at(s).shift == 0 else "vakt 2",
        "firmware": fixed("FS 1.8"),
    }
