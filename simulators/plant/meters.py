"""The hall's meters: true power, flow and temperatures now, and what they have counted (64-bit floats).

A step is taken as constant, so a counter gains power · time; the intake's power counts as bought or as sold.
"""

from math import exp
from typing import Final, NamedTuple

from simulators.plant.record import record

PIPE_S: Final = 2400.0  # a standing pipe takes the room's temperature
ROOM_T: Final = 22.0
WATER_KWH_PER_M3_K: Final = 1.152


class Loads(NamedTuple):
    """A figure for each electricity meter; main is the intake, positive into the hall."""

    main: float
    pump_main: float
    pump_therapy: float
    fans: float
    light: float
    filters: float
    cafe: float
    snow: float
    floors: float
    vp1: float
    boiler: float


class Heats(NamedTuple):
    """A figure for each heat meter; boiler is the boiler's own counter."""

    condenser: float
    space: float
    vent: float
    floor: float
    pool_main: float
    pool_therapy: float
    tap: float
    snow: float
    well_charge: float
    well_extract: float
    solar: float
    grey: float
    air: float
    boiler: float


class Waters(NamedTuple):
    """A figure for each water meter."""

    mains: float
    makeup_main: float
    makeup_therapy: float
    tap: float
    backwash: float
    grey: float


class Inverters(NamedTuple):
    """A figure for each inverter."""

    roof: float
    wall: float
    bikes: float


class Standing(NamedTuple):
    """When a heat meter's pipe last came to rest, and how warm its ends were then [°C]."""

    since_ns: int
    supply_t: float
    return_t: float


class Meters(NamedTuple):
    """What passed in the step and what was counted, in one order: LOADS (the intake's purchase first), SOLD, HEAT [kW,
    kWh], VOLUME (of the heat meters) and WATER [m³/h, m³], SOLAR [kW, kWh]; standing has the order of the heat meters.
    """

    now: tuple[float, ...]
    counted: tuple[float, ...]
    run_h: float
    standing: tuple[Standing, ...]

    @property
    def p(self) -> Loads:
        """Electrical power [kW] at each meter."""
        return Loads(self.now[0] - self.now[SOLD], *self.now[1:SOLD])

    @property
    def el_kwh(self) -> Loads:
        """Electricity [kWh] at each meter; main is what was bought."""
        return Loads(*self.counted[LOADS])

    @property
    def export_kwh(self) -> float:
        """Electricity sold [kWh]."""
        return self.counted[SOLD]

    @property
    def heat_kw(self) -> Heats:
        """Heat [kW] through each heat meter."""
        return Heats(*self.now[HEAT])

    @property
    def heat_m3_h(self) -> Heats:
        """Flow [m³/h] through each heat meter."""
        return Heats(*self.now[VOLUME])

    @property
    def heat_kwh(self) -> Heats:
        """Heat [kWh] through each heat meter."""
        return Heats(*self.counted[HEAT])

    @property
    def heat_m3(self) -> Heats:
        """Volume [m³] through each heat meter."""
        return Heats(*self.counted[VOLUME])

    @property
    def water(self) -> Waters:
        """Flow [m³/h] through each water meter."""
        return Waters(*self.now[WATER])

    @property
    def water_m3(self) -> Waters:
        """Volume [m³] through each water meter."""
        return Waters(*self.counted[WATER])

    @property
    def pv_kwh(self) -> Inverters:
        """What each inverter has given [kWh]."""
        return Inverters(*self.counted[SOLAR])


SOLD: Final = len(Loads._fields)
LOADS: Final = slice(0, SOLD)
HEAT: Final = slice(SOLD + 1, SOLD + 1 + len(Heats._fields))
VOLUME: Final = slice(HEAT.stop, HEAT.stop + len(Heats._fields))
WATER: Final = slice(VOLUME.stop, VOLUME.stop + len(Waters._fields))
SOLAR: Final = slice(WATER.stop, WATER.stop + len(Inverters._fields))


def count(m: Meters, now: tuple[float, ...], standing: tuple[Standing, ...], dt_s: float) -> Meters:
    """Count a step in which this passed; the pipes stand as they are given."""
    h = dt_s / 3600.0
    counted = tuple([sum_ + rate * h if rate else sum_ for sum_, rate in zip(m.counted, now, strict=True)])
    return record(Meters, (now, counted, m.run_h + h, standing))


def cooled(t: float, rest_s: float) -> float:
    """Temperature [°C] of a pipe that was at t when it came to rest, so many seconds ago."""
    return ROOM_T + (t - ROOM_T) * exp(-rest_s / PIPE_S)
