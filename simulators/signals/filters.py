"""Ceramic filters with the water chemistry of their pools."""

from collections.abc import Callable
from operator import attrgetter

from simulators.plant import membrane, pool
from simulators.plant.state import State
from simulators.signals.getters import Table, fixed, flag, setpoints

_PARTS = {
    "filter_main": ("pool_main", membrane.MAIN),
    "filter_therapy": ("pool_therapy", membrane.THERAPY),
}


def plant(device: str) -> Table | None:
    """Points of one filter PLC."""
    if device not in _PARTS:
        return None
    pool_name, plan = _PARTS[device]
    at: Callable[[State], membrane.Filter] = attrgetter(device)
    water: Callable[[State], pool.Pool] = attrgetter(pool_name)
    return {
        "feed_flow": lambda s: 1.02 * at(s).flow,
        "permeate_flow": lambda s: at(s).flow,
        "tmp": lambda s: at(s).tmp_bar,
        "flux": lambda s: 1000.0 * at(s).flow / plan.area_m2,
        "permeability": lambda s: at(s).permeability,
        "level_pct": lambda s: water(s).level_pct,
        "pump_pct": lambda s: 90.0 * at(s).flow / plan.flow,
        "pump_kw": lambda s: at(s).pump_kw,
        "uv_pct": lambda s: 96.0 - 0.002 * (at(s).run_h % 8000.0),
        "pump_on": flag(lambda s: at(s).flow > 0.0),
        "water_t": lambda s: water(s).water_t,
        "turbidity": lambda s: at(s).turbidity,
        "turbidity_in": lambda s: at(s).turbidity_in,
        "cl_free": lambda s: at(s).cl_free,
        "cl_combined": lambda s: at(s).cl_combined,
        "ph": lambda s: at(s).ph,
        "redox": lambda s: membrane.redox_mv(at(s).cl_free, at(s).ph),
        "cl_dosing_pct": lambda s: at(s).cl_dosing,
        "acid_dosing_pct": lambda s: at(s).acid_dosing,
        "backwash_count": lambda s: at(s).washes,
        "backwash_m3": lambda s: at(s).volume_m3,
        "backwash_phase": lambda s: float(at(s).phase),
        "backwash_flow": lambda s: at(s).wash_flow,
        "since_backwash": lambda s: at(s).since_h,
        "cip_state": fixed(0.0),
        "alarm": flag(lambda s: at(s).tmp_bar > 0.6 or at(s).turbidity > 0.5),
        "run_h": lambda s: at(s).run_h,
        "firmware": fixed("FW 3.1.0"),
        **setpoints(device, "flow_sp", "interval_sp", "tmp_start_sp", "backwash_request"),
    }
