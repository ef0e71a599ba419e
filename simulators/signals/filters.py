"""Ceramic filters with the water chemistry of their pools."""

from collections.abc import Callable
from operator import attrgetter

from simulators.plant import chemistry, membrane, pool
from simulators.plant.state import State
from simulators.signals.getters import Table, fixed, flag, setpoints

_PARTS = {
    "filter_main": ("pool_main", "chemistry_main", membrane.MAIN, chemistry.MAIN),
    "filter_therapy": ("pool_therapy", "chemistry_therapy", membrane.THERAPY, chemistry.THERAPY),
}


def plant(device: str) -> Table | None:
    """Points of one filter PLC."""
    if device not in _PARTS:
        return None
    pool_name, chemistry_name, plan, dosing = _PARTS[device]
    at: Callable[[State], membrane.Filter] = attrgetter(device)
    water: Callable[[State], pool.Pool] = attrgetter(pool_name)
    quality: Callable[[State], chemistry.Chemistry] = attrgetter(chemistry_name)
    return {
        "feed_flow": lambda s: at(s).flow,
        "permeate_flow": lambda s: at(s).flow,
        "tmp": lambda s: at(s).tmp_bar,
        "flux": lambda s: 1000.0 * at(s).flow / plan.area_m2,
        "permeability": lambda s: at(s).permeability,
        "level_pct": lambda s: min(100.0, max(0.0, water(s).level_pct)),
        "pump_pct": lambda s: membrane.speed_pct(at(s), plan),
        "pump_kw": lambda s: at(s).pump_kw,
        "uv_pct": lambda s: 96.0 - 0.002 * (at(s).run_h % 8000.0),
        "pump_on": flag(lambda s: at(s).flow > 0.0),
        "water_t": lambda s: water(s).water_t,
        "turbidity": lambda s: chemistry.filtered_ftu(quality(s)),
        "turbidity_in": lambda s: quality(s).turbidity,
        "cl_free": lambda s: quality(s).cl_free,
        "cl_combined": lambda s: quality(s).cl_combined,
        "ph": lambda s: quality(s).ph,
        "redox": lambda s: chemistry.redox_mv(quality(s).cl_free, quality(s).ph),
        "cl_dosing_pct": lambda s: quality(s).cl_dosing,
        "acid_dosing_pct": lambda s: quality(s).acid_dosing,
        "backwash_count": lambda s: at(s).washes,
        "backwash_m3": lambda s: at(s).volume_m3,
        "backwash_phase": lambda s: float(membrane.wash_phase(at(s))),
        "backwash_flow": lambda s: at(s).wash_flow,
        "since_backwash": lambda s: at(s).since_h,
        "cip_state": lambda s: float(membrane.cleaning_state(at(s))),
        "alarm": flag(lambda s: _alarm(at(s), water(s), quality(s), dosing.cl_least)),
        "run_h": lambda s: at(s).run_h,
        "firmware": fixed("FW 3.1.0"),
        **setpoints(device, "flow_sp", "interval_sp", "tmp_start_sp", "backwash_request"),
    }


def _alarm(f: membrane.Filter, water: pool.Pool, quality: chemistry.Chemistry, cl_least: float) -> bool:
    """What the PLC calls out: pressure, turbidity, an empty tank, too little chlorine, pH out of its band."""
    return (
        f.tmp_bar > 0.6
        or quality.turbidity > 0.5
        or water.level_pct < membrane.WASH_LEVEL
        or quality.cl_free < cl_least
        or not 7.2 <= quality.ph <= 7.6
    )
