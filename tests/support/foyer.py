"""The foyer's process and the file it reads, for tests: snapshots as the service writes them."""

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from tests.support.tree import ROOT

# id, direction, carrier, bokmål, English, kW on a summer's day, kWh so far today
FLOWS = (
    ("pv", "in", "electricity", "Sol – strøm", "Sun – electricity", 58.2, 312.4),
    ("grid_import", "in", "electricity", "Kjøpt strøm", "Bought electricity", 34.1, 540.8),
    ("wells", "in", "heat", "Varme fra fjellet", "Heat from the rock", 0.0, 0.0),
    ("solar_heat", "in", "heat", "Sol – varme", "Sun – heat", 118.3, 702.5),
    ("greywater", "in", "heat", "Dusjvann", "Shower water", 26.6, 402.1),
    ("air", "in", "heat", "Varme fra lufta", "Heat from the air", 60.9, 838.0),
    ("grid_export", "out", "electricity", "Sendt til nettet", "Sent to the grid", 0.0, 1.2),
    ("rock", "out", "heat", "Spares i fjellet", "Stored in the rock", 110.3, 655.0),
    ("pools", "out", "heat", "Basseng", "Pools", 39.7, 610.2),
    ("tapwater", "out", "heat", "Varmtvann", "Hot water", 28.4, 396.6),
    ("tapwater_boiler", "out", "electricity", "Varmtvann – elkjel", "Hot water – electric boiler", 0.0, 31.0),
    ("rooms", "out", "heat", "Rom og gulv", "Rooms and floors", 8.2, 140.9),
    ("ventilation", "out", "heat", "Varm luft", "Warm air", 17.6, 260.3),
    ("snow", "out", "heat", "Snøsmelting", "Snow melting", 0.0, 0.0),
    ("pumps", "out", "electricity", "Pumper", "Pumps", 31.9, 427.0),
    ("fans", "out", "electricity", "Vifter", "Fans", 17.8, 240.5),
    ("light", "out", "electricity", "Lys", "Light", 8.3, 93.7),
    ("filters", "out", "electricity", "Vannrensing", "Water cleaning", 6.4, 82.2),
    ("cafe", "out", "electricity", "Kafé og badstuer", "Café and saunas", 11.2, 88.8),
    (
        "other",
        "out",
        "electricity",
        "Hevbare bunner og snøsmeltepumper",
        "Movable floors and snow-melting pumps",
        0.4,
        4.1,
    ),
)
VALUES = (
    ("weather.outdoor_t", "Ute", "Outdoors", 21.3, "°C"),
    ("filter_main.water_t", "Svømmebasseng", "Swimming pool", 28.1, "°C"),
    ("filter_therapy.water_t", "Terapibasseng", "Therapy pool", 34.0, "°C"),
    ("people.in_today", "Besøk i dag", "Visits today", 412.0, "1"),
    ("floor_main.raised", "Bunnen i svømmebassenget er hevet", "The swimming pool's floor is raised", 0.0, "1"),
    ("floor_therapy.raised", "Bunnen i terapibassenget er hevet", "The therapy pool's floor is raised", 1.0, "1"),
)


def now_ms() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def summer(*, missing: frozenset[str] = frozenset(), t_ms: int | None = None, **changes: Any) -> dict[str, Any]:
    """Return a snapshot of a sunny noon in which in equals out; the missing flows are bad and have no figures."""
    t = now_ms() if t_ms is None else t_ms
    flows = [_flow(*row, missing=row[0] in missing) for row in FLOWS]
    side = {d: sum(f["kw"] or 0.0 for f in flows if f["direction"] == d) for d in ("in", "out")}
    total = round(max(side.values()), 3)
    if (rest := round(abs(side["in"] - side["out"]), 3)) > 0:
        flows.append(_rest("in" if side["in"] < side["out"] else "out", rest))
    whole = not missing
    snapshot = {
        "schema": 1,
        "build": "0.1.0",
        "site": {"id": "holmen", "name": {"nb": "Holmen svømmehall", "en": "Holmen swimming hall"}},
        "t_ms": t,
        "data_t_ms": t - 400,
        "in_kw": total,
        "out_kw": total,
        "coverage": round(1 - len(missing) / len(FLOWS), 3),
        "renewable_share": round(1 - 34.1 / total, 4) if whole else None,
        "flows": flows,
        "values": [_value(*row) for row in VALUES],
        "scene": scene(t),
    }
    return snapshot | changes


def scene(t_ms: int, **changes: Any) -> dict[str, Any]:
    """Return the picture's part of a sunny noon in June."""
    hour = 3_600_000
    sun = {
        "altitude": 53.1,
        "azimuth": 182.0,
        "noon_altitude": 53.5,
        "rise_ms": t_ms - 9 * hour,
        "set_ms": t_ms + 9 * hour,
    }
    names = {"main": ("Svømmebasseng", "Swimming pool", 28.1), "therapy": ("Terapibasseng", "Therapy pool", 34.0)}
    pools = [
        {"id": id_, "name": {"nb": nb, "en": en}, "water_c": t, "raised": id_ == "therapy"}
        for id_, (nb, en, t) in names.items()
    ]
    still = {"cloud": 0.12, "precipitation_mm_h": 0.0, "snow_mm": 0.0, "outdoor_c": 21.4, "rock_c": 8.3, "open": True}
    return {"sun": sun, **still, "pools": pools} | changes


def _flow(
    id_: str, direction: str, carrier: str, nb: str, en: str, kw: float, kwh: float, *, missing: bool
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": id_,
        "direction": direction,
        "carrier": carrier,
        "renewable": direction == "in" and id_ != "grid_import",
        "name": {"nb": nb, "en": en},
        "kw": None if missing else kw,
        "quality": "bad" if missing else "good",
        "age_s": 240.0 if missing else 1.4,
        "today_kwh": None if missing else kwh,
        "today_coverage": 0.0 if missing else 1.0,
    }


def _rest(direction: str, kw: float) -> dict[str, Any]:
    rest = _flow("unmeasured", direction, "mixed", "Ikke målt", "Not measured", kw, 0.0, missing=False)
    return rest | {"quality": "uncertain", "today_kwh": None, "today_coverage": 0.0, "age_s": 0.0}


def _value(id_: str, nb: str, en: str, value: float, unit: str) -> dict[str, Any]:
    return {"id": id_, "name": {"nb": nb, "en": en}, "value": value, "unit": unit, "quality": "good", "age_s": 2.0}


def write(path: Path, snapshot: dict[str, Any] | bytes) -> None:
    """Put a snapshot in place as the service does: never half of it."""
    part = path.with_suffix(".part")
    part.write_bytes(snapshot if isinstance(snapshot, bytes) else orjson.dumps(snapshot))
    part.replace(path)


@dataclass
class Writer:
    """Writes a snapshot several times a second until stopped; what it writes may be changed meanwhile."""

    path: Path
    changes: dict[str, Any] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    running: threading.Event = field(default_factory=threading.Event)

    def once(self) -> None:
        """Write one snapshot of now."""
        write(self.path, summer(missing=self.missing, **self.changes))

    @contextlib.contextmanager
    def writing(self) -> Iterator["Writer"]:
        """Write while the body runs, except while `running` is cleared."""
        over = threading.Event()

        def work() -> None:
            while not over.wait(0.25):
                if self.running.is_set():
                    self.once()

        self.once()
        self.running.set()
        thread = threading.Thread(target=work, name="snapshot-writer")
        thread.start()
        try:
            yield self
        finally:
            over.set()
            thread.join()


class FoyerProcess:
    """A running foyer process on a port of its own choice, which a successor may take over."""

    def __init__(self, snapshot: Path, log: Path, *, port: int = 0, pages: Path | None = None) -> None:
        command = [sys.executable, "-m", "foyer_display", "--snapshot", str(snapshot), "--port", str(port)]
        command += ["--pages", str(pages)] if pages else []
        start = log.stat().st_size if log.exists() else 0
        with log.open("ab") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        self.log = log
        self.url = self._announced(start)

    @property
    def port(self) -> int:
        """Port that it listens on."""
        return int(self.url.rstrip("/").rsplit(":", 1)[1])

    def _announced(self, start: int) -> str:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            said = re.search(rb"(http://[\d.:]+)/", self.log.read_bytes()[start:])
            if said:
                return said[1].decode()
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"the foyer process did not start: {self.log.read_text(encoding='utf-8')}")

    def signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.process.pid, number)

    def end(self) -> None:
        """Kill it if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def foyer(snapshot: Path, log: Path, *, port: int = 0, pages: Path | None = None) -> Iterator[FoyerProcess]:
    """Run a foyer process while the body runs."""
    running = FoyerProcess(snapshot, log, port=port, pages=pages)
    try:
        yield running
    finally:
        running.end()
