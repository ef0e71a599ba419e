"""The hall's energy measures, each of which can be taken away to see what the hall would be without it."""

from typing import Final, NamedTuple


class Measures(NamedTuple):
    """Which measures the hall has. Without one: the hall beside it, see absent.py."""

    raised_floors: bool = True  # the movable floors are raised for the night
    ceramic_filters: bool = True
    greywater: bool = True
    low_flow_showers: bool = True
    air_recovery: bool = True  # the plates of the air-handling units
    solar_cells: bool = True
    collectors: bool = True  # sun on the car park, to the brine
    wells: bool = True  # wells, their heat pump and the collectors that charge them
    daylight: bool = True  # LED with daylight control


ALL: Final = Measures()


def without(measure: str) -> Measures:
    """Give all measures but one; ValueError names one that the hall does not have."""
    if measure not in Measures._fields:
        raise ValueError(f"{measure!r} is none of {', '.join(Measures._fields)}")
    return ALL._replace(**{measure: False})
