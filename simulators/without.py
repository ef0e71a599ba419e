"""What each measure truly saves in the twin: the hall without it less the hall with it, same weather and same people.

Each hall starts in the same state some days before the period, so that what the floors, tanks and air remember of the
measure has gone; the rock's memory of the pavement's heat reaches back no further than that.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.readings import FloatArray
from sdanlegg.site import Site
from simulators.plant import ledger
from simulators.plant.inputs import Inputs, inputs_over
from simulators.plant.measures import ALL, Measures, without
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.step import step
from simulators.twin import place_of

STEP_S: Final = 300
SETTLING_DAYS: Final = 4
DAY_S: Final = 86_400
# Heat [kWh] and water [m³] of a measure, each as the flows in which it is counted; the first less the second.
_POOLS: Final = ("pool_main", "pool_therapy")
_LOST: Final = tuple(f"{pool}.{way}" for pool in _POOLS for way in ("evaporation_heat", "convection", "radiation"))
HEAT_OF: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "raised_floors": (_LOST, ()),
    "ceramic_filters": (("grey.backwash_heat",), ("backwash_cold",)),
    "greywater": (("tap.preheat", "boiler.tank", "pool_main.heating", "pool_therapy.heating"), ()),
    "low_flow_showers": (("tap.drawn",), ("drawn_cold",)),
    "air_recovery": ((), ("plates",)),
    "solar_cells": ((), ()),
    "collectors": ((), ("sol1.collector",)),
    "wells": ((), ("vp1.cond",)),
    "daylight": (("vp1.cond", "boiler.header"), ()),
}
QUANTITIES: Final = ("heat_kwh", "electricity_kwh", "water_m3", "chlorine_kg", "exported_kwh")


def true_savings(
    site: Site, seed: int, start_ns: int, end_ns: int, begin_ns: int | None = None
) -> dict[str, dict[str, float]]:
    """Give what every measure saves from start_ns to end_ns (UTC, whole steps of 300 s apart): quantity by quantity.

    heat_kwh: at the boundary of HEAT_OF. electricity_kwh: bought less sold electricity that is avoided, everything
    that follows included; exported_kwh: what would not have been sold. water_m3: mains water. chlorine_kg: as Cl2.
    begin_ns: since when the hall has been there with all of them, if for longer than it needs to settle.
    """
    ahead_ns = start_ns - SETTLING_DAYS * DAY_S * SECOND_NS
    place, dt_ns = place_of(site), STEP_S * SECOND_NS
    first = initial(ahead_ns if begin_ns is None else begin_ns, place, seed)
    for now in inputs_over(range(first.t_ns + dt_ns, ahead_ns + 1, dt_ns), place, seed):
        first = step(first, now, STEP_S)
    inputs = inputs_over(range(first.t_ns + dt_ns, end_ns + 1, dt_ns), place, seed)
    base = _totals(first, inputs, ALL, start_ns)
    return {
        name: _saved(name, _totals(first, inputs, without(name), start_ns), base) for name in Measures._fields
    }  # fmt: skip


def _totals(s: State, inputs: Iterable[Inputs], measures: Measures, start_ns: int) -> dict[str, float]:
    """Add up every flow [kWh, m³, kg] of the steps that end after start_ns."""
    names: tuple[str, ...] = ()
    total: FloatArray | None = None
    for now in inputs:
        s = step(s, now._replace(measures=measures), STEP_S)
        if s.t_ns > start_ns:
            flows = _flows(s)
            names = names or tuple(flows)
            row = np.fromiter(flows.values(), np.float64, len(names))
            total = row if total is None else total + row
    if total is None:
        raise ValueError("a period without a step has no savings")
    return dict(zip(names, (total * STEP_S / 3600.0).tolist(), strict=True))


def _flows(s: State) -> dict[str, float]:
    """Flows of the network, and what stands in none of them: heat of the plates, of cold water, chlorine."""
    flows, cold = ledger.flows(s), 1.163 * s.inputs.weather.cold_water_t
    return flows | {
        "plates": s.ahu1.recovered_kw + s.ahu2.recovered_kw + s.ahu3.recovered_kw,
        "drawn_cold": cold * flows["tap.hot_water"],
        "backwash_cold": cold * flows["backwash"],
        "chlorine": 0.001 * (s.chemistry_main.dosed_g_h + s.chemistry_therapy.dosed_g_h),
    }


def _saved(name: str, absent: Mapping[str, float], base: Mapping[str, float]) -> dict[str, float]:
    more = {flow: absent[flow] - base[flow] for flow in base}
    plus, minus = HEAT_OF[name]
    figures = (
        sum(more[flow] for flow in plus) - sum(more[flow] for flow in minus),
        more["grid.import"] - more["grid.export"],
        more["water.mains"],
        more["chlorine"],
        -more["grid.export"],
    )
    return dict(zip(QUANTITIES, figures, strict=True))
