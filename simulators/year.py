"""A stretch of the twin's life summed up: what flowed, hour by hour, by the ids of balance.toml."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.readings import FloatArray, TimeArray
from simulators.plant import ledger, raised_floors
from simulators.plant.inputs import InputsAhead
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.step import step
from simulators.plant.visitors import Place

HOUR_NS: Final = 3600 * SECOND_NS
STEP_S: Final = 300.0
# What is looked at beside the flows: means of each hour.
SEEN: Final[Mapping[str, Callable[[State], float]]] = {
    "outdoor_t": lambda s: s.inputs.weather.outdoor_t,
    "light": lambda s: s.inputs.weather.sky.ghi,
    "people": lambda s: s.people.inside,
    "brine_t": lambda s: s.wells.from_wells_t,
    "header_t": lambda s: s.header.t,
    "floors_saved": raised_floors.saving_kw,
    "open": lambda s: float(s.inputs.crowd.open),
    "snow_mm": lambda s: s.outdoors.snow_mm,
}


class Life(NamedTuple):
    """Hours that begin at t_ns (K,); means (K,) of each flow (kW, m³/h, kg/h) and of what is seen; first and last."""

    t_ns: TimeArray
    flows: Mapping[str, FloatArray]
    seen: Mapping[str, FloatArray]
    lowest: Mapping[str, float]
    highest: Mapping[str, float]
    first: State
    last: State

    def total(self, *ids: str) -> float:
        """Sum over the time and the flows: kWh, m³ or kg."""
        return float(sum(self.flows[id_].sum() for id_ in ids))


def live(place: Place, start_ns: int, hours: int, seed: int, step_s: float = STEP_S) -> Life:
    """Run the plant for whole hours from start_ns; step_s [s] divides an hour."""
    first = s = initial(start_ns, place, seed)
    inputs, dt_ns, steps = InputsAhead(place, seed), round(step_s * SECOND_NS), round(3600 / step_s)
    flows: dict[str, FloatArray] = {id_: np.zeros(hours) for id_ in ledger.flows(s)}
    seen: dict[str, FloatArray] = {name: np.zeros(hours) for name in SEEN}
    lowest, highest = dict.fromkeys(SEEN, np.inf), dict.fromkeys(SEEN, -np.inf)
    for hour in range(hours):
        for _ in range(steps):
            s = step(s, inputs.at(s.t_ns + dt_ns), step_s)
            for id_, value in ledger.flows(s).items():
                flows[id_][hour] += value
            for name, look in SEEN.items():
                value = look(s)
                seen[name][hour] += value
                lowest[name], highest[name] = min(lowest[name], value), max(highest[name], value)
    t_ns = start_ns + HOUR_NS * np.arange(hours, dtype=np.int64)
    means = [{name: kept / steps for name, kept in sums.items()} for sums in (flows, seen)]
    return Life(t_ns, means[0], means[1], lowest, highest, first, s)
