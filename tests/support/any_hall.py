"""Halls that can be: any weather, crowd, faults and setpoints in their ranges, any temperatures and levels."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from sdanlegg.site import Site
from simulators.observe import with_setpoint
from simulators.plant import pool
from simulators.plant.faults import Faults
from simulators.plant.inputs import Inputs
from simulators.plant.measures import Measures
from simulators.plant.moist_air import humidity_ratio
from simulators.plant.state import State

# Highest value of each fault; flags and losses end at 1.
MOST = {
    "leak_main_m3_h": 20.0, "leak_therapy_m3_h": 20.0, "fouling_main": 50.0, "fouling_therapy": 50.0,
    "boiler_stuck_kw": 120.0, "circulation_lost_kw": 20.0, "shower_stuck_m3_h": 3.0,
}  # fmt: skip
FLAGS = {
    name for name in Faults._fields if name.endswith(("left_down", "stuck", "at_night", "cycling_vp1", "stuck_main"))
}


def between(low: float, high: float) -> st.SearchStrategy[float]:
    """Floats of a range, to a millionth: a flow of 1e-48 m³/h is nothing that a hall can tell from none."""
    return st.floats(low, high, allow_nan=False).map(lambda value: round(value, 6))


def faults() -> st.SearchStrategy[Faults]:
    """Each fault at rest, at its worst, or somewhere between."""
    rest = Faults()
    parts = {
        name: st.sampled_from((getattr(rest, name), MOST.get(name, 1.0)))
        | (st.nothing() if name in FLAGS else between(getattr(rest, name), MOST.get(name, 1.0)))
        for name in Faults._fields
    }
    return st.builds(Faults, **parts)


def measures() -> st.SearchStrategy[Measures]:
    """All measures, or some of them taken away."""
    return st.just(Measures()) | st.builds(Measures, **dict.fromkeys(Measures._fields, st.booleans()))


def settings(site: Site) -> st.SearchStrategy[Mapping[str, float]]:
    """Some setpoints within the ranges of their points."""
    points = [point for point in site.points if point.access == "rw"]
    whole = {point.id for point in points if point.quantity == "state"}
    drawn = {
        point.id: st.integers(int(point.min), int(point.max)).map(float) if point.id in whole
        else between(point.min, point.max)
        for point in points
    }  # fmt: skip
    return st.fixed_dictionaries({}, optional=drawn)


def weathers() -> st.SearchStrategy[dict[str, Any]]:
    """Fields of the weather that differ from the day's."""
    return st.fixed_dictionaries(
        {"outdoor_t": between(-28.0, 36.0), "rh": between(10.0, 100.0), "wind": between(0.0, 30.0),
         "precip": st.just(0.0) | between(0.0, 40.0), "precip_type": st.integers(0, 3), "cloud": between(0.0, 1.0)}
    )  # fmt: skip


def crowds() -> st.SearchStrategy[dict[str, Any]]:
    """Fields of the crowd that differ from the day's."""
    return st.fixed_dictionaries({"arrivals": between(0.0, 600.0), "departures": between(0.0, 600.0)})


def inputs_of(inputs: Inputs, weather: Mapping[str, Any], crowd: Mapping[str, Any], faults: Faults) -> Inputs:
    """Inputs with another weather, crowd and faults."""
    changed = inputs.weather._replace(**weather, ratio=humidity_ratio(weather["outdoor_t"], weather["rh"]))
    return inputs._replace(weather=changed, crowd=inputs.crowd._replace(**crowd), faults=faults)


def tempers() -> st.SearchStrategy[dict[str, float]]:
    """Temperatures [°C] and levels (shares) of the hall's storages."""
    return st.fixed_dictionaries(
        {"header": between(18.0, 85.0), "main": between(15.0, 38.0), "therapy": between(15.0, 40.0),
         "main_level": between(1.0, 99.0), "therapy_level": between(1.0, 99.0), "hall": between(12.0, 40.0),
         "rh": between(8.0, 99.0), "rooms": between(5.0, 38.0), "tap_top": between(12.0, 85.0),
         "tap_bottom": between(6.0, 60.0), "dirty": between(0.01, 1.0), "dirty_t": between(8.0, 38.0),
         "store": between(0.02, 1.0), "store_t": between(8.0, 45.0), "slab": between(-25.0, 50.0),
         "people": between(0.0, 600.0)}
    )  # fmt: skip


def tempered(s: State, t: Mapping[str, float]) -> State:
    """The state with other temperatures and levels."""
    top, bottom = max(t["tap_top"], t["tap_bottom"]), min(t["tap_top"], t["tap_bottom"])
    last = len(s.tv1.nodes) - 1
    nodes: Any = tuple(top + (bottom - top) * k / last for k in range(last + 1))
    ratio = humidity_ratio(t["hall"], t["rh"])
    return s._replace(
        header=s.header._replace(t=t["header"]),
        pool_main=pool.filled(pool.MAIN, t["main"], t["main_level"]),
        pool_therapy=pool.filled(pool.THERAPY, t["therapy"], t["therapy_level"]),
        ahu1=s.ahu1._replace(t=t["hall"], ratio=ratio),
        ahu2=s.ahu2._replace(t=t["hall"], ratio=ratio),
        ahu3=s.ahu3._replace(t=t["hall"], ratio=ratio),
        building=s.building._replace(room_t=t["rooms"]),
        tv1=s.tv1._replace(nodes=nodes),
        gv1=s.gv1._replace(
            dirty_m3=12.0 * t["dirty"], dirty_t=t["dirty_t"], store_m3=6.0 * t["store"], store_t=t["store_t"]
        ),
        sol1=s.sol1._replace(
            heated=s.sol1.heated._replace(t=t["slab"]), plain=s.sol1.plain._replace(t=0.5 * t["slab"])
        ),
        people=s.people._replace(inside=t["people"]),
    )


def told(s: State, site: Site, values: Mapping[str, float]) -> State:
    """The state with these setpoints."""
    for point in site.points:
        if point.id in values:
            s = with_setpoint(s, point, values[point.id])
    return s
