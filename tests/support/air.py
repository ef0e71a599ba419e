"""A hall's air and what bears on it, for tests of the air-handling units."""

from typing import Any

from simulators.plant.ahu import Air
from simulators.plant.air_plan import AirLoad
from simulators.plant.moist_air import humidity_ratio
from simulators.plant.weather import weather_at
from simulators.plant.weather_synthetic import Synthetic

SUMMER = weather_at(1_782_043_200.0, 59.86, 10.46, Synthetic(1))  # 2026-06-21 12:00 UTC
WINTER = SUMMER._replace(outdoor_t=-5.0, ratio=humidity_ratio(-5.0, 85.0), sky=SUMMER.sky._replace(ghi=20.0))


def load(**changed: Any) -> AirLoad:
    """An open main hall on an ordinary day."""
    ordinary = AirLoad(
        evaporation_kg_h=80.0, exchanged_kw=-3.0, light_kw=3.0, people=40.0, open=True, available=1.0, surplus=1.0,
        header_t=45.0, covered=0.0, recovery_lost=0.0, drying_lost=0.0, day_at_night=0.0,
    )  # fmt: skip
    return ordinary._replace(**changed)


def night(**changed: Any) -> AirLoad:
    """The same hall after closing, its floor raised."""
    return load(**({"evaporation_kg_h": 32.0, "people": 0.0, "light_kw": 0.5, "open": False, "covered": 1.0} | changed))


def still_air(t: float = 30.0, rh: float = 54.0) -> Air:
    """A hall at t [°C] and rh [%], its unit at rest."""
    return Air(t, humidity_ratio(t, rh), 0.0, 0.0, 0.0, 0.0, 0.0)
