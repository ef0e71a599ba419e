"""The whole hall at one instant. Fields are named as the devices that measure them."""

from collections.abc import Mapping
from typing import NamedTuple

from simulators.plant.ahu import Air
from simulators.plant.building import Building
from simulators.plant.chemistry import Chemistry
from simulators.plant.collector import Collector
from simulators.plant.floor import Floor
from simulators.plant.greywater import Greywater
from simulators.plant.header import Header
from simulators.plant.heatpump import HeatPump
from simulators.plant.inputs import Inputs
from simulators.plant.membrane import Filter
from simulators.plant.meters import Meters
from simulators.plant.outdoors import Outdoors
from simulators.plant.pool import Pool
from simulators.plant.pv import Production
from simulators.plant.setpoints import Setpoints
from simulators.plant.tapwater import TapWater
from simulators.plant.visitors import People
from simulators.plant.wells import Wells

# What a step makes together.
Water = tuple[Filter, Filter, Pool, Pool, Chemistry, Chemistry, TapWater, Greywater]
Halls = tuple[Air, Air, Air, Building]
Ground = tuple[Wells, HeatPump, Collector]


class State(NamedTuple):
    """State at t_ns (UTC) and what happened in the step that led to it; inputs are that step's."""

    t_ns: int
    uptime_s: float
    inputs: Inputs
    setpoints: Setpoints
    outdoors: Outdoors
    people: People
    floor_main: Floor
    floor_therapy: Floor
    pool_main: Pool
    pool_therapy: Pool
    ahu1: Air
    ahu2: Air
    ahu3: Air
    filter_main: Filter
    filter_therapy: Filter
    chemistry_main: Chemistry
    chemistry_therapy: Chemistry
    wells: Wells
    vp1: HeatPump
    sol1: Collector
    header: Header
    tv1: TapWater
    gv1: Greywater
    building: Building
    pv: Mapping[str, Production]
    meters: Meters
