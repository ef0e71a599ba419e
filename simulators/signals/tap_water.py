"""Tap water and electric boiler."""

from simulators.plant import tapwater
from simulators.signals.getters import Getter, Table, alarms, flag, setpoints

# The node at which each of the five sensors sits, from the top.
_SENSOR_AT = (0, 2, 4, 7, 9)


def _node(level: int) -> Getter:
    node = _SENSOR_AT[level - 1]
    return lambda s: s.tv1.nodes[node]


def unit(device: str) -> Table | None:
    """Points of the tap-water system."""
    if device != "tv1":
        return None
    return {
        **{f"tank_t_{level}": _node(level) for level in range(1, 6)},
        "hot_out_t": lambda s: s.tv1.hot_t,
        "vvc_return_t": lambda s: s.tv1.circulation_t,
        "cold_in_t": lambda s: s.tv1.cold_t,
        "preheat_t": lambda s: s.tv1.preheat_t,
        "tap_flow": lambda s: s.tv1.draw_m3_h,
        "vvc_flow": lambda _: tapwater.CIRCULATION_M3_H,
        "boiler_kw": lambda s: s.tv1.boiler_el_kw,
        "preheat_kw": lambda s: s.tv1.header_kw,
        "header_kw": lambda s: s.tv1.boiler_header_kw,
        "boiler_steps": lambda s: float(s.tv1.steps),
        "flush_state": lambda s: float(s.tv1.flush_state),
        "flush_left": lambda s: s.tv1.flush_left_s,
        **alarms(
            {
                "alarm_tank_cold": lambda s: s.tv1.nodes[0] < 58.0,
                "alarm_vvc_cold": lambda s: s.tv1.circulation_t < 55.0,
                "alarm_boiler": lambda s: s.tv1.boiler_header_kw > 0.0 and not s.tv1.peaking,
            }
        ),
        "boiler_kwh": lambda s: s.meters.el_kwh.boiler,
        "header_kwh": lambda s: s.meters.heat_kwh.boiler,
        "tap_m3": lambda s: s.meters.water_m3.tap,
        "flush_count": lambda s: s.tv1.flush_count,
        "vvc_pump_on": flag(lambda _: True),
        **setpoints(device, "tank_t_sp", "boiler_limit_kw", "flush_start"),
    }
