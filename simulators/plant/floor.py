"""Movable floor: staff raise it after closing and lower it before opening; about 0.3 m/min.

Travel speed and power are engineering estimates (domain figures 0.2-0.5 m/min, 4-15 kW). Depth is the water over the
floor [mm]; 0 is a floor raised to the surface.
"""

from typing import NamedTuple

from simulators.plant.visitors import Crowd

SPEED_MM_S = 5.0
RAISED_MM = 20.0
OPEN_MM = 120.0


class FloorPlan(NamedTuple):
    """Depths [mm] of the day and the drive's power [kW]."""

    deep_mm: float
    lesson_mm: float
    lesson_hours: tuple[float, float]
    drive_kw: float


class Floor(NamedTuple):
    """Where the floor is and what it has done."""

    depth_mm: float
    target_mm: float
    moving: bool
    p_el: float
    travels: float
    run_h: float
    shift: int


MAIN = FloorPlan(deep_mm=1800.0, lesson_mm=900.0, lesson_hours=(9.0, 11.0), drive_kw=7.5)
THERAPY = FloorPlan(deep_mm=1350.0, lesson_mm=900.0, lesson_hours=(16.0, 17.0), drive_kw=5.0)


def wanted_mm(plan: FloorPlan, crowd: Crowd) -> float:
    """Depth that the staff select at this hour: raised half an hour after closing, down 45 minutes before opening."""
    if crowd.opens == crowd.closes or not crowd.opens - 0.75 <= crowd.hour < crowd.closes + 0.5:
        return 0.0
    start, end = plan.lesson_hours
    return plan.lesson_mm if crowd.weekday < 5 and start <= crowd.hour < end else plan.deep_mm


def advance(floor: Floor, plan: FloorPlan, crowd: Crowd, dt_s: float) -> Floor:
    """Move towards the selected depth for dt_s; power is the mean over the step."""
    target = wanted_mm(plan, crowd)
    way = target - floor.depth_mm
    moved = max(-SPEED_MM_S * dt_s, min(SPEED_MM_S * dt_s, way))
    share = abs(moved) / (SPEED_MM_S * dt_s)
    return Floor(
        depth_mm=floor.depth_mm + moved,
        target_mm=target,
        moving=moved != 0.0,
        p_el=plan.drive_kw * share,
        travels=floor.travels + (1.0 if target != floor.target_mm else 0.0),
        run_h=floor.run_h + share * dt_s / 3600.0,
        shift=crowd.day % 2,
    )


def covered(floor: Floor) -> float:
    """Share of the floor's area that it shields from evaporating: 1 raised, 0 from a hand's depth on."""
    return min(1.0, max(0.0, (OPEN_MM - floor.depth_mm) / (OPEN_MM - RAISED_MM)))
