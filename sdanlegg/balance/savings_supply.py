"""What the hall knows of a period, and what one more kilowatt-hour of heat from its header costs in electricity.

Marginal heat: the wells' heat pump as far as its capacity goes, at the COP that it had that day (measured heat over
measured electricity) times `marginal`, since brine gets colder as more is taken; above its capacity the electric
boiler. More heat from the heat pump is more hot gas for the tap water too, which spares the boiler a little while the
machine runs at low load. Circulation pumps take `pumps` of the heat.

Capacity [kW] = capacity_kw (1 + per_source_k brine) (1 - per_sink_k (sink - 45 °C)), at most most_kw. What is asked for
in addition is spread over some hours: pools and tanks wait, air does not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from sdanlegg.balance.arrays import Estimates, Observed
from sdanlegg.balance.savings_series import Series
from sdanlegg.balance.seen import Seen
from sdanlegg.measures import Told
from sdanlegg.network import Sensor
from sdanlegg.readings import FloatArray

NOMINAL_SINK_T: Final = 45.0
IDLE_KW: Final = 0.5  # a heat pump that drew less over a day did not run: its COP of that day says nothing


@dataclass(slots=True)
class Known:
    """A period of K hours: points, flows, and the supply of heat."""

    observed: Observed
    estimates: Estimates
    sensors: dict[str, Sensor]
    supply: Told
    seen: Seen = field(init=False)

    def __post_init__(self) -> None:
        self.seen = Seen(self.observed, self.sensors)

    @property
    def hours(self) -> FloatArray:
        """Length of each interval [h]."""
        return self.seen.hours

    def flow(self, name: str) -> Series:
        """Amounts of a flow of the network, with its fixed error; NaN if it is not known."""
        if name not in self.estimates.names:
            return Series(np.full(self.hours.shape, np.nan), {})
        column = self.estimates.names.index(name)
        return Series(self.estimates.amount[:, column], {name: self.estimates.fixed[:, column]})

    def mean(self, point: str) -> FloatArray:
        """Mean of a point."""
        return self.seen.mean(point)

    def input(self, point: str) -> tuple[FloatArray, FloatArray]:
        """Mean of a point and its fixed standard uncertainty."""
        return self.seen.mean(point), self.seen.rate_spread(point)[0]

    def coverage(self, tables: Iterable[Told]) -> float:
        """Mean share of the time that the points and flows of some tables cover; 1 where they name none."""
        shares = []
        for table in tables:
            shares += [self.seen.coverage(point) for point in table.points.values()]
            shares += [
                self.estimates.coverage[:, self.estimates.names.index(flow)]
                for flow in table.flows.values()
                if flow in self.estimates.names
            ]
        return float(np.mean(shares)) if shares else 1.0

    @property
    def at_ends(self) -> FloatArray:
        """Error [kWh] of a period's heat by what stores hold at its ends: the same however long it is."""
        return np.full(self.hours.shape, self.supply.numbers["stored_kwh"] / self.hours.size)

    @property
    def cold_t(self) -> FloatArray:
        """Temperature of the mains [°C]."""
        return self.seen.mean(self.supply.points["cold_t"])

    def by_weather(self, numbers: Mapping[str, float], key: str) -> FloatArray:
        """A number (K,) that follows the weather: key_cold below cold_t, key at mild_t, key_warm above warm_t."""
        at = [numbers["cold_t"], numbers["mild_t"], numbers["warm_t"]]
        t = self.outdoor_t
        return np.interp(t, at, [numbers[f"{key}_cold"], numbers[key], numbers[f"{key}_warm"]]) + 0.0 * t

    @property
    def outdoor_t(self) -> FloatArray:
        """Outdoor temperature [°C]."""
        return self.seen.mean(self.supply.points["outdoor_t"])


def electricity(known: Known, more: Series, spread_h: float) -> Series:
    """Electricity [kWh] that so much more heat (K,) [kWh] from the header would take; less heat gives less.

    spread_h: how many hours what is asked for can wait.
    """
    n, h = known.supply.numbers, known.hours
    heat, drawn = known.flow(known.supply.flows["heat"]), known.flow(known.supply.flows["electricity"])
    cop = n["marginal"] * _daily(heat.amount, drawn.amount, h)
    asked, now_kw = smooth(more.amount / h, int(spread_h)), heat.amount / h
    by_pump = _by_pump(known, asked, now_kw, cop)
    by_boiler = (asked - by_pump) / n["boiler_efficiency"]
    spared = by_pump * np.clip(1.0 - 2.0 * now_kw / n["capacity_kw"], 0.0, 1.0)
    pumped = np.where(by_pump == 0.0, 0.0 * by_pump, by_pump / _or(cop, 1.0))
    power = pumped + n["pumps"] * by_pump - n["hot_gas"] * spared + by_boiler
    power = np.where(np.isfinite(drawn.amount), power, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(asked != 0.0, power / asked, 0.0)
    whole = Series(power * h, {name: each * error for name, error in more.errors.items()})
    metered = float(np.hypot(_relative(heat), _relative(drawn)))
    dearer = by_boiler * (1.0 - n["boiler_efficiency"] / _or(cop, 1.0))
    return (
        whole.off("supply.cop", pumped * h * np.hypot(n["marginal_sigma"], metered))
        .off("supply.pumps", n["pumps_sigma"] * by_pump * h)
        .off("supply.hot_gas", n["hot_gas_sigma"] * spared * h)
        .off("supply.stored", known.at_ends)
        .off("supply.peak", n["peak_sigma"] * dearer * h)
    )


def _by_pump(known: Known, asked: FloatArray, now_kw: FloatArray, cop: FloatArray) -> FloatArray:
    """Part of what is asked for [kW] that the heat pump gives: as far as it has room; less is taken off the peak first.

    None of it where the machine did not run in the whole period; NaN where it is not known what it did.
    """
    peak_kw = known.flow(known.supply.flows["peak"]).amount / known.hours
    room = np.maximum(0.0, capacity_kw(known) - now_kw)
    part = np.where(asked >= 0.0, np.minimum(asked, room), np.minimum(0.0, asked + peak_kw))
    return np.where(np.isfinite(cop) | ~np.isfinite(part), part, 0.0)


def capacity_kw(known: Known) -> FloatArray:
    """Full output [kW] of the heat pump at the brine's and the water's temperatures."""
    n, p = known.supply.numbers, known.supply.points
    source = 1.0 + n["per_source_k"] * known.mean(p["brine_t"])
    sink = 1.0 - n["per_sink_k"] * (known.mean(p["sink_t"]) + n["lift_k"] - NOMINAL_SINK_T)
    return np.minimum(n["most_kw"], n["capacity_kw"] * source * sink)


def smooth(rate: FloatArray, width: int) -> FloatArray:
    """Mean of the hours around each, width of them; NaN is left out, and where there is nothing else."""
    known = np.isfinite(rate)
    window = np.ones(min(width, max(1, rate.size)))
    weight = np.convolve(known.astype(float), window, "same")
    summed = np.convolve(np.where(known, rate, 0.0), window, "same")
    mean = np.where(known, summed / np.maximum(weight, 1.0), np.nan)
    whole, kept = float(rate[known].sum()), float(mean[known].sum())
    return mean if kept == 0.0 else mean * (whole / kept)


def _daily(heat: FloatArray, drawn: FloatArray, hours: FloatArray) -> FloatArray:
    """Heat over electricity of the day around each hour; where it stood, of the whole period; NaN if it never ran."""
    window = np.ones(min(24, max(1, heat.size)))
    given, taken, length = (np.convolve(np.nan_to_num(x), window, "same") for x in (heat, drawn, hours))
    if np.nansum(heat) <= 0.0 or np.nansum(drawn) <= IDLE_KW * hours.sum():
        return np.full_like(heat, np.nan)
    whole = float(np.nansum(heat) / np.nansum(drawn))
    cop = np.where(taken > IDLE_KW * length, given / np.maximum(taken, IDLE_KW), whole)
    return np.where((cop > 0.0) & np.isfinite(heat) & np.isfinite(drawn), cop, whole)


def _relative(series: Series) -> float:
    """Fixed error of a series as a share of it."""
    amount = float(np.nansum(np.abs(series.amount)))
    error = sum(float(np.nansum(np.abs(error))) for error in series.errors.values())
    return error / amount if amount > 0.0 else 0.0


def _or(value: FloatArray, other: float) -> FloatArray:
    return np.where(np.isfinite(value), value, other)
