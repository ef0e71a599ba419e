"""Each measure's saving on hours worked out by hand."""

from math import nan

import numpy as np
import pytest

from sdanlegg.balance.estimate import estimate
from sdanlegg.balance.savings import KINDS, needed_points, savings
from sdanlegg.balance.savings_air import air_recovery, collectors, daylight, solar_cells, wells
from sdanlegg.balance.savings_water import ceramic_filter, greywater, low_flow_showers, raised_floors
from sdanlegg.config import load_site
from sdanlegg.measures import FORMS, Told
from tests.support.holmen import CONFIG
from tests.support.savings import known, measure

WEATHER = {"cold_t": -10.0, "mild_t": 0.0, "warm_t": 18.0}
FLOORS = {
    **WEATHER, "spread_h": 1, "above_rh_sigma": 0.0, "activity": 0.5, "emissivity": 0.0, "kw_m2_k": 0.0, "drying": 0.0,
    "drying_sigma": 0.0, "model_sigma": 0.0,
}  # fmt: skip
FLOOR = Told(
    points={"water_t": "water", "air_t": "air", "air_rh": "rh", "rh_sp": "sp", "raised": "raised"},
    numbers={
        "area_m2": 100.0, "floor_m2": 50.0, "raised_factor": 0.2, "above_rh_cold": 0.0, "above_rh": 0.0,
        "above_rh_warm": 0.0, "travel_kwh": 1.0,
    },
)  # fmt: skip


def test_every_kind_is_worked_out() -> None:
    assert set(KINDS) == set(FORMS)


def test_a_raised_floor_keeps_what_open_water_would_lose() -> None:
    hall = known({"water": 27.5, "air": 30.0, "rh": 55.0, "sp": 55.0, "raised": 1.0}, {})
    found = raised_floors(hall, measure("raised_floors", Told(numbers=FLOORS), (FLOOR,)))
    kg_h = 0.144 * 0.5 * (100.0 - 60.0) * 1.34  # 1.34 kPa by the worked check: 27.5 °C under air of 30 °C, 55 %
    assert found.water is not None
    assert found.heat is not None
    assert found.electricity is not None
    assert found.water.amount == pytest.approx([kg_h / 1000.0] * 4, rel=0.01)
    assert found.heat.amount == pytest.approx([kg_h * 0.675] * 4, rel=0.01)
    assert found.electricity.amount == pytest.approx(found.heat.amount / 4.0)


def test_air_that_floats_up_under_a_raised_floor_would_be_drier_over_open_water() -> None:
    points = {"water": 27.5, "air": 30.0, "sp": 55.0, "raised": 1.0}
    floating, held = (
        raised_floors(known({**points, "rh": rh}, {}), measure("raised_floors", Told(numbers=FLOORS), (FLOOR,))).water
        for rh in (62.0, 55.0)
    )
    assert floating is not None
    assert held is not None
    assert floating.amount[0] > held.amount[0]


def test_a_floor_that_is_down_saves_nothing() -> None:
    hall = known({"water": 27.5, "air": 30.0, "rh": 62.0, "sp": 55.0, "raised": 0.0}, {})
    found = raised_floors(hall, measure("raised_floors", Told(numbers=FLOORS), (FLOOR,)))
    assert found.heat is not None
    assert found.heat.amount.tolist() == [0.0] * 4


def test_a_sand_filter_washes_presses_and_uses_chlorine() -> None:
    whole = Told(
        flows={"greywater_heat": "gv1.heat", "greywater_drain": "drain", "greywater_el": "gv1.el"},
        numbers={
            "spread_h": 1, "wash_m3_m2": 5.0, "every_h": 50.0, "pump_efficiency": 0.5, "pump_heat": 0.0,
            "bed_chlorine": 0.02, "chlorine_sigma": 0.0, "wash_sigma": 0.0, "bar_sigma": 0.0,
        },
    )  # fmt: skip
    part = Told(
        flows={"backwash": "wash"},
        points={"flow": "flow", "tmp": "tmp", "water_t": "water", "chlorine": "cl"},
        numbers={"full_m3_h": 100.0, "bed_bar": 0.3, "area_m2": 10.0, "wash_m3": 0.0, "wash_kwh_m3": 0.0},
    )
    hall = known(
        {"flow": 100.0, "tmp": 0.1, "water": 28.0, "cl": 0.5},
        {"wash": 0.2, "gv1.heat": 30.0, "drain": 1.0, "gv1.el": 3.0},
    )
    found = ceramic_filter(hall, measure("ceramic_filter", whole, (part,)))
    assert found.water is not None
    assert found.heat is not None
    assert found.chlorine is not None
    assert found.electricity is not None
    assert found.water.amount == pytest.approx([1.0 - 0.2] * 4)
    assert found.heat.amount == pytest.approx([0.8 * 1.163 * 20.0] * 4)
    assert found.chlorine.amount == pytest.approx([0.001 * (0.8 * 0.5 + 0.02 * 100.0 * 0.5)] * 4)
    pumps = 100.0 * 0.2 / 36.0 / 0.5
    made = 0.8 * 1.163 * 20.0 + 0.2 * 30.0
    assert found.electricity.amount == pytest.approx([pumps + made / 4.0 - 0.2 * 3.0] * 4)


def test_greywater_is_its_heat_less_its_electricity() -> None:
    whole = Told(
        flows={"heat": "gv1.heat", "loss": "store.loss", "electricity": "gv1.el"},
        numbers={"spread_h": 1, "useful": 1.0, "useful_sigma": 0.0},
    )
    found = greywater(known({}, {"gv1.heat": 21.0, "store.loss": 1.0, "gv1.el": 2.0}), measure("greywater", whole))
    assert found.heat is not None
    assert found.electricity is not None
    assert found.heat.amount == pytest.approx([20.0] * 4)
    assert found.electricity.amount == pytest.approx([20.0 / 4.0 - 2.0] * 4)


def test_ordinary_showers_take_more_of_the_same_mix() -> None:
    whole = Told(
        flows={
            "hot": "tap.hot_water", "greywater_heat": "gv1.heat", "greywater_drain": "drain", "greywater_el": "gv1.el",
        },
        points={"hot_t": "hot", "preheat_t": "pre", "open": "open"},
        numbers={
            "spread_h": 1, "litres_min": 7.0, "reference_l_min": 14.0, "shower_t": 38.0, "other_m3_h": 0.1,
            "other_closed_m3_h": 0.0, "other_sigma": 0.0, "lift": 1.0, "lift_sigma": 0.0, "vapour_kg_m3": 0.0,
            "vapour_kwh_kg": 0.0, "vapour_sigma": 0.0,
        },
    )  # fmt: skip
    hall = known(
        {"hot": 68.0, "pre": 48.0, "open": 1.0},
        {"tap.hot_water": 0.6, "gv1.heat": 10.0, "drain": 1.0, "gv1.el": 1.0},
    )
    found = low_flow_showers(hall, measure("low_flow_showers", whole))
    assert found.water is not None
    assert found.heat is not None
    assert found.electricity is not None
    assert found.water.amount == pytest.approx([1.0] * 4)  # half hot of 68 °C, half cold of 8 °C make 38 °C
    assert found.heat.amount == pytest.approx([1.163 * 30.0] * 4)
    boiled = 0.5 * 1.163 * 20.0
    assert found.electricity.amount == pytest.approx([boiled + (1.163 * 30.0 - boiled - 10.0) / 4.0 + 1.0] * 4)


def test_plates_give_what_flow_and_temperatures_say() -> None:
    numbers = {
        **WEATHER, "spread_h": 1, "felt_cold": 1.0, "felt": 0.5, "felt_warm": 1.0, "felt_sigma": 0.0, "fans_cold": 0.0,
        "fans": 0.0, "fans_warm": 0.0, "fans_sigma": 0.0, "of_means": 1.0, "model_sigma": 0.0,
    }  # fmt: skip
    names = ("flow", "damper", "recovery", "inside_t", "outside_t", "fan_kw")
    hall = known(
        {"flow": 3600.0, "damper": 50.0, "recovery": 80.0, "inside_t": 30.0, "outside_t": 0.0, "fan_kw": 0.0}, {}
    )
    part = Told(points={name: name for name in names})
    found = air_recovery(hall, measure("air_recovery", Told(numbers=numbers), (part,)))
    assert found.heat is not None
    assert found.electricity is not None
    assert found.heat.amount == pytest.approx([0.5 * 0.8 * 1.2 * 1.028 * 30.0] * 4)
    assert found.electricity.amount == pytest.approx(found.heat.amount * 0.5 / 4.0)


def test_modules_save_what_they_give_and_sold_stands_apart() -> None:
    found = solar_cells(
        known({}, {"pv": 5.0, "grid.export": 2.0}),
        measure("solar_cells", Told(flows={"exported": "grid.export"}), (Told(flows={"made": "pv"}),)),
    )
    assert found.electricity is not None
    assert found.exported is not None
    assert found.heat is None
    assert found.electricity.amount.tolist() == [5.0] * 4
    assert found.exported.amount.tolist() == [2.0] * 4


def test_collectors_warm_the_brine_and_cost_their_pump() -> None:
    whole = Told(
        flows={"gathered": "sol", "pump_el": "snow"},
        numbers={
            "standby_kw": 0.5, "cop_per_k": 0.1, "metres": 1000.0, "resistance": 0.2, "model_sigma": 0.0,
            "memory_sigma": 0.0,
        },
    )  # fmt: skip
    found = collectors(known({}, {"sol": 20.0, "snow": 1.5}), measure("collectors", whole))
    assert found.electricity is not None
    assert found.electricity.amount == pytest.approx([20.0 * 0.1 * 4.0 / 4.0 - 1.0] * 4)
    still = collectors(known({}, {"sol": 0.0, "snow": 0.6}), measure("collectors", whole))
    assert still.electricity is not None
    assert still.electricity.amount == pytest.approx([0.0] * 4)


def test_wells_against_the_boiler() -> None:
    whole = Told(
        flows={"gathered": "sol", "pump_el": "snow"},
        numbers={"standby_kw": 0.5, "useful": 1.0, "useful_sigma": 0.0, "pumps": 0.1, "pumps_sigma": 0.0},
    )
    found = wells(known({}, {"sol": 0.0, "snow": 0.5}), measure("wells", whole))
    assert found.electricity is not None
    assert found.electricity.amount == pytest.approx([80.0 - 20.0 - 2.0] * 4)


def test_light_burns_by_the_hours_and_its_warmth_is_missed() -> None:
    numbers = {
        **WEATHER, "spread_h": 1, "reference_kw": 20.0, "night_share": 0.1, "before_h": 0.5, "after_h": 0.5,
        "felt_cold": 1.0, "felt": 0.4, "felt_warm": 0.0, "felt_sigma": 0.0,
    }  # fmt: skip
    found = daylight(
        known({"open": 1.0}, {"el.light": 8.0}),
        measure("daylight", Told(flows={"light": "el.light"}, points={"open": "open"}, numbers=numbers)),
    )
    assert found.heat is not None
    assert found.electricity is not None
    assert found.heat.amount == pytest.approx([-0.4 * 12.0] * 4)
    assert found.electricity.amount == pytest.approx([12.0 - 0.4 * 12.0 / 4.0] * 4)


def test_of_points_that_are_not_there_nothing_is_said() -> None:
    site = load_site(CONFIG / "holmen")
    assert site.measures is not None
    assert site.network is not None
    observed = known({}, {}, hours=24).observed
    found = savings(site.measures, site.network, observed, estimate(site.network, observed), site.zone)
    assert [saving.id for saving in found] == [measure_.id for measure_ in site.measures.measures]
    for saving in found:
        figures = (saving.heat, saving.electricity, saving.water, saving.cost, *(f for _, f in saving.co2))
        assert all(np.isnan(f.value) and f.coverage == 0.0 for f in figures), saving.id


def test_all_needed_points_are_the_halls() -> None:
    site = load_site(CONFIG / "holmen")
    assert site.measures is not None
    assert set(needed_points(site.measures)) <= {point.id for point in site.points}
    assert "floor_main.raised" in needed_points(site.measures)


def test_a_flow_that_is_not_known_blanks_its_measure() -> None:
    whole = Told(
        flows={"heat": "gv1.heat", "loss": "store.loss", "electricity": "gv1.el"},
        numbers={"spread_h": 1, "useful": 1.0, "useful_sigma": 0.0},
    )
    found = greywater(known({}, {"gv1.heat": nan, "store.loss": 1.0, "gv1.el": 2.0}), measure("greywater", whole))
    assert found.heat is not None
    assert np.isnan(found.heat.amount).all()
