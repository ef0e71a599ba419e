"""One house unit per quantity: what operators read. Suppliers' units are converted by scale and offset in the map."""

from typing import Final

# quantity -> house unit. The point list's unit must be the one of its quantity.
HOUSE: Final[dict[str, str]] = {
    "temperature": "°C",
    "temperature_difference": "K",
    "humidity": "%",
    "ratio": "%",  # valves, speeds, efficiencies, levels in per cent
    "power": "kW",
    "apparent_power": "kVA",
    "reactive_power": "kvar",
    "energy": "kWh",
    "apparent_energy": "kVAh",
    "reactive_energy": "kvarh",
    "voltage": "V",
    "current": "A",
    "frequency": "Hz",
    "power_factor": "1",
    "flow": "m³/h",
    "volume": "m³",
    "pressure": "bar",
    "pressure_difference": "Pa",
    "irradiance": "W/m²",
    "wind_speed": "m/s",
    "wind_direction": "°",
    "precipitation": "mm/h",
    "precipitation_sum": "mm",
    "illuminance": "lx",
    "position": "mm",
    "chlorine": "mg/l",
    "ph": "pH",
    "redox": "mV",
    "turbidity": "FTU",
    "conductivity": "µS/cm",
    "flux": "l/m²h",
    "permeability": "l/m²h·bar",
    "co2": "ppm",
    "operating_time": "h",
    "duration": "s",
    "persons": "pers.",
    "count": "1",
    "state": "1",
    "text": "1",
}
# Units that suppliers use, with the house unit and the factor into it: for messages only.
FOREIGN: Final[dict[str, tuple[str, float]]] = {
    "W": ("kW", 1e-3),
    "MW": ("kW", 1e3),
    "Wh": ("kWh", 1e-3),
    "MWh": ("kWh", 1e3),
    "GJ": ("kWh", 1 / 0.0036),
    "MJ": ("kWh", 1 / 3.6),
    "l/s": ("m³/h", 3.6),
    "l/h": ("m³/h", 1e-3),
    "l/min": ("m³/h", 0.06),
    "l": ("m³", 1e-3),
    "Pa": ("bar", 1e-5),
    "kPa": ("bar", 1e-2),
    "mbar": ("bar", 1e-3),
    "VA": ("kVA", 1e-3),
    "var": ("kvar", 1e-3),
    "m": ("mm", 1e3),
    "min": ("h", 1 / 60),
}
# Fastest believable change per second where the map gives none. Engineering estimates, wide on purpose: they exist to
# catch flipped bytes, not to judge the plant. None = not checked (pumps, valves and switches may step, hours are whole
# and set back).
MAX_RATE: Final[dict[str, float]] = {
    "temperature": 5.0,
    "energy": 2.0,  # kWh/s = 7.2 MW
    "volume": 0.5,  # m³/s
    "position": 100.0,
    "ph": 0.5,
}
