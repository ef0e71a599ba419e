"""A synthetic year by the hour, made once."""

from datetime import UTC, datetime

import pytest

from simulators.plant.weather import Weather, weather_over
from simulators.plant.weather_synthetic import Synthetic


@pytest.fixture(scope="session")
def year() -> list[Weather]:
    """2026 with seed 1, at the middle of each hour."""
    start = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    return weather_over([start + 3600.0 * h + 1800.0 for h in range(8760)], 59.86, 10.46, Synthetic(1))
