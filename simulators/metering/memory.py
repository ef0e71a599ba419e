"""What meters remember from one reading to the next; it stands in the twin's state file."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

_NOTHING: Final[Mapping[str, float]] = MappingProxyType({})


class Memory(NamedTuple):
    """When the meters were last read (ns, 0: never), and what they knew then.

    By point id what was counted, by the truth and by the meter, and what a slow sensor had reached; by device the heat
    coefficient of its water [kWh/m³K]. What is not named starts from the truth.
    """

    t_ns: int = 0
    counted: Mapping[str, float] = _NOTHING
    seen: Mapping[str, float] = _NOTHING
    reached: Mapping[str, float] = _NOTHING
    coefficient: Mapping[str, float] = _NOTHING


NEW: Final = Memory()
