"""The models by name: what feeds them (sdanlegg/model_forms.py says which arguments), handed to the physics.

x holds an array (K,) or (), for each argument of the model; the rate (K,) comes back in kW, m³/h or kg/h.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from sdanlegg.balance import models_air as air
from sdanlegg.balance import models_water as water
from sdanlegg.readings import FloatArray

X = Mapping[str, FloatArray]
_ZERO: Final = np.asarray(0.0)
_KWH_M3_K: Final = np.asarray(water.WATER_KWH_M3_K)


def _open(x: X) -> FloatArray:
    return water.open_m2(x["area_m2"], x["floor_m2"], x["raised_factor"], x["raised"])


def _unit(x: X) -> air.Unit:
    return air.Unit(*(x[key] for key in air.Unit._fields))


def _plates(x: X) -> FloatArray:
    return air.plates(_unit(x), x["recovery_pct"])


def _bare(x: X) -> FloatArray:
    return air.bare_m2(x["area_m2"], x["snow"], x["unheated"], x["depth_mm"], x["outdoor_t"])


def _first(x: X) -> FloatArray:
    return water.first_served(x["fresh"] - x["stored"], x["first"], x["others"], x["alike"])


def _left(x: X) -> FloatArray:
    return water.share_left(x["fresh"] - x["stored"] - _first(x), x["others"])


def _hot(x: X) -> FloatArray:
    return np.maximum(x["hot"] - x["other"] - x["always"], 0.0)


def _mixed(x: X) -> FloatArray:
    return _hot(x) + water.mixed_cold(_hot(x), x["hot_t"], x["cold_t"], x["mixed_t"])


def _evaporation(x: X) -> FloatArray:
    factor = water.activity(x["bathers"], x["busy_bathers"], x["empty"], x["busy"])
    return water.evaporation(x["water_t"], x["air_t"], x["air_rh"], _open(x), factor)


def _mixed_cold(x: X) -> FloatArray:
    return water.mixed_cold(_hot(x), x["hot_t"], x["cold_t"], x["mixed_t"])


MODELS: Final[Mapping[str, Callable[[X], FloatArray]]] = MappingProxyType(
    {
        "absorbed": lambda x: air.absorbed(x["irradiance"], _bare(x), x["absorptance"]),
        "condensing": lambda x: air.condensing(_plates(x), x["condensate"]),
        "convection": lambda x: water.convection(x["water_t"], x["air_t"], _open(x), x["kw_m2_k"]),
        "enthalpy": lambda x: water.enthalpy(x["water"], x["water_t"], x["second"], x["second_t"]),
        "evaporation": _evaporation,
        "feed_heat": lambda x: water.partly_warm(x["first"], _first(x), x["cold_t"], x["store_t"]),
        "makeup_heat": lambda x: water.partly_warm(x["drawn"], _left(x) * x["drawn"], x["cold_t"], x["store_t"]),
        "mixed_cold": _mixed_cold,
        "mixed_drain": lambda x: water.stream(_mixed(x), x["drain_t"], _ZERO, _KWH_M3_K),
        "not_full": lambda x: water.not_full(x["level_pct"], x["full_pct"]),
        "outflow": lambda x: water.outflow(x["makeup"], x["stored"], x["water_t"]),
        "preheated": lambda x: _left(x) * x["drawn"],
        "preheated_first": _first,
        "pump": lambda x: air.pump(x["speed_pct"], x["nominal_kw"], x["exponent"]),
        "radiation": lambda x: water.radiation(x["water_t"], x["surface_t"], _open(x), x["emissivity"]),
        "share": lambda x: water.share(x["each"], x["constant"]),
        "sky": lambda x: air.sky(x["surface_t"], x["outdoor_t"] - x["colder_k"], _bare(x), x["w_m2_k"]),
        "standing_loss": lambda x: water.standing_loss(x["warm_t"], x["cold_t"], x["kw_k"], x["filled_pct"]),
        "transmission": lambda x: water.transmission(x["warm_t"], x["cold_t"], x["kw_k"], x["beside"]),
        "vented": lambda x: air.vented(_unit(x), x["exhaust_t"], x["outdoor_rh"], x["exhaust_rh"]),
        "ventilation": lambda x: air.ventilation(_unit(x), _plates(x), x["exhaust_t"]),
        "wet_rooms": lambda x: water.share(x["kg_m3"] * _mixed(x), x["floors"] + x["constant"]),
        "wind": lambda x: air.wind(x["surface_t"], x["outdoor_t"], _bare(x), x["wind_share"] * x["wind_m_s"]),
    }
)
