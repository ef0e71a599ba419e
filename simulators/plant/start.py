"""A first state: a hall in ordinary operation, its meters as old as the hall.

Counters start at the years since the opening (26 June 2017) times the yearly figures of design; they only give the
meters a plausible past. What matters is counted from here on.
"""

from typing import Final

from simulators.plant import chemistry, pool, pv
from simulators.plant.ahu import Air
from simulators.plant.building import Building
from simulators.plant.chemistry import Chemistry
from simulators.plant.circuits import DROP_K
from simulators.plant.collector import rested
from simulators.plant.floor import Floor
from simulators.plant.greywater import WAITING, Greywater
from simulators.plant.header import Header
from simulators.plant.heatpump import HeatPump
from simulators.plant.inputs import inputs_at
from simulators.plant.membrane import FILTERING, Filter
from simulators.plant.meters import WATER_KWH_PER_M3_K, Heats, Inverters, Loads, Meters, Standing, Waters
from simulators.plant.moist_air import humidity_ratio
from simulators.plant.outdoors import Outdoors
from simulators.plant.setpoints import Setpoints
from simulators.plant.state import State
from simulators.plant.step import advance_to
from simulators.plant.tapwater import IDLE, TapWater
from simulators.plant.visitors import People, Place
from simulators.plant.weather_synthetic import YEAR_S
from simulators.plant.wells import seasoned

OPENED_S: Final = 1_498_428_000.0
WARM_UP_S: Final = 12 * 3600.0
_EL_MWH: Final = Loads(
    main=560.0, pump_main=66.0, pump_therapy=28.0, fans=107.0, light=58.0, filters=35.0, cafe=53.0, snow=6.0,
    floors=4.0, vp1=120.0, boiler=75.0,
)  # fmt: skip
_HEAT_MWH: Final = Heats(
    condenser=390.0, space=9.0, vent=14.0, floor=38.0, pool_main=150.0, pool_therapy=60.0, tap=80.0, snow=27.0,
    well_charge=78.0, well_extract=230.0, solar=130.0, grey=195.0, air=195.0, boiler=12.0,
)  # fmt: skip
_WATER_M3: Final = Waters(
    mains=15000.0, makeup_main=4600.0, makeup_therapy=1500.0, tap=3600.0, backwash=1600.0, grey=6500.0
)
_PV_MWH: Final = Inverters(roof=39.0, wall=22.0, bikes=3.5)
_PEOPLE: Final = 200_000.0
# Net heat out of the wells [kW]: mean of a year and its swing.
_WELLS_KW: Final = (17.0, 40.0)


def initial(t_ns: int, place: Place, seed: int) -> State:
    """Ordinary operation at t_ns (UTC), settled by half a day of stepping."""
    begin_ns = t_ns - round(WARM_UP_S * 1e9)
    return advance_to(_cold(begin_ns, place, seed), t_ns, place, seed)


def _cold(t_ns: int, place: Place, seed: int) -> State:
    inputs = inputs_at(t_ns, place, seed)
    w = inputs.weather
    years = max(0.1, (t_ns / 1e9 - OPENED_S) / YEAR_S)
    snow = 12.0 if w.outdoor_t < -1.0 else 0.0
    rock = seasoned(years, *_WELLS_KW, (t_ns / 1e9 / YEAR_S % 1.0) * 365.2425)
    fallen = Outdoors(763.0 * years, snow, 0.0, 0.0)
    return State(
        t_ns=t_ns,
        uptime_s=0.0,
        inputs=inputs,
        setpoints=Setpoints(),
        outdoors=fallen,
        people=People(0.0, _PEOPLE * years, _PEOPLE * years, 0.0, 0.0, inputs.crowd.day),
        floor_main=Floor(0.0, 0.0, False, True, 0.0, 0.0, round(1400 * years), 140.0 * years, 0),
        floor_therapy=Floor(0.0, 0.0, False, True, 0.0, 0.0, round(1200 * years), 100.0 * years, 0),
        pool_main=pool.filled(pool.MAIN, 27.5, 72.0),
        pool_therapy=pool.filled(pool.THERAPY, 33.5, 72.0),
        ahu1=_air(30.0, 52.0, years, (62.0, 59.0, 276.0, 250.0)),
        ahu2=_air(31.0, 53.0, years, (20.0, 22.0, 97.0, 93.0)),
        ahu3=_air(26.0, 48.0, years, (25.0, 10.0, 36.0, 10.0)),
        filter_main=_filter(years, 4.0, 1100.0, 0.9),
        filter_therapy=_filter(years, 3.0, 1460.0, 0.45),
        chemistry_main=_chemistry(chemistry.MAIN.cl_sp),
        chemistry_therapy=_chemistry(chemistry.THERAPY.cl_sp),
        wells=rock,
        vp1=_heat_pump(rock.from_wells_t, years),
        sol1=rested(w.outdoor_t, 1700.0 * years),
        header=Header(46.0, 0.0, 0.0, 0.0),
        tv1=_tap(w.cold_water_t, years, inputs.crowd.day),
        gv1=_greywater(w.cold_water_t, years),
        building=Building(21.5, 5.0, 8.0, 1.4, 1.2),
        pv=pv.advance(w, fallen),
        meters=_meters(t_ns, years),
    )


def _air(t: float, rh: float, years: float, yearly: tuple[float, float, float, float]) -> Air:
    """Hall air; yearly are MWh of the fans, of the heat pump and of its heat, and m³ of condensate."""
    ratio, (fans, pump, heat, condensate) = humidity_ratio(t, rh), yearly
    return Air(
        t=t, ratio=ratio, fan_kwh=1000.0 * fans * years, hp_el_kwh=1000.0 * pump * years,
        hp_heat_kwh=1000.0 * heat * years, condensate_m3=condensate * years, run_h=8700.0 * years, mode=1,
        supply_t=t, supply_ratio=ratio, exhaust_t=t, exhaust_ratio=ratio, coil_t=t,
    )  # fmt: skip


def _filter(years: float, since_h: float, washes: float, wash_m3: float) -> Filter:
    return Filter(
        cake=0.3, pores=0.1, phase=FILTERING, phase_left_s=0.0, since_h=since_h, running=1.0, flow=0.0, pump_kw=0.0,
        plant_kw=1.0, tmp_bar=0.1, permeability=2700.0, washed_m3=0.0, wash_flow=0.0, washes=round(washes * years),
        cleanings=round(4 * years), volume_m3=wash_m3 * washes * years, run_h=8600.0 * years,
    )  # fmt: skip


def _chemistry(cl_free: float) -> Chemistry:
    return Chemistry(
        cl_free=cl_free, cl_combined=0.15, ph=7.35, turbidity=0.2, cl_dosing=0.0, acid_dosing=0.0, dosed_g_h=0.0,
        spent_g_h=0.0, bound_g_h=0.0, broken_g_h=0.0, drained_free_g_h=0.0, drained_combined_g_h=0.0,
    )  # fmt: skip


def _tap(cold_t: float, years: float, day: int) -> TapWater:
    return TapWater(
        nodes=(66.8, 66.6, 66.4, 66.0, 65.5, 55.0, 54.0, 53.0, 52.0, 50.0), boiling=False, peaking=False,
        draw_m3_h=0.01, other_m3_h=0.01, shower_m3_h=0.0, shower_cold_m3_h=0.0, store_m3_h=0.01, drain_t=26.0,
        room_kw=0.0, cold_t=cold_t, feed_t=35.0, preheat_t=45.0, hot_t=66.8, circulation_t=64.2, header_kw=0.0,
        coil_kw=0.0, drawn_kw=0.0, circulation_kw=0.0, loss_kw=0.0, boiler_tank_kw=0.0, boiler_header_kw=0.0,
        boiler_el_kw=0.0, steps=0, flush_state=IDLE, flush_left_s=0.0, flush_count=round(52 * years),
        flush_day=day - (day + 6) % 7,
    )  # fmt: skip


def _heat_pump(wall_t: float, years: float) -> HeatPump:
    return HeatPump(
        on=False, spell_s=3600.0, level=0.0, supply_t=40.0, return_t=38.0, brine_in_t=wall_t, brine_out_t=wall_t,
        heat_kw=0.0, evaporator_kw=0.0, p_el=0.0, pumps_kw=0.0, water_flow=0.0, brine_flow=0.0,
        run_h=6400.0 * years, starts=round(900 * years),
    )  # fmt: skip


def _greywater(cold_t: float, years: float) -> Greywater:
    return Greywater(
        dirty_m3=4.8, dirty_t=28.0, store_m3=3.0, store_t=35.0, mode=WAITING, film=0.0, shower_kw=0.0,
        backwash_m3_h=0.0, backwash_kw=0.0, drain_flow=0.0, drain_out_t=12.0, drain_kw=0.0, overflow_m3_h=0.0,
        overflow_kw=0.0, loss_kw=0.0, fresh_flow=0.0, fresh_in_t=cold_t, fresh_out_t=30.0, exchanged_kw=0.0,
        condenser_kw=0.0, heat_kw=0.0, recovered_kw=0.0, p_el=0.0, tap_m3_h=0.0, main_m3_h=0.0, therapy_m3_h=0.0,
        out_m3_h=0.0, drawn_kw=0.0, store_loss_kw=0.0, run_h=3000.0 * years, el_kwh=20_000.0 * years,
        cleaning_count=round(365 * years),
    )  # fmt: skip


def _meters(t_ns: int, years: float) -> Meters:
    kwh = 1000.0 * years
    per_m3 = [WATER_KWH_PER_M3_K * getattr(DROP_K, name, 5.0) for name in Heats._fields]
    counted = (
        *[kwh * figure for figure in _EL_MWH],
        900.0 * years,
        *[kwh * figure for figure in _HEAT_MWH],
        *[kwh * figure / factor for figure, factor in zip(_HEAT_MWH, per_m3, strict=True)],
        *[years * figure for figure in _WATER_M3],
        *[kwh * figure for figure in _PV_MWH],
    )
    return Meters(
        now=(0.0,) * len(counted),
        counted=counted,
        run_h=6000.0 * min(years, 10.0) % 65000.0,
        standing=(Standing(t_ns, 35.0, 30.0),) * len(_HEAT_MWH),
    )
