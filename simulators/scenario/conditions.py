"""How each controller answers at an instant: what its server, or who stores in its place, must know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sdanlegg.clock import SECOND_NS
from sdanlegg.site import Site
from simulators.scenario.model import Fault, Planted

HINDERING: Final = frozenset({"offline", "slow", "restarting"})
REFUSE, RESET, SILENT = "refuse", "reset", "silent"


@dataclass(frozen=True, slots=True)
class Condition:
    """How one controller answers.

    offline: refuse (nobody listens), reset (connections break when something is asked), silent (no answer); empty: it
    is there. delay_s: before each answer. code: Modbus exception, 0 for none. status: OPC UA status, empty for good.
    order: byte order in place of the map's, empty for the map's. ahead_ns: how far its clock is ahead.
    """

    offline: str = ""
    delay_s: float = 0.0
    code: int = 0
    status: str = ""
    order: str = ""
    ahead_ns: int = 0


WELL: Final = Condition()


class Conditions:
    """Faults of the controllers on one run's timeline; without memory."""

    def __init__(self, planted: Sequence[Planted], site: Site) -> None:
        address = {device.id: device.address for device in site.devices}
        self._on: dict[str, list[Planted]] = {}
        for one in planted:
            if one.fault.layer != "device" or one.fault.target not in address:
                continue
            whole = one.fault.settings.get("whole_gateway") == 1.0
            for device in site.devices:
                if device.id == one.fault.target or (whole and device.address == address[one.fault.target]):
                    self._on.setdefault(device.id, []).append(one)
        self.any = bool(self._on)

    def touch(self, device: str) -> bool:
        """Whether it is ever not well."""
        return device in self._on

    def hinder(self, device: str) -> bool:
        """Whether its connections are ever refused, broken, swallowed or delayed."""
        return any(one.fault.kind in HINDERING for one in self._on.get(device, ()))

    def at(self, device: str, t_ns: int) -> Condition:
        """Condition of a controller at an instant (ns since 1970 UTC)."""
        there = [one for one in self._on.get(device, ()) if one.on(t_ns)]
        if not there:
            return WELL
        found = [_condition(one.fault, t_ns - one.start_ns) for one in there]
        return Condition(
            next((c.offline for c in found if c.offline), ""),
            sum(c.delay_s for c in found),
            max(c.code for c in found),
            next((c.status for c in found if c.status), ""),
            next((c.order for c in found if c.order), ""),
            sum(c.ahead_ns for c in found),
        )


def _condition(fault: Fault, since_ns: int) -> Condition:
    condition = WELL
    match fault.kind:
        case "offline":
            condition = Condition(offline=fault.word("how"))
        case "slow":
            condition = Condition(delay_s=fault.number("answers_after"))
        case "restarting" if since_ns % round(fault.number("every") * SECOND_NS) < fault.number("down") * SECOND_NS:
            condition = Condition(offline=REFUSE)
        case "exception" if "code" in fault.settings:
            condition = Condition(code=round(fault.number("code")))
        case "exception":
            condition = Condition(status=fault.word("status"))
        case "word_order":
            condition = Condition(order=fault.word("order"))
        case "clock_off":
            condition = Condition(ahead_ns=round(fault.number("ahead_s") * SECOND_NS))
    return condition
