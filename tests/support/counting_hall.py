"""A small hall whose meters count their own readings: a real folder, real sockets, every sample told from every other.

A meter behind the gateway answers its i-th poll with the counter i, for ever: it lives through the service's deaths.
"""

import asyncio
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.scripted_modbus import Query, Wire, frame, scripted

METERS = ("m1", "m2", "m3")
COUNTERS = tuple(f"{meter}.energy_kwh" for meter in METERS)
POWER_KW = 7200.0  # one kWh each half second: what the counters would show if they were true

SITE = """
[site]
id = "small"
name = {{ nb = "Liten hall", en = "Small hall" }}
zone = "Europe/Oslo"
latitude = 59.9
longitude = 10.5
water_area_m2 = 100.0
[opening]
mon = "closed"
tue = "closed"
wed = "closed"
thu = "closed"
fri = "closed"
sat = "closed"
sun = "closed"
[store]
commit_ms = {commit_ms}
reserve_mib = {reserve_mib}
"""
DEVICE = """
[[device]]
id = "{id}"
map = "counting"
url = "modbus+tcp://127.0.0.1:{port}/{unit}"
every = "{every}"
tfm = "=432.00{unit}"
name = {{ nb = "Måler {id}", en = "Meter {id}" }}
"""
MAP = """# A meter that counts its polls.
name,tfm,table,address,type,order,scale,offset,unit,kind,quantity,access,min,max,period,sigma,nb,en
energy_kwh,OE501,holding,0,uint32,ABCD,1,0,kWh,counter,energy,r,0,4294967294,,0.3,Energi,Energy
power,OE502,holding,2,float32,ABCD,1,0,kW,gauge,power,r,0,100000,,0.3,Effekt,Power
"""


@dataclass
class Meters:
    """The gateway and what its meters have counted."""

    port: int
    counts: dict[int, int]  # what each unit showed last

    async def answer(self, query: Query, wire: Wire) -> None:
        if query.address == 0:
            self.counts[query.unit] += 1
        image = struct.pack(">If", self.counts[query.unit], POWER_KW)
        part = image[2 * query.address : 2 * (query.address + query.count)]
        await wire.send(frame(query, bytes([query.function, len(part)]) + part))


@contextmanager
def meters(first: int = 0) -> Iterator[Meters]:
    """Serve the meters from a thread of their own; their counters begin after first."""
    found = Meters(0, dict.fromkeys(range(1, len(METERS) + 1), first))
    ready, stopping = threading.Event(), threading.Event()

    async def serve() -> None:
        async with scripted(found.answer) as server:
            found.port = server.port
            ready.set()
            while not stopping.is_set():
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="meters")
    thread.start()
    try:
        assert ready.wait(20)
        yield found
    finally:
        stopping.set()
        thread.join()


def folder(parent: Path, port: int, *, every: str = "500ms", commit_ms: int = 100, reserve_mib: int = 0) -> Path:
    """Write the hall's folder."""
    hall = parent / "config" / "small"
    catalogue = parent / "config" / "catalogue"
    hall.mkdir(parents=True)
    catalogue.mkdir()
    (catalogue / "counting.csv").write_text(MAP, encoding="utf-8")
    (hall / "site.toml").write_text(SITE.format(commit_ms=commit_ms, reserve_mib=reserve_mib), encoding="utf-8")
    devices = [DEVICE.format(id=id_, port=port, unit=unit, every=every) for unit, id_ in enumerate(METERS, 1)]
    (hall / "devices.toml").write_text("".join(devices), encoding="utf-8")
    (hall / "schedules.toml").write_text("schedule = []\n", encoding="utf-8")
    return hall
