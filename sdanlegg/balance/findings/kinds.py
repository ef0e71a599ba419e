"""Kinds of hall rules: what looks for them, which points (roles) and limits they take."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sdanlegg.balance.findings import closing, heating, machines, pools, sun
from sdanlegg.balance.findings.view import Signal, View


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of rule; every role and limit must be given. hold_h and gap_h are limits of all of them."""

    look: Callable[[View], Signal]
    points: tuple[str, ...]
    limits: tuple[str, ...]


COMMON: Final = ("hold_h", "gap_h")
_AIR: Final = ("water_t", "air_t", "air_rh")

KINDS: Final[dict[str, Kind]] = {
    "floor_down": Kind(
        closing.floor_down,
        ("open", "depth", *_AIR),
        ("settle_h", "raised_mm", "floor_m2", "activity", "kept_share"),
    ),
    "power_on": Kind(closing.power_on, ("open", "power"), ("settle_h", "most_kw", "rest_kw")),
    "air_by_day": Kind(closing.air_by_day, ("open", "flow", "fan_kw"), ("settle_h", "night_m3_h", "above")),
    "water_runs": Kind(
        closing.water_runs,
        ("open", "hot_flow", "hot_t", "cold_t"),
        ("settle_h", "most_m3_h", "rest_m3_h", "mixed_t"),
    ),
    "recovery_low": Kind(
        heating.recovery_low,
        ("recovery_pct", "damper_pct", "flow", "air_t", "air_sp", "outdoor_t"),
        ("best", "fall", "full_m3_h", "below_pct", "least_damper_pct", "colder_k", "warm_k"),
    ),
    "drying_low": Kind(heating.drying_low, ("state", "power"), ("below", "least_h", "cop")),
    "heats_and_cools": Kind(heating.heats_and_cools, ("coil_kw", "air_t", "air_sp"), ("coil_kw", "warm_k")),
    "boiler_uncalled": Kind(
        heating.boiler_uncalled,
        ("boiler_kw", "tank_t", "tank_sp", "level_pct"),
        ("least_kw", "below_k", "level_pct", "cop"),
    ),
    "circulation_loss": Kind(heating.circulation_loss, ("flow", "hot_t", "return_t"), ("above", "usual_kw")),
    "melting_uncalled": Kind(
        heating.melting_uncalled, ("power", "outdoor_t"), ("warmest_t", "coldest_t", "least_kw")
    ),
    "charging_cold": Kind(
        heating.charging_cold,
        ("mode", "melt_kw", "flow", "in_t", "out_t", "pump_kw"),
        ("charging", "least_m3_h", "least_k", "kwh_m3_k"),
    ),
    "short_cycling": Kind(machines.short_cycling, ("starts",), ("most_per_h", "start_kwh")),
    "cop_low": Kind(
        machines.cop_low,
        ("heat_kw", "power", "source_t", "sink_t", "running"),
        ("cop_per_k", "cop_at_0", "below", "least_kw", "least_h"),
    ),
    "flow_low": Kind(machines.flow_low, ("flow", "speed_pct"), ("least_pct", "below", "usual")),
    "recovery_cop_low": Kind(machines.recovery_cop_low, ("heat_kw", "power"), ("below", "least_kwh")),
    "leak": Kind(
        pools.leak,
        ("makeup_m3", "arrivals", "bathers", "backwash_m3", "level_pct", "raised", "cold_t", *_AIR),
        (
            "area_m2", "raised_share", "empty", "activity", "busy", "share", "m3_each", "tank_m3", "above_m3_day",
            "sigmas", "first_m3_day",
        ),
    ),
    "fouling_fast": Kind(
        pools.fouling_fast,
        ("permeability", "washes", "flux", "turbidity", "tmp", "flow"),
        ("above", "busy_share", "clean_bar", "pump_efficiency"),
    ),
    "washed_often": Kind(
        pools.washed_often,
        ("washes", "interval_h", "tmp", "tmp_start", "backwash_m3", "water_t", "cold_t"),
        ("span_h", "above", "pressure_share"),
    ),
    "dosing_weak": Kind(
        pools.dosing_weak, ("free", "bathers", "dosing_pct"), ("above", "decay_m3_h", "bather_m3_h")
    ),
    "modules_hidden": Kind(
        sun.modules_hidden,
        ("power", "irradiance", "module_t"),
        ("least_w_m2", "per_k", "below", "usual_kw_per_w_m2"),
    ),
    "modules_dirty": Kind(
        sun.modules_dirty,
        ("power", "irradiance", "module_t"),
        ("least_w_m2", "per_k", "below", "least_wh_m2"),
    ),
}  # fmt: skip
