"""What was sent to a mirror and may not rest there yet: a mirror that says "taken" can lose it still. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

Finding = Literal[
    "good",  # nothing to tell
    "lost",  # a heartbeat that was taken is not there: what came after the safe place is to be sent again
    "missing",  # and the ones after it are not there either: sending again helps nothing now
    "returned",  # heartbeats come back again: everything since the safe place is to be sent again
    "unseen",  # the mirror cannot be asked: what is safe goes by time alone
]


@dataclass(frozen=True, slots=True)
class Beat:
    """A heartbeat that the mirror took: its time, the newest reading sent before it, and when (monotonic)."""

    t_ns: int
    seq: int
    taken_ns: int


@dataclass(slots=True)
class Tail:
    """Readings up to safe_seq rest in the mirror; those up to sent_seq were taken.

    Safe is what was sent before a heartbeat that the mirror still gives back window_ns after it took it.
    A heartbeat that is not given back within loss_ns is lost, and what was sent around it may be.
    """

    sent_seq: int
    safe_seq: int
    window_ns: int
    loss_ns: int
    beats: list[Beat] = field(default_factory=list)
    _trusted: bool = True  # no heartbeat was lost since the last one that was found
    _suspect: bool = False  # a heartbeat was lost since the last rewind

    def sent(self, seq: int) -> None:
        """Take in that the mirror took everything up to seq."""
        self.sent_seq = max(self.sent_seq, seq)

    def beat(self, t_ns: int, now_ns: int) -> None:
        """Take in that the mirror took a heartbeat; now is monotonic."""
        self.beats.append(Beat(t_ns, self.sent_seq, now_ns))

    def rewind(self) -> int:
        """Go back to the safe place; how many readings will be sent again, about."""
        again = self.sent_seq - self.safe_seq
        self.sent_seq = self.safe_seq
        self.beats.clear()
        self._suspect = False
        return again

    def skip(self, sent_seq: int, safe_seq: int) -> None:
        """Take in that the readings up to these places are there no more."""
        self.sent_seq, self.safe_seq = max(self.sent_seq, sent_seq), max(self.safe_seq, safe_seq)

    def judge(self, found: Collection[int] | None, now_ns: int) -> Finding:
        """Weigh the times of heartbeats that the mirror gives back, None if it cannot be asked; now is monotonic."""
        overdue = [beat for beat in self.beats if now_ns - beat.taken_ns >= self.loss_ns]
        if found is None:
            return self._by_time(overdue)
        lost = [beat for beat in overdue if beat.t_ns not in found]
        if lost:
            return self._lose(lost)
        return self._find(found, now_ns)

    def _by_time(self, overdue: list[Beat]) -> Finding:
        if overdue:
            self._make_safe(overdue[-1])
        return "unseen"

    def _lose(self, lost: list[Beat]) -> Finding:
        if self._trusted:
            self.rewind()
            self._trusted = False
            return "lost"
        self.beats = [beat for beat in self.beats if beat not in lost]
        self._suspect = True
        return "missing"

    def _find(self, found: Collection[int], now_ns: int) -> Finding:
        """Make safe what came before the heartbeats that are there, up to the first that is not there yet."""
        for beat in list(self.beats):
            if beat.t_ns not in found or now_ns - beat.taken_ns < self.window_ns:
                break
            self._trusted = True
            if self._suspect:
                self.rewind()
                return "returned"
            self._make_safe(beat)
        return "good"

    def _make_safe(self, beat: Beat) -> None:
        self.safe_seq = max(self.safe_seq, beat.seq)
        self.beats = [other for other in self.beats if other.taken_ns > beat.taken_ns]
