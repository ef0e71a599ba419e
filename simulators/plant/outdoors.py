"""What the weather leaves behind: fallen precipitation and snow on the ground."""

from typing import NamedTuple

from simulators.plant.weather import Weather


class Outdoors(NamedTuple):
    """Precipitation since the station was set up [mm] and snow lying on the ground [mm water]."""

    precip_mm: float
    snow_mm: float


def advance(o: Outdoors, w: Weather, dt_s: float) -> Outdoors:
    """One step; snow melts by degree hours (3 mm a day and kelvin) and sun."""
    dt_h = dt_s / 3600.0
    snow = o.snow_mm + w.snow * dt_h
    melt = (0.125 * max(0.0, w.outdoor_t) + (0.002 * w.sky.ghi if w.outdoor_t > -3.0 else 0.0)) * dt_h
    return Outdoors(o.precip_mm + w.precip * dt_h, max(0.0, snow - melt))


def snow_depth_mm(o: Outdoors) -> float:
    """Depth of the lying snow [mm] at a density of 200 kg/m³."""
    return 5.0 * o.snow_mm
