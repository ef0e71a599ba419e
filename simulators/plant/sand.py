"""Sand filters of the same duty as the ceramic ones: what the hall would have without them.

30 m/h, the highest of DIN 19643, hence 9 m² (three vessels of 3 m²) and 4 m² (four of 1 m²). A vessel is washed every
four days (estimate: every 48 hours as a rule, says Sigrist; once a week at least), in turn, with 5 m³ for each m² in
six minutes at 50 m/h (estimates: 4-6 m³/m², 5-8 minutes, 50-60 m/h); the others filter on meanwhile. The bed takes
0.2 bar clean and at full flow, and as much again after four busy days (estimates; 0.2-0.5 bar are usual); dirt is
caught as by the membranes. Washing takes air for half the time (5.5 kW) and water against 1 bar. What the bed holds
uses up a fiftieth of the free chlorine that passes (estimate). The balance tank must hold the wash: it waits for 55 %.
Wash water goes to the drain: 150 m³/h are more than the greywater tank takes.
"""

from typing import Final, NamedTuple

from simulators.plant.membrane import (
    BLOWER_KW,
    DRY_LEVEL,
    FILTERING,
    FLUSHING,
    NIGHT_FLOW,
    PUMP_EFFICIENCY,
    AnyPooled,
    Filter,
    viscosity_ratio,
)
from simulators.plant.setpoints import FilterSetpoints

WASH_M3_M2: Final = 5.0
WASH_S: Final = 360.0
WASH_BAR: Final = 1.0
AIR_SHARE: Final = 0.5
RULE_H: Final = 96.0
CLEAN_BAR: Final = 0.2
DIRT_PER_FTU_H: Final = 0.05  # share of the clean bed's resistance, for each FTU and hour at full flow
BED_SHARE: Final = 0.02  # of the free chlorine of a pass
WASH_LEVEL: Final = 55.0


class SandPlan(NamedTuple):
    """One pool's vessels: m³/h at 100 %, how many, m² of each, head beside the bed [bar], kW of UV and rest."""

    flow: float
    vessels: int
    area_m2: float
    head_bar: float
    uv_kw: float
    rest_kw: float


MAIN: Final = SandPlan(270.0, 3, 3.0, 0.75, 1.6, 0.8)
THERAPY: Final = SandPlan(120.0, 4, 1.0, 0.70, 0.9, 0.5)


def advance(f: Filter, plan: SandPlan, sp: FilterSetpoints, at: AnyPooled, dt_s: float) -> Filter:
    """One step; of the fields cake is the beds' dirt in shares of their clean resistance, tmp_bar their pressure."""
    dt_h, left = dt_s / 3600.0, f.phase_left_s
    water_t, turbidity, level_pct, night, fouling, _ = at
    washing = f.phase == FLUSHING and left > 0.0
    if not washing and f.since_h >= RULE_H / plan.vessels and level_pct >= WASH_LEVEL:
        washing, left = True, WASH_S
    spent = min(left, dt_s) if washing else 0.0
    left = left - spent if washing else 0.0
    done = washing and left <= 0.0
    share = 0.0 if level_pct < DRY_LEVEL else sp.flow_sp / 100.0 * (NIGHT_FLOW if night else 1.0)
    flow = plan.flow * share
    bar = CLEAN_BAR * share * viscosity_ratio(water_t) * (1.0 + f.cake)
    washed = WASH_M3_M2 * plan.area_m2 * spent / WASH_S
    wash_kw = WASH_M3_M2 * plan.area_m2 * 3600.0 / WASH_S / 36.0 * WASH_BAR / PUMP_EFFICIENCY + AIR_SHARE * BLOWER_KW
    dirt = f.cake * (1.0 - 1.0 / plan.vessels if done else 1.0)
    return Filter(
        dirt + DIRT_PER_FTU_H * fouling * turbidity * share * dt_h, 0.0, FLUSHING if left > 0.0 else FILTERING,
        left, 0.0 if done else f.since_h + dt_h, 1.0 if share > 0.0 else 0.0, flow,
        flow / 36.0 * (plan.head_bar * share * share + bar) / PUMP_EFFICIENCY,
        plan.uv_kw + plan.rest_kw + wash_kw * spent / dt_s, bar, f.permeability, washed, washed / dt_h,
        f.washes + (1.0 if done else 0.0), f.cleanings, f.volume_m3 + washed, f.run_h + (dt_h if share > 0.0 else 0.0),
    )  # fmt: skip
