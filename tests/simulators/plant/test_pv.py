"""Solar cells over the synthetic year: yields, snow, limits of the inverter."""

import pytest

from simulators.plant import pv
from simulators.plant.weather import Weather


def test_solar_cells_over_the_year(year: list[Weather]) -> None:
    peak = {name: sum(kwp for _, kwp in array.planes) for name, array in pv.ARRAYS.items()}
    kwh = {name: sum(pv.produce(array, w, 0.0).ac_kw for w in year) for name, array in pv.ARRAYS.items()}
    assert sum(peak.values()) == pytest.approx(89.3)
    assert 640.0 < kwh["roof"] / peak["roof"] < 900.0
    assert 560.0 < kwh["wall"] / peak["wall"] < 850.0
    assert kwh["bikes"] / peak["bikes"] > kwh["roof"] / peak["roof"]


def test_snow_hides_flat_modules_only(year: list[Weather]) -> None:
    bright = max(year, key=lambda w: w.sky.ghi)
    assert pv.produce(pv.ROOF, bright, 10.0).ac_kw == 0.0
    assert pv.produce(pv.WALL, bright, 10.0).ac_kw > pv.produce(pv.WALL, bright, 0.0).ac_kw > 0.0


def test_inverter_never_gives_more_than_it_gets_or_can(year: list[Weather]) -> None:
    for w in year[::7]:
        made = pv.produce(pv.BIKES, w, 0.0)
        assert 0.0 <= made.ac_kw <= min(made.dc_kw, 4.0)
