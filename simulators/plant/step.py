"""The step function: the whole hall from one instant to the next, in the order in which heat and water flow.

Splitting: a subsystem sees its neighbours as they were at the start of the step; every exchange is one number that
both sides use, so energy and water are neither made nor lost between subsystems.
"""

from simulators.plant import (
    absent,
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
    sand,
    tapwater,
    visitors,
    wells,
)
from simulators.plant.circuits import passing, standing
from simulators.plant.faults import Faults
from simulators.plant.inputs import Inputs, InputsAhead
from simulators.plant.measures import ALL
from simulators.plant.record import record
from simulators.plant.setpoints import Setpoints
from simulators.plant.state import Ground, Halls, State, Water
from simulators.plant.visitors import Place

MAX_STEP_S = 300.0
FINE_STEP_S = 60.0  # controllers that switch are followed more closely than at the largest step


# What the rest of a step sees as given: people; both floors; bathers in the main and in the therapy pool; the shares of
# them that a raised floor covers; the share of a circuit's wish that the header gives.
Now = tuple[visitors.People, floor.Floor, floor.Floor, float, float, float, float, float]


def step(s: State, inputs: Inputs, dt_s: float) -> State:
    """Advance by dt_s (0 < dt_s <= 300 s, or ValueError) under the given inputs; pure."""
    if not 0.0 < dt_s <= MAX_STEP_S:
        raise ValueError(f"a step of {dt_s:g} s: it must be longer than 0 and at most {MAX_STEP_S:g} s")
    if inputs.measures is not ALL and inputs.measures != ALL:
        return absent.kept(_step(*absent.told(s, inputs), dt_s), s, inputs)
    return _step(s, inputs, dt_s)


def _step(s: State, inputs: Inputs, dt_s: float) -> State:
    weather, crowd, _, faults, _ = inputs
    now = _now(s, crowd, faults, dt_s)
    water = _water(s, inputs, now, dt_s)
    air, ground = _air(s, inputs, now, water, dt_s), _ground(s, inputs, now, dt_s)
    fallen = outdoors.advance(s.outdoors, weather, dt_s)
    sun = pv.advance(weather, fallen, faults)
    people, floor_main, floor_therapy, _, _, _, _, _ = now
    filter_main, filter_therapy, pool_main, pool_therapy, chemistry_main, chemistry_therapy, tv1, gv1 = water
    ahu1, ahu2, ahu3, rooms = air
    rock, vp1, sol1 = ground
    passed = passing(crowd, floor_main.p_el + floor_therapy.p_el, water, air, ground, sun, dt_s)
    return record(State, (
        s.t_ns + round(dt_s * 1e9), s.uptime_s + dt_s, inputs, _answered(s.setpoints, filter_main, filter_therapy),
        fallen, people, floor_main, floor_therapy, pool_main, pool_therapy, ahu1, ahu2, ahu3, filter_main,
        filter_therapy, chemistry_main, chemistry_therapy, rock, vp1, sol1, _heat(s.header, water, air, ground, dt_s),
        tv1, gv1, rooms, sun, meters.count(s.meters, passed, standing(s, passed), dt_s),
    ))  # fmt: skip


def _now(s: State, crowd: visitors.Crowd, faults: Faults, dt_s: float) -> Now:
    """People and floors, which nothing else moves."""
    people = visitors.advance(s.people, crowd, dt_s)
    bathers, others = visitors.in_main_pool(people), visitors.in_therapy_pool(people)
    main_down = crowd.forgets_main or faults.floor_main_left_down >= 0.5
    therapy_down = crowd.forgets_therapy or faults.floor_therapy_left_down >= 0.5
    main = floor.advance(s.floor_main, floor.MAIN, crowd, bathers, main_down, dt_s)
    therapy = floor.advance(s.floor_therapy, floor.THERAPY, crowd, others, therapy_down, dt_s)
    return (
        people, main, therapy, bathers, others, floor.covered(main), floor.covered(therapy), header.available(s.header),
    )  # fmt: skip


def _water(s: State, inputs: Inputs, now: Now, dt_s: float) -> Water:
    """Filters, then greywater, tap water and pools, which share the preheated water, and the pools' chemistry."""
    weather, crowd, _, faults, measures = inputs
    _, _, _, bathers_main, bathers_therapy, covered_main, covered_therapy, available = now
    sp, gv1, ahu1, ahu2 = s.setpoints, s.gv1, s.ahu1, s.ahu2
    was_main, was_therapy, cold_t, arrivals = s.pool_main, s.pool_therapy, weather.cold_water_t, crowd.arrivals
    main, therapy = _filters(s, inputs, dt_s)
    fresh_main, fresh_therapy = pool.makeup(was_main, pool.MAIN), pool.makeup(was_therapy, pool.THERAPY)
    wish = tapwater.demand(s.tv1, crowd, cold_t, faults, dt_s)
    taken = greywater.taken(gv1, wish.shower_hot + wish.other, fresh_main, fresh_therapy, dt_s)
    stored = taken.main + taken.therapy
    makeup_t = cold_t + stored / (fresh_main + fresh_therapy) * (gv1.store_t - cold_t) if stored > 0.0 else cold_t
    tv1 = tapwater.advance(s.tv1, sp.tv1, crowd, wish, _feed(s, cold_t, taken.tap, available), faults, dt_s)
    at_main = (
        ahu1.t, ahu1.ratio, ahu1.t, bathers_main, arrivals, covered_main, main.pump_kw, main.washed_m3, fresh_main,
        makeup_t, available * main.running, faults.leak_main_m3_h,
    )  # fmt: skip
    at_therapy = (
        ahu2.t, ahu2.ratio, ahu2.t, bathers_therapy, arrivals, covered_therapy, therapy.pump_kw, therapy.washed_m3,
        fresh_therapy, makeup_t, available * therapy.running, faults.leak_therapy_m3_h,
    )  # fmt: skip
    pool_main = pool.advance(was_main, pool.MAIN, at_main, dt_s)
    pool_therapy = pool.advance(was_therapy, pool.THERAPY, at_therapy, dt_s)
    bed = 0.0 if measures.ceramic_filters else sand.BED_SHARE
    load_main = (was_main.water_m3, bathers_main, faults.dosing_lost_main, bed)
    load_therapy = (was_therapy.water_m3, bathers_therapy, 0.0, bed)
    drained = _drained(s, inputs, tv1, main.washed_m3, therapy.washed_m3, dt_s)
    return (
        main, therapy, pool_main, pool_therapy,
        chemistry.advance(s.chemistry_main, chemistry.MAIN, load_main, pool_main, main, dt_s),
        chemistry.advance(s.chemistry_therapy, chemistry.THERAPY, load_therapy, pool_therapy, therapy, dt_s),
        tv1, greywater.advance(gv1, sp.gv1, drained, taken, dt_s),
    )  # fmt: skip


def _feed(s: State, cold_t: float, stored_m3_h: float, available: float) -> tapwater.AnyFeed:
    """What reaches the tap water: mains, the greywater store's water, header and hot gas."""
    return (
        cold_t, stored_m3_h, s.gv1.store_t, s.header.t, available, header.peak_t(s.setpoints.vp1.supply_t_sp),
        tapwater.hot_gas_kw(s.vp1.heat_kw),
    )  # fmt: skip


def _drained(
    s: State, inputs: Inputs, tv1: tapwater.TapWater, main_m3: float, therapy_m3: float, dt_s: float
) -> greywater.AnyAround:
    """What reaches the greywater: the showers' drain and what both filters were washed with."""
    per_h, kwh, shower = 3600.0 / dt_s, pool.WATER_KWH_PER_M3_K, tv1.shower_m3_h
    return (
        inputs.crowd.hour, inputs.weather.cold_water_t, inputs.faults.grey_fouled,
        shower, kwh * shower * tv1.drain_t,
        per_h * (main_m3 + therapy_m3),
        per_h * kwh * (main_m3 * s.pool_main.water_t + therapy_m3 * s.pool_therapy.water_t),
        not inputs.measures.ceramic_filters,
    )  # fmt: skip


def _filters(s: State, inputs: Inputs, dt_s: float) -> tuple[membrane.Filter, membrane.Filter]:
    """Both filters after the step."""
    sp, main, therapy, night, faults = s.setpoints, s.pool_main, s.pool_therapy, not inputs.crowd.open, inputs.faults
    at_main = (
        main.water_t, s.chemistry_main.turbidity, main.level_pct, night, faults.fouling_main,
        faults.backwash_stuck_main >= 0.5,
    )  # fmt: skip
    at_therapy = (
        therapy.water_t, s.chemistry_therapy.turbidity, therapy.level_pct, night, faults.fouling_therapy, False,
    )  # fmt: skip
    if not inputs.measures.ceramic_filters:
        return (
            sand.advance(s.filter_main, sand.MAIN, sp.filter_main, at_main, dt_s),
            sand.advance(s.filter_therapy, sand.THERAPY, sp.filter_therapy, at_therapy, dt_s),
        )
    return (
        membrane.advance(s.filter_main, membrane.MAIN, sp.filter_main, at_main, dt_s),
        membrane.advance(s.filter_therapy, membrane.THERAPY, sp.filter_therapy, at_therapy, dt_s),
    )


def _air(s: State, inputs: Inputs, now: Now, water: Water, dt_s: float) -> Halls:
    """The three halls, after the pools that moisten them, and the other rooms."""
    w, crowd, _, faults, measures = inputs
    people, _, _, bathers_main, bathers_therapy, covered_main, covered_therapy, available = now
    _, _, main, therapy, _, _, tap, _ = water
    sp, h, is_open, day = s.setpoints, s.header, crowd.open, faults.air_day_at_night
    header_t, surplus = h.t, header.room_for_surplus(h)
    # kg/h of vapour from showers and wet floors (engineering estimate)
    showers = 8.0 * tap.shower_m3_h + (3.0 if is_open else 1.0)
    load = (people.inside, available, s.ahu3.t, faults.light_stuck, measures.daylight)
    rooms = building.advance(s.building, w, crowd, load, dt_s)
    light = rooms.light_kw
    at_main = (
        main.evaporation_kg_h, main.convection_kw + main.radiation_kw, building.LIGHT_HALL1 * light, bathers_main,
        is_open, available, surplus, header_t, covered_main, faults.recovery_lost_ahu1, faults.drying_lost_ahu1, day,
    )  # fmt: skip
    at_therapy = (
        therapy.evaporation_kg_h, therapy.convection_kw + therapy.radiation_kw, building.LIGHT_HALL2 * light,
        bathers_therapy, is_open, available, surplus, header_t, covered_therapy, faults.recovery_lost_ahu2,
        faults.drying_lost_ahu2, day,
    )  # fmt: skip
    at_changing = (
        showers, rooms.to_hall3_kw, building.LIGHT_HALL3 * light, visitors.in_changing_rooms(people), is_open,
        available, surplus, header_t, 0.0, faults.recovery_lost_ahu3, 0.0, day,
    )  # fmt: skip
    return (
        ahu.advance(s.ahu1, air_plan.MAIN, sp.ahu1, at_main, w, dt_s),
        ahu.advance(s.ahu2, air_plan.THERAPY, sp.ahu2, at_therapy, w, dt_s),
        ahu.advance(s.ahu3, air_plan.CHANGING, sp.ahu3, at_changing, w, dt_s),
        rooms,
    )


def _ground(s: State, inputs: Inputs, now: Now, dt_s: float) -> Ground:
    """Heat pump, pavement and wells: what the sun gives goes to the evaporator first, the rest into the rock."""
    w, _, _, faults, _ = inputs
    sp, vp1, header_t, brine_t = s.setpoints, s.vp1, s.header.t, s.wells.from_wells_t
    flow_sp, charge_max_t = sp.wells
    wanted = sp.vp1.charge_request >= 0.5 or vp1.on
    pipes = (
        brine_t, charge_max_t if wanted else -100.0, flow_sp / 100.0, header_t, now[-1], faults.melting_stuck >= 0.5,
    )  # fmt: skip
    slab = collector.advance(s.sol1, sp.sol1, w, pipes, dt_s)
    solar = slab.solar_kw
    driven = slab.flow if solar > 0.0 else 0.0
    pump = heatpump.advance(vp1, sp.vp1, header_t, (brine_t, driven, solar), dt_s, faults)
    evaporator, flow = pump.evaporator_kw, pump.brine_flow
    direct = solar if solar < evaporator else evaporator
    rock = wells.advance(s.wells, evaporator - direct, solar - direct, flow if flow > driven else driven, dt_s)
    return rock, pump, slab


def _heat(h: header.Header, water: Water, air: Halls, ground: Ground, dt_s: float) -> header.Header:
    """Balance the header."""
    air1, air2, air3, rooms = air
    _, pump, slab = ground
    _, _, main, therapy, _, _, tap, _ = water
    supplied = pump.heat_kw + tap.boiler_header_kw + air1.hp_water_kw + air2.hp_water_kw + air3.hp_water_kw
    drawn = (
        rooms.space_kw + rooms.floor_kw + air1.coil_kw + air2.coil_kw + air3.coil_kw + main.heat_kw + therapy.heat_kw
        + tap.header_kw + slab.melt_kw
    )  # fmt: skip
    return header.advance(h, supplied, drawn, dt_s)


def _answered(sp: Setpoints, main: membrane.Filter, therapy: membrane.Filter) -> Setpoints:
    """Requests that the controllers have taken up are set back."""
    if sp.tv1.flush_start >= 0.5:
        sp = sp._replace(tv1=sp.tv1._replace(flush_start=0.0))
    if sp.filter_main.backwash_request >= 0.5 and main.washed_m3 > 0.0:
        sp = sp._replace(filter_main=sp.filter_main._replace(backwash_request=0.0))
    if sp.filter_therapy.backwash_request >= 0.5 and therapy.washed_m3 > 0.0:
        sp = sp._replace(filter_therapy=sp.filter_therapy._replace(backwash_request=0.0))
    return sp


def advance_to(s: State, t_ns: int, place: Place, seed: int, max_step_s: float = FINE_STEP_S) -> State:
    """Step until t_ns in steps of at most max_step_s; a time that has passed changes nothing."""
    largest, inputs = round(max_step_s * 1e9), InputsAhead(place, seed)
    while s.t_ns < t_ns:
        dt_ns = min(largest, t_ns - s.t_ns)
        s = step(s, inputs.at(s.t_ns + dt_ns), dt_ns / 1e9)
    return s
