"""What is wrong with the plant itself, as numbers that each subsystem heeds; all at rest in a sound hall."""

from typing import NamedTuple


class Faults(NamedTuple):
    """Faults now. A loss is a share from 0 (sound) to 1 (nothing left); a flag is 0 or 1."""

    leak_main_m3_h: float = 0.0  # out of the main basin, into the ground
    leak_therapy_m3_h: float = 0.0
    floor_main_left_down: float = 0.0  # flag: the staff do not raise it at closing
    floor_therapy_left_down: float = 0.0
    fouling_main: float = 1.0  # the membrane's fouling goes so many times as fast
    fouling_therapy: float = 1.0
    backwash_stuck_main: float = 0.0  # flag: washed every hour whatever the setpoints say
    dosing_lost_main: float = 0.0  # loss of the chlorine pump
    recovery_lost_ahu1: float = 0.0  # loss of the air-to-air recovery
    recovery_lost_ahu2: float = 0.0
    recovery_lost_ahu3: float = 0.0
    drying_lost_ahu1: float = 0.0  # loss of the dehumidifying heat pump
    drying_lost_ahu2: float = 0.0
    air_day_at_night: float = 0.0  # flag: the units run by day's rules at night
    short_cycling_vp1: float = 0.0  # flag: starts and stops without its least times
    refrigerant_lost_vp1: float = 0.0  # loss of capacity; the compressor draws what it drew
    brine_pump_worn: float = 0.0  # loss of brine flow
    snow_on_pv: float = 0.0  # share of the flat modules that old snow hides
    soiling_pv: float = 0.0  # loss on all modules
    melting_stuck: float = 0.0  # flag: heat to the pavement whatever the weather
    boiler_stuck_kw: float = 0.0  # heat to the header without being called
    circulation_lost_kw: float = 0.0  # more loss on the hot-water circulation
    shower_stuck_m3_h: float = 0.0  # mixed water of a shower that does not close
    grey_fouled: float = 0.0  # loss of the greywater's heat exchange
    light_stuck: float = 0.0  # flag: all light on at night, no daylight control


SOUND = Faults()
