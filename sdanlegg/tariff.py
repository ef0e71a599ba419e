"""What electricity and water cost. Pure data, as tariff.toml says it; kroner without or with VAT, as it says."""

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Rate:
    """A price with the hours it holds for: months 1-12, weekdays 0 (Monday) to 6, clock minutes start to end, dates.

    end before start goes past midnight; start = end = 0 is the whole day.
    """

    kr: float
    months: tuple[int, ...] = tuple(range(1, 13))
    weekdays: tuple[int, ...] = tuple(range(7))
    start: int = 0
    end: int = 0
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A month's price for a power below up_to_kw."""

    up_to_kw: float
    kr: float


@dataclass(frozen=True, slots=True)
class PricePart:
    """One line of the bill. An hour, a month or a period takes the first rate that fits it.

    by: energy, kr/kWh bought; sold, kr/kWh given back; capacity, kr/kW of the month's mean of the highest hour of so
    many days (or steps); month, kr a month; water, kr/m³.
    """

    id: str
    nb: str
    en: str
    by: Literal["energy", "sold", "capacity", "month", "water"]
    rates: tuple[Rate, ...]
    steps: tuple[Step, ...] = ()
    highest: int = 1
    vat_pct: float = 0.0


@dataclass(frozen=True, slots=True)
class Tariff:
    """All lines; bought, sold and water are flows of the network, added up. with_vat: lines are shown with VAT."""

    bought: tuple[str, ...]
    sold: tuple[str, ...]
    water: tuple[str, ...]
    parts: tuple[PricePart, ...]
    with_vat: bool = False
    currency: str = "NOK"
