"""The running plant: steps to a time, tells every point's value, takes setpoints."""

from collections.abc import Sequence
from pathlib import Path

import structlog

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError
from sdanlegg.points import Point
from sdanlegg.site import Site
from simulators import snapshot
from simulators.metering.metering import Metering
from simulators.observe import BoundDevice, Observer, Row, bind, with_setpoint
from simulators.plant.inputs import InputsAhead
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.step import MAX_STEP_S, step
from simulators.plant.visitors import Place, opening
from simulators.plant.weather_block import Source
from simulators.scenario.meter_faults import MeterFaults
from simulators.scenario.model import Planted
from simulators.scenario.plant_faults import PlantFaults
from simulators.scenario.stored import Stored
from simulators.signals.getters import Value
from simulators.snapshot import Saved

log = structlog.get_logger("twin")
# A longer stop is not lived through: the meters stand still for it, as those of a hall without power do.
LONGEST_GAP_NS = 2 * 86_400 * SECOND_NS
# A clock that is set back by no more than this is waited for.
LONGEST_WAIT_NS = 300 * SECOND_NS


def place_of(site: Site, weather: Source | None = None) -> Place:
    """What the plant must know of where the hall is and when it is open; weather is the seed's if none is given."""
    return Place(site.latitude, site.longitude, site.zone, opening(site.opening), weather)


def beginning(site: Site, t_ns: int, seed: int, state_file: Path | None, weather: Source | None = None) -> Saved:
    """State and meters to start from, at t_ns or a little before: the file's if it is sane, else fresh ones."""
    saved = None
    if state_file is not None:
        try:
            saved = snapshot.load(state_file)
        except snapshot.SnapshotError as error:
            aside = state_file.with_name(state_file.name + ".unusable")
            log.warning("twin_state_unusable", file=str(state_file), reason=str(error), moved_to=str(aside))
            _move(state_file, aside)
    if saved is None:
        return Saved(initial(t_ns, place_of(site, weather), seed))
    if not t_ns - LONGEST_GAP_NS <= saved.state.t_ns <= t_ns:
        log.warning("twin_time_jumped", file=str(state_file), state_t_ns=saved.state.t_ns, now_ns=t_ns)
        return saved._replace(state=_set_to(saved.state, t_ns))
    return saved


def _set_to(state: State, t_ns: int) -> State:
    """Give the state at another time, as if none had gone by."""
    ahead_ns = t_ns - state.t_ns
    rested = tuple(one._replace(since_ns=one.since_ns + ahead_ns) for one in state.meters.standing)
    return state._replace(t_ns=t_ns, meters=state.meters._replace(standing=rested))


def _move(file: Path, aside: Path) -> None:
    try:
        file.replace(aside)
    except OSError as error:
        raise SdError(f"the unusable state file {file} cannot be moved aside: {error.strerror}") from error


class Twin:
    """One plant and the devices that look at it; planted is what goes wrong, stored what would be stored of it."""

    def __init__(
        self, site: Site, saved: Saved, seed: int, weather: Source | None = None, planted: Sequence[Planted] = ()
    ) -> None:
        self.devices: tuple[BoundDevice, ...] = bind(site)
        self.state = saved.state
        self.stored = Stored(planted, site)
        self._inputs = InputsAhead(place_of(site, weather), seed, PlantFaults(planted) if planted else None)
        self._observe = Observer(self.devices)
        self._faulty = MeterFaults(planted, self._observe.points)
        maps = {device.id: device.map for device in site.devices}
        self._metering = Metering(self._observe.points, maps, seed, saved.meters)
        self._columns = {d.device.id: [b.column for b in d.points] for d in self.devices}
        self._seen: tuple[State, Row, Row] | None = None

    def advance(self, t_ns: int, most_steps: int) -> bool:
        """Step towards t_ns, at most so many steps; whether it was reached. A time that has passed changes nothing."""
        largest = round(MAX_STEP_S * SECOND_NS)
        for _ in range(most_steps):
            if self.state.t_ns >= t_ns:
                return True
            dt_ns = min(largest, t_ns - self.state.t_ns)
            self.state = step(self.state, self._inputs.at(self.state.t_ns + dt_ns), dt_ns / SECOND_NS)
        return self.state.t_ns >= t_ns

    def follow(self, t_ns: int) -> None:
        """Go over to a clock that was set by more than can be waited for or lived through; meters stay as they are."""
        if not t_ns - LONGEST_GAP_NS <= self.state.t_ns <= t_ns + LONGEST_WAIT_NS:
            log.warning("twin_time_jumped", state_t_ns=self.state.t_ns, now_ns=t_ns)
            self.state = _set_to(self.state, t_ns)

    def truth(self) -> Row:
        """What the points would show without error."""
        return self._rows()[1]

    def shown(self) -> Row:
        """What the points show now, before the registers round it. Reading moves the meters on to now."""
        return self._rows()[2]

    def values(self, device: BoundDevice) -> list[Value]:
        """What a device's points show now, texts as texts."""
        shown = self.shown()
        columns = self._columns[device.device.id]
        return [shown.texts.get(c, v) for c, v in zip(columns, shown.values[columns].tolist(), strict=True)]

    def saved(self) -> Saved:
        """What a later twin goes on from."""
        return Saved(self.state, self._metering.memory())

    def _rows(self) -> tuple[State, Row, Row]:
        if self._seen is None or self._seen[0] is not self.state:
            truth = self._observe(self.state)
            values = self._faulty.apply(self.state.t_ns, self._metering.read(self.state.t_ns, truth.values))
            self._seen = self.state, truth, truth._replace(values=values)
        return self._seen

    def write(self, point: Point, value: float) -> None:
        """Give a setpoint a new value; it acts from the next step on."""
        log.info("twin_setpoint_written", point=point.id, value=value)
        self.state = with_setpoint(self.state, point, value)


def paired(device: BoundDevice, values: Sequence[Value]) -> list[tuple[Point, Value]]:
    """Points with their values."""
    return [(bound.point, value) for bound, value in zip(device.points, values, strict=True)]
