"""How a meter calculates: which counters count which gauge, and what a heat meter makes of its sensors."""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

# gauge -> (counter of what is positive, counter of what is negative, if there is one), by the names of the maps
COUNTED: Final = MappingProxyType(
    {
        "p": ("import_kwh", "export_kwh"),
        "power": ("energy_kwh", ""),
        "flow": ("volume_m3", "volume_rev_m3"),
        "w": ("wh_kwh", ""),
        "heat_kw": ("heat_kwh", ""),
        "p_el": ("el_kwh", ""),
        "fan_p_el": ("fan_kwh", ""),
        "hp_p_el": ("hp_el_kwh", ""),
        "boiler_kw": ("boiler_kwh", ""),
        "tap_flow": ("tap_m3", ""),
    }
)
HEAT_METER: Final = ("flow", "supply_t", "return_t", "dt", "power")
# What turns its sign when a meter is mounted the wrong way round.
TURNS: Final = ("p", "q", "pf", "power", "flow")


def gauge_that_turns(names: Iterable[str]) -> str | None:
    """The gauge by which a device can be the wrong way round; None if it has none with a counter."""
    there = set(names)
    return next((name for name in ("p", "flow", "power") if name in there and COUNTED[name][0] in there), None)
