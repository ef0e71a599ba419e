"""What reaches the hall from outside, as a function of place, time and seed."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from simulators.plant.chance import FloatArray, smooth
from simulators.plant.faults import SOUND, Faults
from simulators.plant.measures import ALL, Measures
from simulators.plant.visitors import Crowd, Place, crowd_over
from simulators.plant.weather import Weather, weather_over
from simulators.plant.weather_synthetic import Synthetic

STRETCH: Final = 240  # steps


class Grid(NamedTuple):
    """The net at the intake: frequency [Hz] and phase voltages [V]."""

    hz: float
    u_l1: float
    u_l2: float
    u_l3: float


class Inputs(NamedTuple):
    """Everything that the step function is told besides its state."""

    weather: Weather
    crowd: Crowd
    grid: Grid
    faults: Faults = SOUND
    measures: Measures = ALL


def grid_over(t_s: FloatArray, seed: int) -> list[Grid]:
    """The net at each of t_s [s since 1970 UTC]: 50 Hz ± 0.06, 232 V ± 4 with small differences between the phases."""
    u = 232.0 + 3.0 * smooth(seed, 40, t_s, 5400.0)
    hz = 50.0 + 0.04 * smooth(seed, 41, t_s, 45.0) + 0.02 * smooth(seed, 42, t_s, 600.0)
    phases = (u + shift + 0.5 * smooth(seed, 43 + k, t_s, 30.0) for k, shift in enumerate((0.0, -0.6, 0.8)))
    return list(map(Grid, hz.tolist(), *(phase.tolist() for phase in phases)))


def inputs_over(times_ns: Sequence[int], place: Place, seed: int) -> list[Inputs]:
    """Inputs of the steps that end at each of times_ns (UTC); many at once are far cheaper than one by one."""
    times = [t_ns / 1e9 for t_ns in times_ns]
    source = Synthetic(seed) if place.weather is None else place.weather
    skies = weather_over(times, place.latitude, place.longitude, source)
    return list(map(Inputs, skies, crowd_over(times, place, seed), grid_over(np.array(times), seed)))


def inputs_at(t_ns: int, place: Place, seed: int) -> Inputs:
    """Inputs of the step that ends at t_ns (UTC)."""
    return inputs_over((t_ns,), place, seed)[0]


class InputsAhead:
    """Inputs of one plant's steps; a regular stride is computed a stretch at a time.

    faults: what is wrong at t_ns; measures: those that the hall has.
    """

    def __init__(
        self, place: Place, seed: int, faults: Callable[[int], Faults] | None = None, measures: Measures = ALL
    ) -> None:
        self._place, self._seed, self._faults, self._measures = place, seed, faults, measures
        self._ready: dict[int, Inputs] = {}
        self._last_ns = self._stride_ns = 0

    def at(self, t_ns: int) -> Inputs:
        """inputs_at of t_ns, with the faults of that instant."""
        stride_ns = t_ns - self._last_ns
        if t_ns not in self._ready:
            regular = stride_ns == self._stride_ns > 0
            times = range(t_ns, t_ns + stride_ns * STRETCH, stride_ns) if regular else (t_ns,)
            self._ready = dict(zip(times, inputs_over(times, self._place, self._seed), strict=True))
        self._last_ns, self._stride_ns = t_ns, stride_ns
        inputs = self._ready.pop(t_ns)
        if self._measures is not ALL:
            inputs = inputs._replace(measures=self._measures)
        return inputs if self._faults is None else inputs._replace(faults=self._faults(t_ns))
