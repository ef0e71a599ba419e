"""Weather station."""

from simulators.plant.outdoors import snow_depth_mm
from simulators.signals.getters import Table, fixed

_LUX_PER_W_M2 = 115.0  # luminous efficacy of daylight


def station(device: str) -> Table | None:
    """Points of the weather station."""
    if device != "weather":
        return None
    return {
        "outdoor_t": lambda s: s.inputs.weather.outdoor_t,
        "dew_t": lambda s: s.inputs.weather.dew_t,
        "rh": lambda s: s.inputs.weather.rh,
        "wind": lambda s: s.inputs.weather.wind,
        "wind_dir": lambda s: s.inputs.weather.wind_dir,
        "air_p": lambda s: s.inputs.weather.air_p,
        "precip": lambda s: s.inputs.weather.precip,
        "precip_type": lambda s: float(s.inputs.weather.precip_type),
        "ghi": lambda s: s.inputs.weather.sky.ghi,
        "poa_roof": lambda s: s.pv["roof"].irradiance,
        "poa_wall": lambda s: s.pv["wall"].irradiance,
        "poa_bikes": lambda s: s.pv["bikes"].irradiance,
        "module_t_roof": lambda s: s.pv["roof"].module_t,
        "module_t_wall": lambda s: s.pv["wall"].module_t,
        "illuminance": lambda s: _LUX_PER_W_M2 * s.inputs.weather.sky.ghi,
        "precip_mm": lambda s: s.outdoors.precip_mm,
        "snow_depth": lambda s: snow_depth_mm(s.outdoors),
        "firmware": fixed("2.0.7"),
    }
