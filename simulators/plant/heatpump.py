"""Brine-water heat pump on the wells, 120 kW at B0/W45.

COP = 0.09415 (T_in - T_out) + 7.793 - 0.0044 T_amb: hplib's generic fit of 272 regulated brine/water units. Capacity
+2.7 % a kelvin of source, -0.8 % a kelvin of sink (engineering estimate). Modulates 25-100 %, runs and rests at least
10 minutes. First law: heat = evaporator + compressor.
"""

from typing import Final, NamedTuple

from simulators.plant.setpoints import HeatPumpSetpoints
from simulators.plant.wells import BRINE_KWH_PER_M3_K

WATER_KWH_PER_M3_K: Final = 1.152  # at 45 °C
NOMINAL_KW: Final = 120.0
NOMINAL_WATER_M3_H: Final = 18.0
NOMINAL_BRINE_M3_H: Final = 24.0
MIN_LEVEL: Final = 0.25
MIN_SPELL_S: Final = 600.0
BRINE_MIN_T: Final = -4.0


class HeatPump(NamedTuple):
    """What the machine does now (°C, kW, m³/h), and its running time and starts."""

    on: bool
    spell_s: float
    level: float
    supply_t: float
    return_t: float
    brine_in_t: float
    brine_out_t: float
    heat_kw: float
    evaporator_kw: float
    p_el: float
    water_flow: float
    brine_flow: float
    run_h: float
    starts: float


def cop(source_t: float, sink_t: float, ambient_t: float) -> float:
    """Coefficient of performance at brine in and water out [°C], at least 1.5."""
    return max(1.5, 0.09415 * (source_t - sink_t) + 7.793 - 0.0044 * ambient_t)


def capacity_kw(source_t: float, sink_t: float) -> float:
    """Full heat output [kW] at brine in and water out [°C]."""
    return NOMINAL_KW * max(0.3, (1.0 + 0.027 * source_t) * (1.0 - 0.008 * (sink_t - 45.0)))


def wants(pump: HeatPump, sp: HeatPumpSetpoints, tank_t: float) -> tuple[bool, float]:
    """Whether to run, and at which level, for a header at tank_t [°C]; hysteresis -1/+2 K and minimum spells."""
    if sp.enable < 0.5 or sp.capacity_limit <= 0.0:
        return False, 0.0
    rested = pump.spell_s >= MIN_SPELL_S
    on = (tank_t < sp.supply_t_sp + 2.0 or not rested) if pump.on else (tank_t < sp.supply_t_sp - 1.0 and rested)
    limit = max(MIN_LEVEL, sp.capacity_limit / 100.0)
    level = min(limit, max(MIN_LEVEL, (sp.supply_t_sp + 1.5 - tank_t) / 4.0))
    return on, level if on else 0.0


def advance(
    pump: HeatPump, sp: HeatPumpSetpoints, tank_t: float, source_t: float, ambient_t: float, dt_s: float
) -> HeatPump:
    """One step: header at tank_t, brine at source_t, machine room at ambient_t [°C]."""
    on, level = wants(pump, sp, tank_t)
    spell = pump.spell_s + dt_s if on == pump.on else dt_s
    if not on:
        drift = min(1.0, dt_s / 3600.0)
        return HeatPump(
            on=False, spell_s=spell, level=0.0, heat_kw=0.0, evaporator_kw=0.0, p_el=0.0, water_flow=0.0,
            brine_flow=0.0,
            supply_t=pump.supply_t + (ambient_t - pump.supply_t) * drift,
            return_t=pump.return_t + (ambient_t - pump.return_t) * drift,
            brine_in_t=source_t, brine_out_t=source_t, run_h=pump.run_h, starts=pump.starts,
        )  # fmt: skip
    water = NOMINAL_WATER_M3_H * max(0.5, level)
    brine = NOMINAL_BRINE_M3_H * max(0.5, level)
    sink_t = tank_t + level * NOMINAL_KW / (WATER_KWH_PER_M3_K * water)
    heat = level * capacity_kw(source_t, sink_t)
    p_el = heat / cop(source_t, sink_t, ambient_t)
    coldest = (source_t - BRINE_MIN_T) * BRINE_KWH_PER_M3_K * brine
    if heat - p_el > coldest:
        cut = max(0.0, coldest) / (heat - p_el)
        heat, p_el = heat * cut, p_el * cut
    evaporator = heat - p_el
    return HeatPump(
        on=True, spell_s=spell, level=level, heat_kw=heat, evaporator_kw=evaporator, p_el=p_el,
        water_flow=water, brine_flow=brine,
        supply_t=tank_t + heat / (WATER_KWH_PER_M3_K * water), return_t=tank_t,
        brine_in_t=source_t, brine_out_t=source_t - evaporator / (BRINE_KWH_PER_M3_K * brine),
        run_h=pump.run_h + dt_s / 3600.0, starts=pump.starts + (0.0 if pump.on else 1.0),
    )  # fmt: skip


def pressures(pump: HeatPump) -> tuple[float, float]:
    """Suction and discharge pressure [bar abs] of R134a, saturated a few kelvin beyond brine and water."""
    evaporating = pump.brine_out_t - 4.0 if pump.on else 0.5 * (pump.brine_out_t + pump.return_t)
    condensing = pump.supply_t + 3.0 if pump.on else evaporating
    return _r134a_bar(evaporating), _r134a_bar(condensing)


def _r134a_bar(t: float) -> float:
    """Saturation pressure [bar abs] at t [°C]: Antoine form fitted to tables from -10 to 60 °C, within 0.1 %."""
    return float(10.0 ** (4.3904 - 981.05 / (t + 250.0)))
