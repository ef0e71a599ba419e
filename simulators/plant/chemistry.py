"""Chemistry of a pool's water, as masses that balance: chlorine [g of Cl2], what clouds the water [FTU·m³], and pH.

Free chlorine: V dF/dt = dosed - F (s V + b N) - F q; a quarter of what N bathers use up binds to nitrogen, the rest
ends as chloride. Combined: V dC/dt = bound - C (u Q + a V) - C q, broken down by UV in the filtered flow Q and lost to
the air; q is all liquid water that leaves the pool, and fresh water brings none. Turbidity: V dc/dt = n N + n0 V -
c (e Q + q). s 0.05 1/h, b 3.75 m³/h (3 g an hour and bather at 0.8 mg/l), u 0.45 a pass, a 0.04 1/h, n 1 FTU·m³/h,
n0 0.02 FTU/h, e 0.85: engineering estimates. pH: lost carbon dioxide 0.012 1/h, hypochlorite 0.11 for each mg/l, fresh
water of pH 8 mixed in (as numbers: the buffer is thought constant), acid up to 0.35 1/h (estimates). Chlorine and acid
are dosed by a band, and only while water passes the filter. Setpoints stand above the least free chlorine at the
water's temperature (0.5 mg/l at 27-29 °C, 0.9 at 33-37 °C; FOR-1996-06-13-592).
"""

from math import log10
from typing import Final, NamedTuple

from simulators.plant.membrane import Filter
from simulators.plant.pool import Pool
from simulators.plant.record import record

PH_SP: Final = 7.3
PH_BAND: Final = 0.2
FRESH_PH: Final = 8.0
CL_BAND: Final = 0.25
CL_ABOVE: Final = 0.08  # of the band's top over the setpoint
SELF_DECAY_H: Final = 0.05
BATHER_M3_H: Final = 3.75
BOUND_SHARE: Final = 0.25
UV_PASS: Final = 0.45
STRIPPED_H: Final = 0.04
CLOUD_BATHER: Final = 1.0
CLOUD_H: Final = 0.02
CAUGHT: Final = 0.85


class ChemistryPlan(NamedTuple):
    """Setpoint and least of free chlorine [mg/l], and what the chlorine pump gives at full stroke [g/h]."""

    cl_sp: float
    cl_least: float
    pump_g_h: float


MAIN = ChemistryPlan(0.75, 0.5, 900.0)
THERAPY = ChemistryPlan(1.05, 0.9, 320.0)


class Chemistry(NamedTuple):
    """Water (mg/l, FTU), dosing [%] and the chlorine that flowed in the last step [g/h].

    spent: free chlorine used up; bound: the part of it that became combined; broken: combined chlorine destroyed or
    lost to the air; drained: free and combined that left with the water.
    """

    cl_free: float
    cl_combined: float
    ph: float
    turbidity: float
    cl_dosing: float
    acid_dosing: float
    dosed_g_h: float
    spent_g_h: float
    bound_g_h: float
    broken_g_h: float
    drained_free_g_h: float
    drained_combined_g_h: float


class Load(NamedTuple):
    """Water at the start of a step [m³], bathers in it, and the share of its stroke that the chlorine pump lacks.

    bed_share: of the free chlorine that passes the filter, what its bed uses up.
    """

    held_m3: float
    bathers: float
    pump_lost: float
    bed_share: float = 0.0


# One of these, or its fields alone.
AnyLoad = tuple[float, float, float, float]


def advance(c: Chemistry, plan: ChemistryPlan, load: AnyLoad, pool: Pool, filter_: Filter, dt_s: float) -> Chemistry:
    """One step, with the pool and the filter as they are after it."""
    dt_h = dt_s / 3600.0
    held_m3, bathers, lost, bed_share = load
    free, combined, ph, turbidity = c[:4]
    left_m3, (makeup, splash, dilution, backwash, leak, overflow) = pool.water_m3, pool[12:]
    running, flow = filter_[5:7]
    out = splash + dilution + backwash + leak + overflow
    stroke = (plan.cl_sp + CL_ABOVE - free) / CL_BAND
    stroke = running * (stroke if 0.0 < stroke < 1.0 else 1.0 if stroke > 0.0 else 0.0)
    acid = (ph - PH_SP) / PH_BAND
    acid = running * (acid if 0.0 < acid < 1.0 else 1.0 if acid > 0.0 else 0.0)
    dosed = plan.pump_g_h * stroke * (1.0 - lost)
    by_bathers = BATHER_M3_H * bathers * free
    spent = (SELF_DECAY_H * held_m3 + bed_share * flow) * free + by_bathers
    bound = BOUND_SHARE * by_bathers
    broken = combined * (UV_PASS * flow + STRIPPED_H * held_m3)
    free_out, combined_out = free * out, combined * out
    clouded = CLOUD_BATHER * bathers + CLOUD_H * held_m3 - turbidity * (CAUGHT * flow + out)
    return record(Chemistry, (
        (free * held_m3 + (dosed - spent - free_out) * dt_h) / left_m3,
        (combined * held_m3 + (bound - broken - combined_out) * dt_h) / left_m3,
        ph + (0.012 - 0.35 * acid + (0.11 * dosed + makeup * (FRESH_PH - ph)) / held_m3) * dt_h,
        (turbidity * held_m3 + clouded * dt_h) / left_m3,
        100.0 * stroke, 100.0 * acid, dosed, spent, bound, broken, free_out, combined_out,
    ))  # fmt: skip


def redox_mv(cl_free: float, ph: float) -> float:
    """Redox potential [mV] of pool water: 750 at 0.6 mg/l and pH 7.2 (engineering estimate)."""
    return 750.0 + 62.0 * log10(max(cl_free, 0.02) / 0.6) - 60.0 * (ph - 7.2)


def filtered_ftu(c: Chemistry) -> float:
    """Turbidity [FTU] behind the filter."""
    return (1.0 - CAUGHT) * c.turbidity


def flows(c: Chemistry, name: str) -> dict[str, float]:
    """Chlorine [g/h] of the last step: dosed and bound in, the rest out."""
    return {
        f"{name}.chlorine_dosed": c.dosed_g_h,
        f"{name}.chlorine_spent": c.spent_g_h,
        f"{name}.chlorine_bound": c.bound_g_h,
        f"{name}.chlorine_broken": c.broken_g_h,
        f"{name}.free_chlorine_drained": c.drained_free_g_h,
        f"{name}.combined_chlorine_drained": c.drained_combined_g_h,
    }


def contents(c: Chemistry, pool: Pool, name: str) -> dict[str, float]:
    """Free and combined chlorine in the water [g]."""
    return {
        f"{name}.free_chlorine": c.cl_free * pool.water_m3,
        f"{name}.combined_chlorine": c.cl_combined * pool.water_m3,
    }
