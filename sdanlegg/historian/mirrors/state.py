"""How each mirror is doing, for the log, readiness, /metrics and `sdanlegg check`. Edges are logged once."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian.mirrors import Fault
from sdanlegg.historian.mirrors.spool import Backlog

BEHIND_S: Final = 60.0  # samples that wait longer are behind
log = structlog.get_logger("mirror")

Level = Literal["starting", "ok", "behind", "failing"]


@dataclass(slots=True)
class MirrorState:
    """One mirror as it is. Times are wall time; counts are since the service began, dropped is of the cursor's life."""

    name: str
    url: str
    cap_bytes: int
    bytes_per_s: float  # that the hall's samples add to the spool while the mirror is away
    since_ns: int  # of the present fault, or of the start
    answered: bool = False  # it took something since the start
    fault: Fault | Literal["store"] | None = None
    sentence: str = ""
    warning: str = ""  # it takes lines, but something is not as it should be
    waiting: Backlog = field(default_factory=lambda: Backlog(0, None, 0))
    sent: int = 0  # lines
    quarantined: int = 0  # lines
    dropped: int = 0  # samples
    rewinds: int = 0
    lost_heartbeats: int = 0
    seconds: float = 0.0  # spent in requests
    failures: Counter[str] = field(default_factory=Counter)  # by fault
    refused_points: set[str] = field(default_factory=set)

    def level(self, now_ns: int) -> Level:
        """In one word."""
        if self.fault is not None:
            return "failing"
        if not self.answered:
            return "starting"
        return "behind" if self.lag_s(now_ns) > BEHIND_S else "ok"

    def needs_an_eye(self, now_ns: int) -> bool:
        """Whether it is not as it should be."""
        faulty = self.level(now_ns) in ("failing", "behind")
        return faulty or bool(self.warning or self.quarantined or self.dropped)

    def lag_s(self, now_ns: int) -> float:
        """Age of the oldest sample that was not sent; 0 when all are."""
        oldest_ns = self.waiting.oldest_ns
        return 0.0 if oldest_ns is None else max(0.0, (now_ns - oldest_ns) / SECOND_NS)

    def cover_s(self) -> float:
        """How long the mirror can be away from now on before samples leave the spool unsent."""
        return max(0.0, self.cap_bytes - self.waiting.spool_bytes) / self.bytes_per_s if self.bytes_per_s else 0.0

    def tell(self, now_ns: int) -> str:
        """One sentence for people."""
        level = self.level(now_ns)
        words = [f"{self.name} {level}"]
        if level == "failing":
            words.append(f"for {duration((now_ns - self.since_ns) / SECOND_NS)}: {self.sentence}")
        if level in ("failing", "behind") and self.waiting.rows:
            words.append(f"({self.waiting.rows} readings wait, cover for {duration(self.cover_s())} more)")
        notes = [self.warning] if self.warning else []
        if self.quarantined:
            notes.append(f"{self.quarantined} lines of {len(self.refused_points)} points were refused")
        if self.dropped:
            notes.append(f"{self.dropped} samples left the spool unsent; {resend(self.name)}")
        return "; ".join([" ".join(words), *notes])

    def failed(self, fault: Fault | Literal["store"], sentence: str, now_ns: int) -> None:
        """Take in a failure; logged when it is the first, or of another kind than the one before."""
        self.failures[fault] += 1
        if self.fault is None:
            self.since_ns = now_ns
        if self.fault != fault:
            log.warning("mirror_failing", mirror=self.name, fault=fault, err=sentence)
        self.fault, self.sentence = fault, sentence

    def took(self, lines: int, now_ns: int) -> None:
        """Take in that lines were taken."""
        self.sent += lines
        if self.fault is not None:
            after_s = round((now_ns - self.since_ns) / SECOND_NS, 1)
            log.info("mirror_back", mirror=self.name, after_s=after_s, readings_waiting=self.waiting.rows)
        elif not self.answered:
            log.info("mirror_up", mirror=self.name, url=self.url)
        self.answered, self.fault, self.sentence = True, None, ""

    def refused(self, points: list[str], reason: str) -> None:
        """Take in quarantined lines, the point of each; each point is logged once."""
        self.quarantined += len(points)
        for point in sorted(set(points) - self.refused_points):
            log.warning("mirror_refuses_point", mirror=self.name, point=point, err=reason)
        self.refused_points.update(points)

    def lost(self, dropped: int) -> None:
        """Take in how many samples left the spool unsent, over the cursor's life; logged when it begins."""
        if dropped > self.dropped == 0:
            log.error("mirror_spool_full", mirror=self.name, cap_bytes=self.cap_bytes, hint=resend(self.name))
        self.dropped = dropped


def resend(name: str) -> str:
    """How to bring a mirror what it has not had."""
    return f"the local store has them, `sdanlegg mirror CONFIG --only {name} --from DATE` sends them again"


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
