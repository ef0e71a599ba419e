"""Every kind of fault: what it may befall, which parameters it takes, and which field of the plant it sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType
from typing import Final, Literal

from simulators.scenario.model import Layer

Form = Literal["number", "duration", "word", "flag", "target"]
DAY_S: Final = 86_400.0
# What is wrong, in the words by which finding it is scored; none of a sound hall.
CLASSES: Final[Mapping[Layer, tuple[str, ...]]] = MappingProxyType(
    {
        "plant": ("leak", "fouling", "wear", "control", "staff", "weather"),
        "meter": ("meter",),
        "device": ("communication",),
    }
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One key of a fault. default None: it must be there; an empty text: it may be left out."""

    form: Form
    low: float = 0.0
    high: float = inf
    unit: str = ""
    words: tuple[str, ...] = ()
    default: float | str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault.

    fields: of a plant kind, the part of the plant and the field of Faults that it sets. on: what a meter or device
    kind may befall. points: which kinds of point it may befall. one_of: parameters of which exactly one is given.
    """

    layer: Layer
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    on: tuple[str, ...] = ()
    points: tuple[str, ...] = ("gauge",)
    one_of: tuple[str, ...] = ()
    lasting: bool = False  # it cannot end


_GROWS: Final = Parameter("duration", 0.0, 3650 * DAY_S, default=0.0)


def _flag(**fields: str) -> Kind:
    return Kind("plant", fields=fields)


def _amount(key: str, low: float, high: float, unit: str, **fields: str) -> Kind:
    return Kind("plant", {key: Parameter("number", low, high, unit), "grows": _GROWS}, fields)


def _share(**fields: str) -> Kind:
    return _amount("share", 0.0, 1.0, "", **fields)


PLANT: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "leak": _amount("m3_h", 0.0, 50.0, "m³/h", pool_main="leak_main_m3_h", pool_therapy="leak_therapy_m3_h"),
        "floor_left_down": _flag(floor_main="floor_main_left_down", floor_therapy="floor_therapy_left_down"),
        "fouling": _amount("times", 1.0, 100.0, "", filter_main="fouling_main", filter_therapy="fouling_therapy"),
        "backwash_every_hour": _flag(filter_main="backwash_stuck_main"),
        "dosing_lost": _share(filter_main="dosing_lost_main"),
        "recovery_lost": _share(ahu1="recovery_lost_ahu1", ahu2="recovery_lost_ahu2", ahu3="recovery_lost_ahu3"),
        "drying_lost": _share(ahu1="drying_lost_ahu1", ahu2="drying_lost_ahu2"),
        "day_rules_at_night": _flag(ventilation="air_day_at_night"),
        "short_cycling": _flag(vp1="short_cycling_vp1"),
        "refrigerant_lost": _share(vp1="refrigerant_lost_vp1"),
        "pump_worn": _share(brine="brine_pump_worn"),
        "snow_on_modules": _share(pv="snow_on_pv"),
        "soiling": _share(pv="soiling_pv"),
        "melting_stuck": _flag(sol1="melting_stuck"),
        "boiler_stuck": _amount("kw", 0.0, 240.0, "kW", tv1="boiler_stuck_kw"),
        "circulation_lost": _amount("kw", 0.0, 60.0, "kW", tv1="circulation_lost_kw"),
        "shower_stuck": _amount("m3_h", 0.0, 5.0, "m³/h", showers="shower_stuck_m3_h"),
        "exchanger_fouled": _share(gv1="grey_fouled"),
        "light_stuck": _flag(light="light_stuck"),
    }
)
_SOME: Final = Parameter("number", -1e6, 1e6, "in the point's unit", default="")
_RATIO: Final = Parameter("number", -0.99, 9.0, default="")
METERS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "stuck": Kind("meter", on=("point",), points=("gauge", "counter", "state")),
        "bias": Kind("meter", {"offset": _SOME, "share": _RATIO}, on=("point",), one_of=("offset", "share")),
        "drift": Kind(
            "meter",
            {"per_day": _SOME, "share_per_day": Parameter("number", -0.5, 0.5, default="")},
            on=("point",),
            one_of=("per_day", "share_per_day"),
        ),
        "noise": Kind("meter", {"sigma": Parameter("number", 0.0, 1e6, "in the point's unit")}, on=("point",)),
        "spikes": Kind(
            "meter",
            {
                "size": Parameter("number", -1e9, 1e9, "in the point's unit"),
                "every": Parameter("duration", 2.0, 30 * DAY_S),
                "width": Parameter("duration", 1.0, 3600.0, default=60.0),
            },
            on=("point",),
        ),
        "swapped": Kind("meter", {"with": Parameter("target")}, on=("point", "device"), points=("gauge", "counter")),
        "scale": Kind(
            "meter", {"factor": Parameter("number", 0.001, 1000.0)}, on=("point",), points=("gauge", "counter")
        ),
        "reversed": Kind("meter", on=("device",)),
        "reset": Kind(
            "meter",
            {"to": Parameter("number", 0.0, 1e9, "in the point's unit", default=0.0)},
            on=("point", "device"),
            points=("counter",),
            lasting=True,
        ),
        "no_value": Kind("meter", on=("point",), points=("gauge", "counter")),
        "out_of_range": Kind("meter", on=("point",)),
    }
)
STATUSES: Final = (
    "BadDeviceFailure", "BadSensorFailure", "BadNotConnected", "BadCommunicationError", "BadOutOfService",
    "BadConfigurationError", "UncertainLastUsableValue", "UncertainSensorNotAccurate",
)  # fmt: skip
DEVICES: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "offline": Kind(
            "device",
            {
                "how": Parameter("word", words=("refuse", "reset", "silent"), default="refuse"),
                "whole_gateway": Parameter("flag", default=0.0),
            },
            on=("device",),
        ),
        "slow": Kind("device", {"answers_after": Parameter("duration", 0.01, 60.0)}, on=("device",)),
        "restarting": Kind(
            "device",
            {
                "every": Parameter("duration", 10.0, 30 * DAY_S),
                "down": Parameter("duration", 1.0, DAY_S, default=20.0),
                "forgets": Parameter("flag", default=0.0),
                "whole_gateway": Parameter("flag", default=0.0),
            },
            on=("device",),
        ),
        "exception": Kind(
            "device",
            {
                "code": Parameter("number", 1.0, 6.0, default=""),
                "status": Parameter("word", words=STATUSES, default=""),
            },
            on=("device",),
            one_of=("code", "status"),
        ),
        "word_order": Kind(
            "device", {"order": Parameter("word", words=("ABCD", "CDAB", "BADC", "DCBA"))}, on=("device",)
        ),
        "frozen": Kind("device", on=("device",)),
        "clock_off": Kind("device", {"ahead_s": Parameter("number", -1e9, 1e9, "s")}, on=("device",)),
    }
)
KINDS: Final[Mapping[str, Kind]] = MappingProxyType({**PLANT, **METERS, **DEVICES})
