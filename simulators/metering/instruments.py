"""Which instrument stands behind a point: the first row of the table that fits its map and name.

Limits are the class's (maximum permissible error): each instrument's own error is drawn within them. Marks of source:
[EN 1434] [MID] [IEC 62053] [ISO 4064] [EN 60751] are the standards' limits, [map] is the head of the register map, [E]
an engineering estimate. A point without a row is exact if it is a state, a setpoint, a clock or a count of events, and
has the map's sigma otherwise: 0.8 of it stays the same (its limit is the square root of 3 times that), 0.6 is noise.
"""

from fnmatch import fnmatchcase
from math import sqrt
from typing import Final, NamedTuple

from sdanlegg.points import Point

_STAYS, _NOISE = 0.8, 0.6  # squares add up to 1
_EXACT: Final = frozenset({"operating_time", "count", "duration", "text", "state"})
# What reads zero when there is nothing to measure, where only the map's sigma is known: cut-off of the transmitter [E].
_CUT_OFF: Final = frozenset(
    {"flow", "power", "reactive_power", "current", "ratio", "persons", "precipitation", "wind_speed", "illuminance",
     "flux", "permeability"}
)  # fmt: skip


class Instrument(NamedTuple):
    """Limits of an instrument. Shares are of the reading; offsets and noise in the house unit; lag in seconds."""

    gain: float = 0.0  # limit, share
    offset: float = 0.0  # limit
    low: float = 0.0  # limit of what comes on top at low load, share: none at low_at, all at low_from
    low_at: float = 0.0
    low_from: float = 0.0
    noise_share: float = 0.0  # standard deviation of one sample, share
    noise: float = 0.0  # standard deviation of one sample
    lag: tuple[float, float] = (0.0, 0.0)  # time constant of a first-order lag: drawn between these
    pulse: float = 0.0  # a counter shows whole pulses of this
    cut_off: bool = False  # zero reads as zero
    unit: str = ""  # points of one device that name the same unit share its errors; "": one of its own


EXACT: Final = Instrument()
COPY: Final = "~"  # stands before the number of a device's copy: the same meter with another instrument
_POCKET, _DUCT, _SCREEN, _CAST = (20.0, 60.0), (30.0, 90.0), (60.0, 180.0), (60.0, 240.0)  # [E]
_PT: Final = Instrument(0.002, 0.15, noise=0.01, lag=_POCKET)  # Pt1000 class A, ±(0.15 + 0.002 T) K [EN 60751]
# Energy and power share their error. Low load: below the transitional current, at direct meters 0.5 A (class 1: 1 A),
# at meters on transformers of 250 A 5 % of that; all of it from half of that on (transformers: 1 %) [MID] [IEC 62053].
_B: Final = Instrument(0.02, low=0.005, low_at=0.35, low_from=0.17, noise_share=0.0005, unit="energy")
_CLASS_1: Final = Instrument(0.01, low=0.005, low_at=0.7, low_from=0.35, noise_share=0.0005, unit="energy")
_C_CT: Final = Instrument(0.011, low=0.003, low_at=8.6, low_from=1.7, noise_share=0.0005, unit="energy")  # [map]
_05S_CT: Final = Instrument(0.007, low=0.005, low_at=8.6, low_from=1.7, noise_share=0.0005, unit="energy")  # [map]
_VOLT: Final = Instrument(0.005, noise_share=0.0003)  # [map]
_PF: Final = Instrument(offset=0.005, noise=0.001)  # [E]
_COUNTED: Final = Instrument(0.02, noise_share=0.002)  # a controller's own electricity measurement [E]
_HEAT: Final = Instrument(0.04, noise_share=0.005)  # heat by a controller from flow and two temperatures [E]
# ISO 4064 class 2: ±2 % from Q2 on, ±5 % from Q1; Q3 of 10 m³/h, ratio R100: Q1 0.1, Q2 0.16 m³/h [ISO 4064; size E].
_WATER: Final = Instrument(0.02, low=0.03, low_at=0.16, low_from=0.1, noise_share=0.003, unit="flow", pulse=0.001)
_MAGNETIC: Final = Instrument(0.0075, noise_share=0.003)  # 0.5-1 % [E, domain figures]

_PIPES: Final = (
    "heatpump_brine_water | well_manifold | pavement_collector | greywater_heatpump | tapwater_boiler | ceramic_filter"
)

# Maps (a | b), names (a | b), instrument.
TABLE: Final[tuple[tuple[str, str, Instrument], ...]] = (
    # The pair shares what both err by (class A at 50 °C); its difference, flow and energy are heat_meters.py's.
    ("mag11_heat", "supply_t | return_t", Instrument(offset=0.25, noise=0.01, lag=_POCKET, unit="pair")),
    ("mag11_heat", "flow | volume_m3", Instrument(0.02, noise_share=0.003, unit="flow")),
    ("mag11_heat", "energy_kwh", Instrument(0.04)),
    ("mag11_heat", "volume_rev_m3", EXACT),
    ("em340 | b23", "p | import_kwh | export_kwh", _B),
    ("b24", "p | import_kwh | export_kwh", _C_CT),
    ("iem3155", "p | import_kwh | export_kwh", _CLASS_1),
    ("iem3255", "p | import_kwh | export_kwh", _05S_CT),
    ("em340 | b23 | b24 | iem3155 | iem3255 | sunspec", "u_l? | v_ph_?", _VOLT),
    ("em340 | b23", "i_l?", Instrument(0.01, noise_share=0.0005)),  # [map]
    ("b24 | iem3155 | iem3255", "i_l?", Instrument(0.005, noise_share=0.0005)),  # [map]
    ("em340 | b23", "q", Instrument(0.04, noise_share=0.001)),  # [map]
    ("b24 | iem3155 | iem3255", "q", Instrument(0.02, noise_share=0.001)),  # [map]
    ("*", "pf", _PF),
    ("*", "hz", Instrument(offset=0.005, noise=0.001)),  # [E]
    ("sunspec", "w | wh_kwh", Instrument(0.03, noise_share=0.003, unit="ac")),  # inverters 2-5 % [map: 3 %]
    ("sunspec", "a | dcw", Instrument(0.03, noise_share=0.003)),
    ("watermeter", "flow | volume_m3", _WATER),
    ("watermeter", "volume_rev_m3", EXACT),
    ("heatpump_brine_water", "p_el | el_kwh", _COUNTED._replace(unit="el")),
    ("heatpump_brine_water", "heat_kw | heat_kwh", _HEAT._replace(unit="heat")),
    ("greywater_heatpump", "p_el | el_kwh", _COUNTED._replace(unit="el")),
    ("greywater_heatpump", "heat_kw | heat_kwh", _HEAT._replace(unit="heat")),
    ("greywater_heatpump", "drain_flow | volume_m3", _MAGNETIC._replace(unit="drain", pulse=0.01)),
    ("well_manifold", "extract_kwh", _HEAT._replace(unit="heat", pulse=1.0)),
    ("well_manifold", "charge_kwh", _HEAT._replace(unit="heat", pulse=1.0)),
    ("well_manifold", "power", _HEAT._replace(unit="heat")),
    ("pavement_collector", "charge_kwh | melt_kwh | power", _HEAT._replace(unit="heat")),
    ("tapwater_boiler", "boiler_kw | boiler_kwh", _COUNTED._replace(unit="el")),
    ("tapwater_boiler", "header_kw | header_kwh", _HEAT._replace(unit="header")),
    ("tapwater_boiler", "preheat_kw", _HEAT),
    ("tapwater_boiler", "tap_flow | tap_m3", _WATER._replace(pulse=0.01)),
    ("pool_ahu", "fan_p_el | fan_kwh", _COUNTED._replace(unit="fans")),
    ("pool_ahu", "hp_p_el | hp_el_kwh", _COUNTED._replace(unit="el")),
    ("pool_ahu", "hp_air_kw | hp_water_kw | hp_heat_kwh", _HEAT._replace(unit="heat")),
    ("pool_ahu", "coil_kw", _HEAT),
    ("pool_ahu", "condensate_m3", Instrument(0.05, pulse=0.001)),  # tipping vessel [E]
    ("pool_ahu", "*_flow", Instrument(0.05, noise_share=0.01)),  # pressure over the fan's inlet [E]
    ("pool_ahu", "loop_return_t", _PT),
    ("pool_ahu", "*_t", _PT._replace(noise=0.02, lag=_DUCT)),
    ("*", "rh | *_rh", Instrument(offset=3.0, noise=0.2, lag=(20.0, 60.0))),  # ±3 % [domain figures]
    ("ceramic_filter", "backwash_flow | backwash_m3", _MAGNETIC._replace(unit="backwash", pulse=0.01)),
    ("ceramic_filter", "feed_flow", _MAGNETIC),
    ("ceramic_filter", "permeate_flow | flux", _MAGNETIC._replace(unit="permeate")),
    ("ceramic_filter", "pump_kw", _COUNTED),
    ("*", "level_pct | *_level_pct", Instrument(offset=0.5, noise=0.05, lag=(5.0, 15.0))),  # ±10 mm of 2 m [E]
    ("movable_floor", "position", Instrument(offset=5.0, noise=0.2)),  # ±5 mm
    ("people_counter", "in_*", Instrument(0.02, pulse=1.0, unit="in")),  # counting above the door 98 % [E]
    ("people_counter", "out_*", Instrument(0.02, pulse=1.0, unit="out")),
    ("people_counter", "inside | pool_main | pool_therapy | changing", Instrument(0.05)),  # [E]
    ("weather_station", "precip | precip_mm", Instrument(0.05, unit="rain")),  # tipping bucket ±5 % [E]
    ("weather_station", "ghi | poa_*", Instrument(0.02, 5.0, noise=1.0, lag=(5.0, 20.0))),  # thermopile [E]
    ("weather_station", "snow_depth", Instrument(offset=10.0, noise=2.0)),  # ultrasonic, ±10 mm [map]
    ("weather_station", "module_t_*", Instrument(0.002, 0.3, noise=0.05, lag=_DUCT)),
    ("weather_station", "outdoor_t", _PT._replace(noise=0.03, lag=_SCREEN)),
    ("pavement_collector", "slab_t | surface_t", _PT._replace(lag=_CAST)),
    ("pavement_collector", "outdoor_t", _PT._replace(noise=0.03, lag=_SCREEN)),
    ("*", "brine_flow | condenser_flow | g?_flow | total_flow | flow | fresh_flow | vvc_flow", _MAGNETIC),
    (_PIPES, "*_t | tank_t_?", _PT),
)  # fmt: skip
# Lag of what only has the map's sigma, by quantity [E]. Flow, pressure and electricity answer faster than one asks.
_LAGS: Final = {
    "temperature": _POCKET, "chlorine": (60.0, 120.0), "ph": (10.0, 30.0), "redox": (30.0, 90.0),
    "turbidity": (10.0, 30.0),
}  # fmt: skip


def original(device: str) -> str:
    """Give the device that this one is a copy of; itself if it is none."""
    return device.partition(COPY)[0]


def instrument_of(map_: str, point: Point) -> Instrument:
    """Give the instrument behind a point of a device with this register map."""
    if point.kind in {"state", "setpoint"} or point.is_text:
        return EXACT
    for maps, names, instrument in TABLE:
        if _fits(map_, maps) and _fits(point.name, names):
            return instrument
    if point.quantity in _EXACT or point.kind == "counter":
        return EXACT
    lag = _LAGS.get(point.quantity, (0.0, 0.0))
    stays, noise = _STAYS * sqrt(3.0) * point.sigma, _NOISE * point.sigma
    return Instrument(offset=stays, noise=noise, lag=lag, cut_off=point.quantity in _CUT_OFF)


def _fits(name: str, patterns: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns.split(" | "))
