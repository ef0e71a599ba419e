"""Heat pump on the wells, and the wells' manifold."""

from simulators.plant import heatpump, wells
from simulators.signals.getters import Getter, Table, alarms, fixed, flag, serial_number, setpoints

_NOMINAL_DP_PA = 65_000.0


def heat_pump(device: str) -> Table | None:
    """Points of the brine-water heat pump."""
    if device != "vp1":
        return None
    return {
        "supply_t": lambda s: s.vp1.supply_t,
        "return_t": lambda s: s.vp1.return_t,
        "brine_in_t": lambda s: s.vp1.brine_in_t,
        "brine_out_t": lambda s: s.vp1.brine_out_t,
        "brine_flow": lambda s: s.vp1.brine_flow,
        "condenser_flow": lambda s: s.vp1.water_flow,
        "brine_dp": lambda s: _NOMINAL_DP_PA * (s.vp1.brine_flow / heatpump.NOMINAL_BRINE_M3_H) ** 1.8,
        "p_el": lambda s: s.vp1.p_el,
        "heat_kw": lambda s: s.vp1.heat_kw,
        "suction_p": lambda s: heatpump.pressures(s.vp1)[0],
        "discharge_p": lambda s: heatpump.pressures(s.vp1)[1],
        "suction_t": lambda s: s.vp1.brine_out_t + (1.5 if s.vp1.on else 0.0),
        "discharge_t": lambda s: s.vp1.supply_t + (24.0 if s.vp1.on else 0.0),
        "tank_t": lambda s: s.header.t,
        "compressor_pct": lambda s: 100.0 * s.vp1.level,
        "brine_pump_pct": lambda s: 100.0 * s.vp1.brine_flow / heatpump.NOMINAL_BRINE_M3_H,
        "condenser_pump_pct": lambda s: 100.0 * s.vp1.water_flow / heatpump.NOMINAL_WATER_M3_H,
        "mode": lambda s: 1.0 if s.vp1.on else 9.0 if s.vp1.tripped else 2.0 if s.setpoints.vp1.enable >= 0.5 else 0.0,
        **_heat_pump_alarms(),
        "heat_kwh": lambda s: s.meters.heat_kwh.condenser,
        "el_kwh": lambda s: s.meters.el_kwh.vp1,
        "run_h": lambda s: s.vp1.run_h,
        "starts": lambda s: s.vp1.starts,
        "firmware": fixed("5.12.3"),
        "serial": fixed(f"VP{serial_number(device)}"),
        "running": flag(lambda s: s.vp1.on),
        "brine_pump_on": flag(lambda s: s.vp1.on),
        **setpoints(device, "enable", "supply_t_sp", "capacity_limit", "charge_request"),
    }


def _heat_pump_alarms() -> Table:
    return alarms(
        {
            "alarm_brine_cold": lambda s: (
                s.vp1.tripped == heatpump.COLD_BRINE or (s.vp1.on and s.vp1.brine_out_t < -3.8)
            ),
            "alarm_high_p": lambda s: heatpump.pressures(s.vp1)[1] > 23.0,
            "alarm_low_p": lambda s: heatpump.pressures(s.vp1)[0] < 1.4,
            "alarm_brine_flow": lambda s: (
                s.vp1.tripped == heatpump.LITTLE_BRINE or (s.vp1.on and s.vp1.brine_flow < 6.0)
            ),
        }
    )


def _group(n: int) -> Table:
    return {
        f"g{n}_supply_t": lambda s: s.wells.to_wells_t,
        f"g{n}_return_t": lambda s: wells.group_return_t(s.wells, n - 1),
        f"g{n}_flow": lambda s: s.wells.flow / 3.0,
        f"g{n}_valve_pct": lambda s: 100.0 if s.wells.flow > 0.0 else 0.0,
    }


def _well_return(number: int) -> Getter:
    return lambda s: wells.well_return_t(s.wells, number - 1)


def well_manifold(device: str) -> Table | None:
    """Points of the manifold: groups of five wells and the wells' returns."""
    if device != "wells":
        return None
    return {
        **_group(1),
        **_group(2),
        **_group(3),
        **{f"well{w:02d}_return_t": _well_return(w) for w in range(1, 16)},
        "total_flow": lambda s: s.wells.flow,
        "brine_p": lambda s: 1.8 + 0.015 * (s.wells.from_wells_t - 5.0),
        "ground_t": lambda s: wells.reference_t(s.wells),
        "power": lambda s: s.wells.extract_kw - s.wells.charge_kw,
        "extract_kwh": lambda s: s.meters.heat_kwh.well_extract,
        "charge_kwh": lambda s: s.meters.heat_kwh.well_charge,
        "mode": lambda s: (1.0 if s.vp1.on else 0.0) + (2.0 if s.wells.charge_kw > 0.0 else 0.0),
        **alarms(
            {
                "alarm_pressure": lambda _: False,
                "alarm_leak": lambda _: False,
                "alarm_freeze": lambda s: s.wells.to_wells_t < -6.0,
            }
        ),
        **setpoints(device, "flow_sp", "charge_max_t_sp"),
    }
