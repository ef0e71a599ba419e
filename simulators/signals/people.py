"""People counter: whole persons, as a counter gives them."""

from math import floor

from simulators.plant import visitors
from simulators.signals.getters import Table, flag


def counter(device: str) -> Table | None:
    """Points of the people counter."""
    if device != "people":
        return None
    return {
        "in_total": lambda s: floor(s.people.in_total),
        "out_total": lambda s: floor(s.people.out_total),
        "in_today": lambda s: floor(s.people.in_today),
        "out_today": lambda s: floor(s.people.out_today),
        "inside": lambda s: round(s.people.inside),
        "pool_main": lambda s: round(visitors.in_main_pool(s.people)),
        "pool_therapy": lambda s: round(visitors.in_therapy_pool(s.people)),
        "changing": lambda s: round(visitors.in_changing_rooms(s.people)),
        "uptime": lambda s: s.uptime_s,
        "open": flag(lambda s: s.inputs.crowd.open),
        "lens_blocked": flag(lambda _: False),
    }
