"""A scenario as values: faults on a timeline, each with the truth of what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sdanlegg.errors import SdError
from sdanlegg.site import Name

Layer = Literal["plant", "meter", "device"]
FOR_EVER_NS = 1 << 62


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant (ns since 1970 UTC), or a time after the run's beginning."""

    ns: int
    after_start: bool

    def at(self, start_ns: int) -> int:
        """Instant of it in a run that begins at start_ns."""
        return start_ns + self.ns if self.after_start else self.ns


@dataclass(frozen=True, slots=True)
class Truth:
    """What is wrong, for scoring who looks for it.

    points: ids of the points that show it; flows: ids of the balance that change, or are told wrongly. kwh_day and
    m3_day: what it costs, where it is known.
    """

    fault_class: str
    points: tuple[str, ...]
    flows: tuple[str, ...]
    cause: Name
    kwh_day: float | None = None
    m3_day: float | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. target is a device, a point or a part of the plant; settings are its parameters."""

    kind: str
    layer: Layer
    target: str
    start: Moment
    end: Moment | None  # None: to the end of the run
    settings: Mapping[str, float | str]
    name: Name
    truth: Truth

    def number(self, key: str) -> float:
        """Value of a parameter that is a number."""
        return float(self.settings[key])

    def word(self, key: str) -> str:
        """Value of a parameter that is a word."""
        return str(self.settings[key])


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault with its instants in one run: from start_ns until before end_ns."""

    fault: Fault
    start_ns: int
    end_ns: int

    def on(self, t_ns: int) -> bool:
        """Whether it is there at an instant."""
        return self.start_ns <= t_ns < self.end_ns


@dataclass(frozen=True, slots=True)
class Scenario:
    """Faults that belong together. begin_ns: a beginning of a run that shows them, for scoring; hours: how long."""

    file: Path
    name: Name
    about: Name
    begin_ns: int
    hours: float
    faults: tuple[Fault, ...]

    @property
    def id(self) -> str:
        """Name of the file, without .toml."""
        return self.file.stem

    def planted(self, start_ns: int) -> tuple[Planted, ...]:
        """Faults on the timeline of a run that begins at start_ns.

        SdError for one that would end before it starts, or stand beside another of its kind on its target.
        """
        found: list[Planted] = []
        for fault in self.faults:
            one = Planted(fault, fault.start.at(start_ns), FOR_EVER_NS if fault.end is None else fault.end.at(start_ns))
            if one.end_ns <= one.start_ns:
                raise SdError(f"{self.file}: {fault.kind} of {fault.target} ends before it starts in this run")
            for other in found:
                same = (other.fault.kind, other.fault.target) == (fault.kind, fault.target)
                if same and one.start_ns < other.end_ns and other.start_ns < one.end_ns:
                    raise SdError(
                        f"{self.file}: {fault.kind} of {fault.target} overlaps another of its kind in this run"
                    )
            found.append(one)
        return tuple(found)
