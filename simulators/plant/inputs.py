"""What reaches the hall from outside, as a function of place, time and seed."""

from dataclasses import dataclass

from simulators.plant.chance import smooth
from simulators.plant.visitors import Crowd, Place, crowd_at
from simulators.plant.weather import Weather, weather_at


@dataclass(frozen=True, slots=True)
class Grid:
    """The net at the intake: frequency [Hz] and phase voltages [V]."""

    hz: float
    u_l1: float
    u_l2: float
    u_l3: float


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that the step function is told besides its state."""

    weather: Weather
    crowd: Crowd
    grid: Grid


def grid_at(t_s: float, seed: int) -> Grid:
    """The net at t_s [s since 1970 UTC]: 50 Hz ± 0.06, 232 V ± 4 with small differences between the phases."""
    u = 232.0 + 3.0 * smooth(seed, 40, t_s, 5400.0)
    return Grid(
        hz=50.0 + 0.04 * smooth(seed, 41, t_s, 45.0) + 0.02 * smooth(seed, 42, t_s, 600.0),
        u_l1=u + 0.5 * smooth(seed, 43, t_s, 30.0),
        u_l2=u - 0.6 + 0.5 * smooth(seed, 44, t_s, 30.0),
        u_l3=u + 0.8 + 0.5 * smooth(seed, 45, t_s, 30.0),
    )


def inputs_at(t_ns: int, place: Place, seed: int) -> Inputs:
    """Inputs of the step that ends at t_ns (UTC)."""
    t_s = t_ns / 1e9
    return Inputs(
        weather_at(t_s, place.latitude, place.longitude, seed), crowd_at(t_s, place, seed), grid_at(t_s, seed)
    )
