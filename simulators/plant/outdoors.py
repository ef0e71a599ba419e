"""What the weather leaves behind: fallen precipitation, snow on the ground, snow on modules that lie flat.

Snow on the ground thaws by degree hours (3 mm a day and kelvin) and sun (estimates). Snow on modules after Marion and
others, Solar Energy 97 (2013) 112, as pvlib's coverage_nrel has it: a centimetre of new snow hides them; above the
temperature -G/80 it slides by 0.197 sin(tilt) of their length an hour, not while it snows; with less than a centimetre
on the ground it is gone (Ryberg and Freeman, 2017). Slower snowfall than a centimetre an hour, which they leave out,
adds up here. A centimetre of new snow is a millimetre of water. Tilt 10°, G is taken as on the flat.
"""

from math import radians, sin
from typing import Final, NamedTuple

from simulators.plant.record import record
from simulators.plant.weather import Weather

HIDING_MM: Final = 1.0
SLIDE_W_K: Final = -80.0
SLIDE_AN_HOUR: Final = 0.197 * sin(radians(10.0))


class Outdoors(NamedTuple):
    """Precipitation since the station was set up [mm], snow on the ground [mm of water] and its thaw [mm/h].

    hidden: share of the flat modules under snow.
    """

    precip_mm: float
    snow_mm: float
    thaw_mm_h: float
    hidden: float


def thaw_mm_h(w: Weather) -> float:
    """What air and sun melt of lying snow [mm/h]."""
    t = w.outdoor_t
    return (0.125 * t if t > 0.0 else 0.0) + (0.002 * w.sky.ghi if t > -3.0 else 0.0)


def advance(o: Outdoors, w: Weather, dt_s: float) -> Outdoors:
    """One step."""
    dt_h = dt_s / 3600.0
    precip_mm, snow_mm, _, hidden = o
    precip_mm += w.precip * dt_h
    if snow_mm <= 0.0 and w.outdoor_t >= 2.0:
        return record(Outdoors, (precip_mm, 0.0, 0.0, 0.0))
    falling = w.snow
    fallen = snow_mm + falling * dt_h
    thaw, at_most = thaw_mm_h(w), fallen / dt_h
    snow = 0.0
    if thaw < at_most:
        snow = fallen - thaw * dt_h
    else:
        thaw = at_most
    return record(Outdoors, (precip_mm, snow, thaw, _hidden(hidden, w, falling, snow, dt_h)))


def _hidden(hidden: float, w: Weather, falling: float, ground_mm: float, dt_h: float) -> float:
    if ground_mm < HIDING_MM:
        return 0.0
    if falling > 0.0:
        hidden += falling * dt_h / HIDING_MM
        return hidden if hidden < 1.0 else 1.0
    if w.outdoor_t > w.sky.ghi / SLIDE_W_K:
        hidden -= SLIDE_AN_HOUR * dt_h
        return hidden if hidden > 0.0 else 0.0
    return hidden


def snow_depth_mm(o: Outdoors) -> float:
    """Depth of the lying snow [mm] at a density of 200 kg/m³."""
    return 5.0 * o.snow_mm
