"""Air-handling units."""

from collections.abc import Callable
from operator import attrgetter

from simulators.plant import ahu, air_plan
from simulators.plant.moist_air import relative_humidity
from simulators.plant.state import State
from simulators.signals.getters import Table, alarms, setpoints

_PLANS = {"ahu1": air_plan.MAIN, "ahu2": air_plan.THERAPY, "ahu3": air_plan.CHANGING}


def _filter_dp(a: ahu.Air, plan: air_plan.AirPlan, clean_pa: float) -> float:
    """Pressure over a filter [Pa]: with the square of the flow, half more at the end of its 4,000 hours."""
    dirt = 0.5 * (a.run_h % 4000.0) / 4000.0
    return clean_pa * (1.0 + dirt) * (a.flow / plan.day_flow) ** 2


def _counters(at: Callable[[State], ahu.Air]) -> Table:
    return {
        "fan_kwh": lambda s: at(s).fan_kwh,
        "hp_el_kwh": lambda s: at(s).hp_el_kwh,
        "hp_heat_kwh": lambda s: at(s).hp_heat_kwh,
        "condensate_m3": lambda s: at(s).condensate_m3,
        "run_h": lambda s: at(s).run_h,
    }


def unit(device: str) -> Table | None:
    """Points of one unit."""
    if device not in _PLANS:
        return None
    plan = _PLANS[device]
    at: Callable[[State], ahu.Air] = attrgetter(device)
    return {
        "supply_t": lambda s: at(s).supply_t,
        "extract_t": lambda s: at(s).t,
        "outdoor_t": lambda s: s.inputs.weather.outdoor_t,
        "exhaust_t": lambda s: at(s).exhaust_t,
        "supply_rh": lambda s: relative_humidity(at(s).supply_t, at(s).supply_ratio),
        "extract_rh": lambda s: relative_humidity(at(s).t, at(s).ratio),
        "outdoor_rh": lambda s: s.inputs.weather.rh,
        "supply_flow": lambda s: at(s).flow,
        "extract_flow": lambda s: ahu.extract_flow(at(s), plan),
        "supply_fan_pct": lambda s: 88.0 * at(s).flow / plan.day_flow,
        "extract_fan_pct": lambda s: 84.0 * ahu.extract_flow(at(s), plan) / plan.day_flow,
        "damper_pct": lambda s: 100.0 * at(s).outdoor_share,
        "recovery_pct": lambda s: 100.0 * at(s).recovery,
        "filter_dp_supply": lambda s: _filter_dp(at(s), plan, 110.0),
        "filter_dp_extract": lambda s: _filter_dp(at(s), plan, 90.0),
        "fan_p_el": lambda s: at(s).fan_kw,
        "hp_p_el": lambda s: at(s).hp_p_el,
        "hp_air_kw": lambda s: at(s).hp_air_kw,
        "hp_water_kw": lambda s: at(s).hp_water_kw,
        "coil_kw": lambda s: at(s).coil_kw,
        "loop_return_t": lambda s: s.header.t,
        "hp_state": lambda s: 2.0 if at(s).hp_blocked else 1.0 if at(s).hp_level > 0.0 else 0.0,
        "mode": lambda s: float(at(s).mode),
        **alarms(
            {
                "alarm_filter": lambda s: _filter_dp(at(s), plan, 110.0) > 250.0,
                "alarm_fan": lambda _: False,
                "alarm_hp": lambda s: at(s).hp_blocked,
                "alarm_frost": lambda s: at(s).supply_t < 8.0,
            }
        ),
        **_counters(at),
        **setpoints(device, "mode_sp", "supply_t_sp", "rh_sp"),
    }
