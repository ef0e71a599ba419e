"""Pavement collector."""

from simulators.plant import collector as plant
from simulators.signals.getters import Table, alarms, flag, setpoints


def collector(device: str) -> Table | None:
    """Points of the pavement collector."""
    if device != "sol1":
        return None
    return {
        "slab_t": lambda s: plant.mean_t(s.sol1),
        "surface_t": lambda s: s.sol1.heated.surface_t,
        "fluid_in_t": lambda s: s.sol1.fluid_in_t,
        "fluid_out_t": lambda s: s.sol1.fluid_out_t,
        "flow": lambda s: s.sol1.flow,
        "pump_pct": lambda s: 100.0 * s.sol1.flow / plant.FLOW_M3_H,
        "valve_pct": lambda s: (
            min(100.0, 100.0 * s.sol1.melt_kw / s.setpoints.sol1.max_power_sp) if s.sol1.melt_kw > 0.0 else 0.0
        ),
        "outdoor_t": lambda s: s.inputs.weather.outdoor_t,
        "moisture_pct": lambda s: min(100.0, 60.0 * s.sol1.heated.wet_mm + 100.0 * min(1.0, s.sol1.heated.snow_mm)),
        "power": lambda s: s.sol1.solar_kw - s.sol1.melt_kw,
        "mode": lambda s: float(s.sol1.mode),
        **alarms(
            {
                "alarm_flow": lambda _: False,
                "alarm_hot": lambda s: s.sol1.fluid_out_t > 45.0,
                "alarm_sensor": lambda _: False,
            }
        ),
        "charge_kwh": lambda s: s.meters.heat_kwh.solar,
        "melt_kwh": lambda s: s.meters.heat_kwh.snow,
        "pump_run_h": lambda s: s.sol1.pump_run_h,
        "moist": flag(lambda s: s.sol1.heated.wet_mm > 0.1 or s.sol1.heated.snow_mm > 0.05),
        "snow": flag(lambda s: s.sol1.heated.snow_mm > 0.2),
        **setpoints(device, "mode_sp", "start_dt_sp", "melt_t_sp", "max_power_sp"),
    }
