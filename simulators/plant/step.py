"""The step function: the whole hall from one instant to the next, in the order in which heat and water flow.

Splitting: a subsystem sees its neighbours as they were at the start of the step; every exchange is one number that
both sides use, so energy and water are neither made nor lost between subsystems.
"""

from typing import NamedTuple

from simulators.plant import (
    ahu,
    air_plan,
    building,
    chemistry,
    collector,
    floor,
    greywater,
    header,
    heatpump,
    membrane,
    meters,
    outdoors,
    pool,
    pv,
    tapwater,
    visitors,
    wells,
)
from simulators.plant.circuits import passing
from simulators.plant.inputs import Inputs, InputsAhead
from simulators.plant.setpoints import Setpoints
from simulators.plant.state import State
from simulators.plant.visitors import Place

MAX_STEP_S = 60.0


class Now(NamedTuple):
    """What the rest of a step sees as given."""

    inputs: Inputs
    people: visitors.People
    floor_main: floor.Floor
    floor_therapy: floor.Floor
    available: float


class Water(NamedTuple):
    """Everything wet after the step."""

    filter_main: membrane.Filter
    filter_therapy: membrane.Filter
    pool_main: pool.Pool
    pool_therapy: pool.Pool
    chemistry_main: chemistry.Chemistry
    chemistry_therapy: chemistry.Chemistry
    tv1: tapwater.TapWater
    gv1: greywater.Greywater


class Halls(NamedTuple):
    """Air and rooms after the step."""

    ahu1: ahu.Air
    ahu2: ahu.Air
    ahu3: ahu.Air
    building: building.Building


class Ground(NamedTuple):
    """Wells, heat pump and pavement after the step."""

    wells: wells.Wells
    vp1: heatpump.HeatPump
    sol1: collector.Collector


def step(s: State, inputs: Inputs, dt_s: float) -> State:
    """Advance by dt_s (0 < dt_s <= 60 s) under the given inputs; pure."""
    now = _now(s, inputs, dt_s)
    water = _water(s, now, dt_s)
    air, ground = _air(s, now, water, dt_s), _ground(s, now, dt_s)
    snow = outdoors.advance(s.outdoors, inputs.weather, dt_s)
    after = State(
        t_ns=s.t_ns + round(dt_s * 1e9),
        uptime_s=s.uptime_s + dt_s,
        inputs=inputs,
        setpoints=_answered(s.setpoints, water),
        outdoors=snow,
        people=now.people,
        floor_main=now.floor_main,
        floor_therapy=now.floor_therapy,
        pool_main=water.pool_main,
        pool_therapy=water.pool_therapy,
        ahu1=air.ahu1,
        ahu2=air.ahu2,
        ahu3=air.ahu3,
        filter_main=water.filter_main,
        filter_therapy=water.filter_therapy,
        chemistry_main=water.chemistry_main,
        chemistry_therapy=water.chemistry_therapy,
        wells=ground.wells,
        vp1=ground.vp1,
        sol1=ground.sol1,
        header=_heat(s.header, water, air, ground, dt_s),
        tv1=water.tv1,
        gv1=water.gv1,
        building=air.building,
        pv=pv.advance(inputs.weather, snow, inputs.faults),
        meters=s.meters,
    )
    counted = meters.count(s.meters, passing(s, after, dt_s), dt_s)
    return State(*after[:-1], counted)


def _now(s: State, inputs: Inputs, dt_s: float) -> Now:
    """People and floors, which nothing else moves."""
    crowd, faults = inputs.crowd, inputs.faults
    people = visitors.advance(s.people, crowd, dt_s)
    main_down = crowd.forgets_main or faults.floor_main_left_down >= 0.5
    therapy_down = crowd.forgets_therapy or faults.floor_therapy_left_down >= 0.5
    return Now(
        inputs,
        people,
        floor.advance(s.floor_main, floor.MAIN, crowd, visitors.in_main_pool(people), main_down, dt_s),
        floor.advance(s.floor_therapy, floor.THERAPY, crowd, visitors.in_therapy_pool(people), therapy_down, dt_s),
        header.available(s.header),
    )


def _water(s: State, now: Now, dt_s: float) -> Water:
    """Filters, then greywater, tap water and pools, which share the preheated water, and the pools' chemistry."""
    crowd, sp, cold_t, faults = now.inputs.crowd, s.setpoints, now.inputs.weather.cold_water_t, now.inputs.faults
    bathers = visitors.in_main_pool(now.people), visitors.in_therapy_pool(now.people)
    main, therapy = _filters(s, now, dt_s)
    fresh = pool.makeup(s.pool_main, pool.MAIN), pool.makeup(s.pool_therapy, pool.THERAPY)
    wish = tapwater.demand(s.tv1, crowd, cold_t, faults, dt_s)
    taken = greywater.taken(s.gv1, wish.shower_hot + wish.other, fresh[0], fresh[1], dt_s)
    stored = (taken.main + taken.therapy) / (fresh[0] + fresh[1]) if taken.main + taken.therapy > 0.0 else 0.0
    makeup_t = cold_t + stored * (s.gv1.store_t - cold_t)
    tv1 = tapwater.advance(s.tv1, sp.tv1, crowd, wish, _feed(s, now, taken.tap), faults, dt_s)
    at_main = pool.PoolSurroundings(
        s.ahu1.t, s.ahu1.ratio, s.ahu1.t, bathers[0], crowd.arrivals, floor.covered(now.floor_main), main.pump_kw,
        main.washed_m3, fresh[0], makeup_t, now.available * main.running, faults.leak_main_m3_h,
    )  # fmt: skip
    at_therapy = pool.PoolSurroundings(
        s.ahu2.t, s.ahu2.ratio, s.ahu2.t, bathers[1], crowd.arrivals, floor.covered(now.floor_therapy),
        therapy.pump_kw, therapy.washed_m3, fresh[1], makeup_t, now.available * therapy.running,
        faults.leak_therapy_m3_h,
    )  # fmt: skip
    pool_main = pool.advance(s.pool_main, pool.MAIN, at_main, dt_s)
    pool_therapy = pool.advance(s.pool_therapy, pool.THERAPY, at_therapy, dt_s)
    load_main = chemistry.Load(s.pool_main.water_m3, bathers[0], faults.dosing_lost_main)
    load_therapy = chemistry.Load(s.pool_therapy.water_m3, bathers[1], 0.0)
    return Water(
        main,
        therapy,
        pool_main,
        pool_therapy,
        chemistry.advance(s.chemistry_main, chemistry.MAIN, load_main, pool_main, main, dt_s),
        chemistry.advance(s.chemistry_therapy, chemistry.THERAPY, load_therapy, pool_therapy, therapy, dt_s),
        tv1,
        greywater.advance(s.gv1, sp.gv1, _drained(s, now, tv1, main.washed_m3, therapy.washed_m3, dt_s), taken, dt_s),
    )  # fmt: skip


def _feed(s: State, now: Now, stored_m3_h: float) -> tapwater.Feed:
    """What reaches the tap water: mains, the greywater store's water, header and hot gas."""
    return tapwater.Feed(
        now.inputs.weather.cold_water_t, stored_m3_h, s.gv1.store_t, s.header.t, now.available,
        header.peak_t(s.setpoints.vp1.supply_t_sp), tapwater.hot_gas_kw(s.vp1.heat_kw),
    )  # fmt: skip


def _drained(
    s: State, now: Now, tv1: tapwater.TapWater, main_m3: float, therapy_m3: float, dt_s: float
) -> greywater.Around:
    """What reaches the greywater: the showers' drain and what both filters were washed with."""
    inputs, per_h, kwh = now.inputs, 3600.0 / dt_s, pool.WATER_KWH_PER_M3_K
    return greywater.Around(
        inputs.crowd.hour, inputs.weather.cold_water_t, inputs.faults.grey_fouled,
        tv1.shower_m3_h, kwh * tv1.shower_m3_h * tv1.drain_t,
        per_h * (main_m3 + therapy_m3),
        per_h * kwh * (main_m3 * s.pool_main.water_t + therapy_m3 * s.pool_therapy.water_t),
    )  # fmt: skip


def _filters(s: State, now: Now, dt_s: float) -> tuple[membrane.Filter, membrane.Filter]:
    """Both filters after the step."""
    faults, sp, night = now.inputs.faults, s.setpoints, not now.inputs.crowd.open
    main, therapy = s.pool_main, s.pool_therapy
    at_main = membrane.Pooled(
        main.water_t, s.chemistry_main.turbidity, main.level_pct, night, faults.fouling_main,
        faults.backwash_stuck_main >= 0.5,
    )  # fmt: skip
    at_therapy = membrane.Pooled(
        therapy.water_t, s.chemistry_therapy.turbidity, therapy.level_pct, night, faults.fouling_therapy, False
    )
    return (
        membrane.advance(s.filter_main, membrane.MAIN, sp.filter_main, at_main, dt_s),
        membrane.advance(s.filter_therapy, membrane.THERAPY, sp.filter_therapy, at_therapy, dt_s),
    )


def _air(s: State, now: Now, water: Water, dt_s: float) -> Halls:
    """The three halls, after the pools that moisten them, and the other rooms."""
    sp, crowd, w, people = s.setpoints, now.inputs.crowd, now.inputs.weather, now.people
    faults, h = now.inputs.faults, s.header
    is_open, available, surplus = crowd.open, now.available, header.room_for_surplus(h)
    # kg/h of vapour from showers and wet floors (engineering estimate)
    showers = 8.0 * water.tv1.shower_m3_h + (3.0 if is_open else 1.0)
    load = building.RoomLoad(people.inside, available, s.ahu3.t, faults.light_stuck)
    rooms = building.advance(s.building, w, crowd, load, dt_s)
    light, day = rooms.light_kw, faults.air_day_at_night
    main, therapy = water.pool_main, water.pool_therapy
    at_main = air_plan.AirLoad(
        main.evaporation_kg_h, main.convection_kw + main.radiation_kw, building.LIGHT_HALL1 * light,
        visitors.in_main_pool(people), is_open, available, surplus, h.t, floor.covered(now.floor_main),
        faults.recovery_lost_ahu1, faults.drying_lost_ahu1, day,
    )  # fmt: skip
    at_therapy = air_plan.AirLoad(
        therapy.evaporation_kg_h, therapy.convection_kw + therapy.radiation_kw, building.LIGHT_HALL2 * light,
        visitors.in_therapy_pool(people), is_open, available, surplus, h.t, floor.covered(now.floor_therapy),
        faults.recovery_lost_ahu2, faults.drying_lost_ahu2, day,
    )  # fmt: skip
    at_changing = air_plan.AirLoad(
        showers, rooms.to_hall3_kw, building.LIGHT_HALL3 * light, visitors.in_changing_rooms(people), is_open,
        available, surplus, h.t, 0.0, faults.recovery_lost_ahu3, 0.0, day,
    )  # fmt: skip
    return Halls(
        ahu.advance(s.ahu1, air_plan.MAIN, sp.ahu1, at_main, w, dt_s),
        ahu.advance(s.ahu2, air_plan.THERAPY, sp.ahu2, at_therapy, w, dt_s),
        ahu.advance(s.ahu3, air_plan.CHANGING, sp.ahu3, at_changing, w, dt_s),
        rooms,
    )


def _ground(s: State, now: Now, dt_s: float) -> Ground:
    """Heat pump, pavement and wells: what the sun gives goes to the evaporator first, the rest into the rock."""
    sp, w = s.setpoints, now.inputs.weather
    wanted = sp.vp1.charge_request >= 0.5 or s.vp1.on
    faults, brine_t = now.inputs.faults, s.wells.from_wells_t
    pipes = collector.Circuits(
        brine_t, sp.wells.charge_max_t_sp if wanted else -100.0, sp.wells.flow_sp / 100.0, s.header.t, now.available,
        faults.melting_stuck >= 0.5,
    )  # fmt: skip
    slab = collector.advance(s.sol1, sp.sol1, w, pipes, dt_s)
    driven = slab.flow if slab.solar_kw > 0.0 else 0.0
    pump = heatpump.advance(s.vp1, sp.vp1, s.header.t, (brine_t, driven, slab.solar_kw), dt_s, faults)
    direct = min(slab.solar_kw, pump.evaporator_kw)
    flow = max(pump.brine_flow, driven)
    rock = wells.advance(s.wells, pump.evaporator_kw - direct, slab.solar_kw - direct, flow, dt_s)
    return Ground(rock, pump, slab)


def _heat(h: header.Header, water: Water, air: Halls, ground: Ground, dt_s: float) -> header.Header:
    """Balance the header."""
    units = air.ahu1, air.ahu2, air.ahu3
    supplied = ground.vp1.heat_kw + water.tv1.boiler_header_kw + sum(unit.hp_water_kw for unit in units)
    drawn = (
        air.building.space_kw + air.building.floor_kw + sum(unit.coil_kw for unit in units)
        + water.pool_main.heat_kw + water.pool_therapy.heat_kw + water.tv1.header_kw + ground.sol1.melt_kw
    )  # fmt: skip
    return header.advance(h, supplied, drawn, dt_s)


def _answered(sp: Setpoints, water: Water) -> Setpoints:
    """Requests that the controllers have taken up are set back."""
    if sp.tv1.flush_start >= 0.5:
        sp = sp._replace(tv1=sp.tv1._replace(flush_start=0.0))
    if sp.filter_main.backwash_request >= 0.5 and water.filter_main.washed_m3 > 0.0:
        sp = sp._replace(filter_main=sp.filter_main._replace(backwash_request=0.0))
    if sp.filter_therapy.backwash_request >= 0.5 and water.filter_therapy.washed_m3 > 0.0:
        sp = sp._replace(filter_therapy=sp.filter_therapy._replace(backwash_request=0.0))
    return sp


def advance_to(s: State, t_ns: int, place: Place, seed: int, max_step_s: float = MAX_STEP_S) -> State:
    """Step until t_ns in steps of at most max_step_s; a time that has passed changes nothing."""
    largest, inputs = round(max_step_s * 1e9), InputsAhead(place, seed)
    while s.t_ns < t_ns:
        dt_ns = min(largest, t_ns - s.t_ns)
        s = step(s, inputs.at(s.t_ns + dt_ns), dt_ns / 1e9)
    return s
