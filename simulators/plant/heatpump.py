"""Brine-water heat pump on the wells, 120 kW at B0/W45.

COP = 0.098565 (T_in - T_out) + 8.12241: hplib 1.9's generic regulated brine/water machine, whose 1e-4 of the outdoor
temperature is left out. Its fit is over part loads, so part load has no factor of its own. Capacity +2.7 % a kelvin of
source, -0.8 % a kelvin of sink (estimate; hplib's power and COP together give 1.2 % for each), at most 165 kW.
Modulates 25-100 %. Runs and rests at least 10 minutes, hence at most three starts an hour of the six that its maker
allows. A start builds up the evaporator over two minutes while the compressor draws in full (estimate). First law:
heat = evaporator + compressor.

The brine circuit is one ring: rock, pavement, evaporator. Too little flow trips the machine; brine that would leave
below -4 °C cuts its output. Pumps by the affinity law, 1.3 kW together at full speed (estimate).
"""

from functools import lru_cache
from math import exp
from typing import Final, NamedTuple

from simulators.plant.faults import SOUND, Faults
from simulators.plant.record import record
from simulators.plant.setpoints import HeatPumpSetpoints
from simulators.plant.wells import BRINE_KWH_PER_M3_K

WATER_KWH_PER_M3_K: Final = 1.152  # at 45 °C
NOMINAL_KW: Final = 120.0
MOST_KW: Final = 165.0
NOMINAL_WATER_M3_H: Final = 18.0
NOMINAL_BRINE_M3_H: Final = 24.0
LEAST_BRINE_M3_H: Final = 4.0
PUMPS_KW: Final = 1.3
MIN_LEVEL: Final = 0.25
MIN_SPELL_S: Final = 600.0
SHORT_RUN_S, SHORT_REST_S = 120.0, 180.0  # of a machine whose low-pressure switch is faulty
RAMP_S: Final = 120.0
BRINE_MIN_T: Final = -4.0
SOUND_BRINE, LITTLE_BRINE, COLD_BRINE = 0, 1, 2
ROOM_T: Final = 20.0
STANDING_S: Final = 3600.0
COP_PER_K, COP_AT_0 = 0.098565, 8.12241


class HeatPump(NamedTuple):
    """What the machine does now (°C, kW, m³/h), its running time and starts; whether it was tripped, and by what."""

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
    pumps_kw: float
    water_flow: float
    brine_flow: float
    run_h: float
    starts: float
    tripped: int = SOUND_BRINE


def cop(source_t: float, sink_t: float) -> float:
    """Coefficient of performance at brine in and water out [°C], at least 1.5."""
    share = COP_PER_K * (source_t - sink_t) + COP_AT_0
    return share if share > 1.5 else 1.5


def capacity_kw(source_t: float, sink_t: float) -> float:
    """Full heat output [kW] at brine in and water out [°C]."""
    share = (1.0 + 0.027 * source_t) * (1.0 - 0.008 * (sink_t - 45.0))
    most = NOMINAL_KW * (share if share > 0.3 else 0.3)
    return most if most < MOST_KW else MOST_KW


def wants(pump: HeatPump, sp: HeatPumpSetpoints, tank_t: float, short: bool = False) -> tuple[bool, float]:
    """Whether to run, and at which level, for a header at tank_t [°C]; hysteresis -1/+2 K and minimum spells.

    short: the pressure switch stops it after two minutes and lets it start again after three.
    """
    enable, supply_t_sp, limit, _ = sp
    limit /= 100.0
    if enable < 0.5 or limit < MIN_LEVEL:
        return False, 0.0
    below, spell_s = tank_t - supply_t_sp, pump.spell_s
    if short:
        on = spell_s < SHORT_RUN_S if pump.on else below < 2.0 and spell_s >= SHORT_REST_S
    elif pump.on:
        on = below < 2.0 or spell_s < MIN_SPELL_S
    else:
        on = below < -1.0 and spell_s >= MIN_SPELL_S
    if not on:
        return False, 0.0
    level = 0.375 - 0.25 * below
    return True, level if MIN_LEVEL < level < limit else limit if level > MIN_LEVEL else MIN_LEVEL


@lru_cache(maxsize=64)
def _drift(dt_s: float) -> float:
    return 1.0 - exp(-dt_s / STANDING_S)


def _built_up(spell_s: float, dt_s: float) -> float:
    """Mean share of its output that the evaporator gave in a step dt_s at whose end it had run for spell_s."""
    begin = spell_s - dt_s
    if begin >= RAMP_S:
        return 1.0
    if spell_s <= RAMP_S:
        return (spell_s + begin) / (2.0 * RAMP_S)
    return (spell_s - RAMP_S + 0.5 * (RAMP_S - begin) * (RAMP_S + begin) / RAMP_S) / dt_s


def _rest(pump: HeatPump, source_t: float, spell_s: float, dt_s: float, tripped: int) -> HeatPump:
    drift, supply_t, return_t = _drift(dt_s), pump.supply_t, pump.return_t
    return record(HeatPump, (
        False, spell_s, 0.0, supply_t + (ROOM_T - supply_t) * drift, return_t + (ROOM_T - return_t) * drift,
        source_t, source_t, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, pump.run_h, pump.starts, tripped,
    ))  # fmt: skip


def advance(
    pump: HeatPump,
    sp: HeatPumpSetpoints,
    tank_t: float,
    brine: tuple[float, float, float],
    dt_s: float,
    faults: Faults = SOUND,
) -> HeatPump:
    """One step: header at tank_t [°C]; brine: of the wells [°C]; flow [m³/h] and heat [kW] of the pavement."""
    source_t, driven, brought = brine
    on, level = wants(pump, sp, tank_t, faults.short_cycling_vp1 >= 0.5)
    speed = level if level > 0.5 else 0.5
    flow = NOMINAL_BRINE_M3_H * speed * (1.0 - faults.brine_pump_worn)
    flow = flow if flow > driven else driven
    tripped = SOUND_BRINE
    if on and (flow < LEAST_BRINE_M3_H or source_t <= BRINE_MIN_T):
        on, tripped = False, LITTLE_BRINE if flow < LEAST_BRINE_M3_H else COLD_BRINE
    ran = pump.on
    spell = pump.spell_s + dt_s if on == ran else dt_s
    if not on:
        return _rest(pump, source_t, spell, dt_s, tripped)
    brine_kw_k = BRINE_KWH_PER_M3_K * flow
    source_t += brought / brine_kw_k
    water = NOMINAL_WATER_M3_H * speed
    sink_t = tank_t + level * NOMINAL_KW / (WATER_KWH_PER_M3_K * water)
    sound = level * capacity_kw(source_t, sink_t)
    p_el = sound / cop(source_t, sink_t)
    evaporator = (sound * (1.0 - faults.refrigerant_lost_vp1) - p_el) * _built_up(spell, dt_s)
    coldest = (source_t - BRINE_MIN_T) * BRINE_KWH_PER_M3_K * flow
    if evaporator < 0.0:
        evaporator = 0.0
    if evaporator > coldest:
        cut = coldest / evaporator
        level, p_el, evaporator = level * cut, p_el * cut, coldest
    heat = evaporator + p_el
    return record(HeatPump, (
        True, spell, level, tank_t + heat / (WATER_KWH_PER_M3_K * water), tank_t, source_t,
        source_t - evaporator / brine_kw_k, heat, evaporator, p_el, PUMPS_KW * speed * speed * speed,
        water, flow, pump.run_h + dt_s / 3600.0, pump.starts + (0.0 if ran else 1.0), SOUND_BRINE,
    ))  # fmt: skip


def flows(pump: HeatPump) -> dict[str, float]:
    """Power [kW] of the last step."""
    return {
        "vp1.el": pump.p_el, "vp1.pumps": pump.pumps_kw, "vp1.evap": pump.evaporator_kw, "vp1.cond": pump.heat_kw,
    }  # fmt: skip


def pressures(pump: HeatPump) -> tuple[float, float]:
    """Suction and discharge pressure [bar abs] of R134a, saturated a few kelvin beyond brine and water."""
    evaporating = pump.brine_out_t - 4.0 if pump.on else 0.5 * (pump.brine_out_t + pump.return_t)
    condensing = pump.supply_t + 3.0 if pump.on else evaporating
    return _r134a_bar(evaporating), _r134a_bar(condensing)


def _r134a_bar(t: float) -> float:
    """Saturation pressure [bar abs] at t [°C]: Antoine form fitted to tables from -10 to 60 °C, within 0.1 %."""
    return float(10.0 ** (4.3904 - 981.05 / (t + 250.0)))
