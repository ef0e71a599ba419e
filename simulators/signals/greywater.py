"""Greywater heat pump."""

from typing import Final

from simulators.plant import exchanger
from simulators.plant import greywater as plant
from simulators.plant.state import State
from simulators.signals.getters import Table, alarms, flag, setpoints

CLOGGED: Final = 0.6  # share of the heat exchange lost at which the controller tells it


def _clogged(s: State) -> bool:
    return (1.0 - s.gv1.film) * (1.0 - s.inputs.faults.grey_fouled) < 1.0 - CLOGGED


def unit(device: str) -> Table | None:
    """Points of the greywater recovery unit."""
    if device != "gv1":
        return None
    return {
        "dirty_level_pct": lambda s: 100.0 * s.gv1.dirty_m3 / plant.TANK_M3,
        "clean_level_pct": lambda s: 100.0 * s.gv1.store_m3 / plant.STORE_M3,
        "drain_in_t": lambda s: s.gv1.dirty_t,
        "drain_out_t": lambda s: s.gv1.drain_out_t,
        "fresh_in_t": lambda s: s.gv1.fresh_in_t,
        "fresh_out_t": lambda s: s.gv1.fresh_out_t,
        "drain_flow": lambda s: s.gv1.drain_flow,
        "fresh_flow": lambda s: s.gv1.fresh_flow,
        "p_el": lambda s: s.gv1.p_el,
        "heat_kw": lambda s: s.gv1.heat_kw,
        "compressor_pct": lambda s: 100.0 * s.gv1.condenser_kw / exchanger.CONDENSER_KW,
        "mode": lambda s: float(s.gv1.mode),
        **alarms(
            {
                "alarm_filter": _clogged,
                "alarm_level": lambda s: s.gv1.dirty_m3 > 0.995 * plant.TANK_M3,
                "alarm_hp": lambda _: False,
            }
        ),
        "heat_kwh": lambda s: s.meters.heat_kwh.grey,
        "el_kwh": lambda s: s.gv1.el_kwh,
        "volume_m3": lambda s: s.meters.water_m3.grey,
        "run_h": lambda s: s.gv1.run_h,
        "cleaning_count": lambda s: s.gv1.cleaning_count,
        "cleaning": flag(lambda s: s.gv1.mode == plant.CLEANING),
        **setpoints(device, "enable", "outlet_t_sp", "cleaning_hour_sp"),
    }
