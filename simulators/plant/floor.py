"""Movable floor: moved by staff at the key switch, who hold it to run; the network has no part in it.

Staff lower it 45 minutes before opening, set it for lessons in school terms, raise it half an hour after closing and go
home an hour later; who forgets, or is kept from it by a fault, leaves it down until the next evening. On a closed day
nobody is there. Before each travel they clear the section, warn and confirm it empty, which takes two minutes; after
closing they wait for the last bather. All of that is an estimate, as are speed and power (0.2-0.5 m/min, 4-15 kW).
Depth is the water over the floor [mm]; 0 is a floor raised to the surface. Energy = power x time that the drive runs.
"""

from math import sin
from typing import Final, NamedTuple

from simulators.plant.visitors import Crowd

SPEED_MM_S: Final = 5.0
RAISED_MM: Final = 20.0
OPEN_MM: Final = 120.0
CLEAR_S: Final = 120.0
LOWER_H, RAISE_H, HOME_H = 0.75, 0.5, 1.5
KEY_OFF, KEY_LOCAL = 0, 1


class FloorPlan(NamedTuple):
    """Depths [mm] of the day and the drive's power [kW]."""

    deep_mm: float
    lesson_mm: float
    lesson_hours: tuple[float, float]
    drive_kw: float


class Floor(NamedTuple):
    """Where the floor is, what it does and has done; permissive: somebody has confirmed that nobody is over it.

    wait_s is what is left [s] of clearing and warning before the key is turned.
    """

    depth_mm: float
    target_mm: float
    moving: bool
    permissive: bool
    p_el: float
    wait_s: float
    travels: float
    run_h: float
    shift: int


MAIN = FloorPlan(deep_mm=1800.0, lesson_mm=900.0, lesson_hours=(9.0, 11.0), drive_kw=7.5)
THERAPY = FloorPlan(deep_mm=1350.0, lesson_mm=900.0, lesson_hours=(16.0, 17.0), drive_kw=5.0)


def selected_mm(floor: Floor, plan: FloorPlan, crowd: Crowd, left_down: bool) -> float:
    """Depth that the staff select now; what they do not touch stays as it was."""
    hour, opens, closes = crowd.hour, crowd.opens, crowd.closes
    if opens == closes or hour < opens - LOWER_H:
        return floor.target_mm
    if hour < closes + RAISE_H:
        start, end = plan.lesson_hours
        return plan.lesson_mm if crowd.lessons and start <= hour < end else plan.deep_mm
    return floor.target_mm if left_down or hour >= closes + HOME_H else 0.0


def advance(floor: Floor, plan: FloorPlan, crowd: Crowd, bathers: float, left_down: bool, dt_s: float) -> Floor:
    """One step; power is its mean. While the hall is open the staff clear the section, after that it must be empty."""
    target = selected_mm(floor, plan, crowd, left_down)
    empty = bathers < 0.5
    if target == floor.target_mm == floor.depth_mm:
        if floor.permissive == empty and not floor.moving:
            return floor
        return Floor(target, target, False, empty, 0.0, 0.0, floor.travels, floor.run_h, floor.shift)
    chosen = target != floor.target_mm
    wait = CLEAR_S if chosen else floor.wait_s
    cleared = empty or crowd.open
    spent = (min(wait, dt_s)) if cleared else 0.0
    reach = SPEED_MM_S * (dt_s - spent) if cleared else 0.0
    way = target - floor.depth_mm
    moved = -reach if way < -reach else min(way, reach)
    drive_s = abs(moved) / SPEED_MM_S
    return Floor(
        depth_mm=target if moved == way else floor.depth_mm + moved,
        target_mm=target,
        moving=drive_s > 0.0,
        permissive=cleared and spent < dt_s,
        p_el=plan.drive_kw * drive_s / dt_s,
        wait_s=wait - spent,
        travels=floor.travels + (1.0 if chosen else 0.0),
        run_h=floor.run_h + drive_s / 3600.0,
        shift=crowd.day % 2,
    )


def key_switch(floor: Floor) -> int:
    """Position of the key switch: it springs back as soon as nobody holds it."""
    return KEY_LOCAL if floor.moving else KEY_OFF


def skew_mm(floor: Floor) -> float:
    """Skew [mm] that the guides give the floor at its depth, below 20 (engineering estimate)."""
    return 3.0 * sin(floor.depth_mm / 160.0)


def covered(floor: Floor) -> float:
    """Share of the floor's area that it shields from evaporating: 1 raised, 0 from a hand's depth on."""
    share = (OPEN_MM - floor.depth_mm) / (OPEN_MM - RAISED_MM)
    return share if 0.0 < share < 1.0 else 1.0 if share > 0.0 else 0.0
