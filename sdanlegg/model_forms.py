"""What each model of a flow is fed with: the arguments that `with = { … }` of a flow in balance.toml may name.

The physics stands in sdanlegg/balance/models_*.py, put together in model_table.py. An argument is a point, a list of
points (their mean), a table of points with their factors (their sum), or a number; a counter gives its mean rate [kW,
m³/h, persons/h]. A `rise` argument takes what its points gained from edge to edge, by the hour.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Argument(NamedTuple):
    """Quantities of the points it may name (none: only a number); what stands without it (None: it must be there)."""

    quantities: frozenset[str] = frozenset()
    default: float | None = None
    rise: bool = False


def _points(*quantities: str, default: float | None = None) -> Argument:
    return Argument(frozenset(quantities), default)


_NUMBER: Final = Argument()
_T: Final = _points("temperature")
_RH: Final = _points("humidity")
_WATER: Final = _points("flow", "volume")
_PERSONS: Final = _points("persons", default=0.0)
_STATE: Final = _points("state", "ratio", default=0.0)
_RISE: Final = Argument(frozenset({"ratio", "volume"}), 0.0, rise=True)
_ANY: Final = _points("energy", "power", "volume", "flow", "persons", "irradiance", "state", "temperature", default=0.0)
_LIDDED: Final = {"raised": _STATE, "area_m2": _NUMBER, "floor_m2": Argument(default=0.0),
                  "raised_factor": Argument(default=1.0)}  # fmt: skip
_PLATES: Final = {
    "extract_t": _T, "extract_rh": _RH, "outdoor_t": _T, "supply_flow": _points("flow"), "damper_pct": _points("ratio"),
    "recovery_pct": _points("ratio"), "leak_kg_h": Argument(default=0.0),
}  # fmt: skip
_STORE: Final = {
    "fresh": _WATER, "stored": _RISE, "first": _WATER, "others": _WATER, "alike": Argument(default=0.0),
}  # fmt: skip
_OTHERS: Final = {**_STORE, "drawn": _WATER}
_SHOWER: Final = {
    "hot": _WATER, "other": _points("flow", "volume", "state", default=0.0), "always": Argument(default=0.0),
    "hot_t": _T, "cold_t": _T, "mixed_t": _T,
}  # fmt: skip
_BARE: Final = {
    "outdoor_t": _T, "snow": _STATE, "depth_mm": _points("position", default=0.0), "unheated": Argument(default=0.0),
    "area_m2": _NUMBER,
}  # fmt: skip
_SURFACE: Final = {"surface_t": _T, **_BARE}

# A flow's model and its arguments.
FORMS: Final[Mapping[str, Mapping[str, Argument]]] = MappingProxyType(
    {
        "absorbed": {"irradiance": _points("irradiance"), **_BARE, "absorptance": _NUMBER},
        "condensing": {"condensate": _points("volume", "flow"), **_PLATES},
        "convection": {"water_t": _T, "air_t": _T, **_LIDDED, "kw_m2_k": _NUMBER},
        "enthalpy": {
            "water": _WATER, "water_t": _T, "second": _points("flow", "volume", default=0.0),
            "second_t": _points("temperature", default=0.0),
        },
        "evaporation": {
            "water_t": _T, "air_t": _T, "air_rh": _RH, "bathers": _PERSONS, **_LIDDED, "empty": _NUMBER,
            "busy": _NUMBER, "busy_bathers": Argument(default=1.0),
        },
        "feed_heat": {**_STORE, "cold_t": _T, "store_t": _T},
        "makeup_heat": {**_OTHERS, "cold_t": _T, "store_t": _T},
        "mixed_cold": _SHOWER,
        "mixed_drain": {**_SHOWER, "drain_t": _T},
        "not_full": {"level_pct": _points("ratio"), "full_pct": Argument(default=95.0)},
        "outflow": {"makeup": _WATER, "stored": _RISE, "water_t": _T},
        "preheated": _OTHERS,
        "preheated_first": _STORE,
        "pump": {"speed_pct": _points("ratio"), "nominal_kw": _NUMBER, "exponent": Argument(default=3.0)},
        "radiation": {"water_t": _T, "surface_t": _T, **_LIDDED, "emissivity": Argument(default=0.95)},
        "share": {"each": _ANY, "constant": Argument(default=0.0)},
        "sky": {**_SURFACE, "w_m2_k": _NUMBER, "colder_k": _NUMBER},
        "standing_loss": {"warm_t": _T, "cold_t": _T, "kw_k": _NUMBER, "filled_pct": _points("ratio", default=100.0)},
        "transmission": {"warm_t": _T, "cold_t": _T, "kw_k": _NUMBER, "beside": _ANY},
        "vented": {
            "extract_t": _T, "extract_rh": _RH, "exhaust_t": _T, "outdoor_t": _T, "outdoor_rh": _RH,
            "supply_flow": _points("flow"), "damper_pct": _points("ratio"), "leak_kg_h": Argument(default=0.0),
            "exhaust_rh": Argument(default=100.0),
        },
        "ventilation": {**_PLATES, "exhaust_t": _T},
        "wet_rooms": {**_SHOWER, "kg_m3": _NUMBER, "floors": _STATE, "constant": Argument(default=0.0)},
        "wind": {**_SURFACE, "wind_m_s": _points("wind_speed"), "wind_share": Argument(default=1.0)},
    }
)  # fmt: skip
