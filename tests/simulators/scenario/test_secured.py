"""A fault and a lock at once: a PLC that asks for certificates answers late behind its gate, to whom it trusts."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from drivers.opcua import opcua_link
from drivers.opcua_certificates import create
from sdanlegg.clock import SystemClock
from sdanlegg.quality import GOOD
from sdanlegg.site import OpcUaSecurity, Site
from simulators.serve import Life, serve
from tests.support.points import group
from tests.support.scenarios import fault, scenario
from tests.support.twin import StandingClock, only


async def test_a_secured_plc_answers_behind_its_gate(free_hall: Site, tmp_path: Path) -> None:
    create(tmp_path / "ours.der", tmp_path / "ours.pem", "urn:sdanlegg:collector", now_ns=time.time_ns(), days=5)
    small = only(free_hall, "floor_main")
    security = OpcUaSecurity(
        policy="Basic256Sha256",
        certificate=tmp_path / "ours.der",
        private_key=tmp_path / "ours.pem",
        server_certificate=tmp_path / "floor_main.der",
    )
    site = replace(small, devices=(replace(small.devices[0], security=security),))
    late = fault("slow", "floor_main", 'answers_after = "300ms"', class_="communication", points='["floor_main"]')
    life, ready = Life(certificates=tmp_path, scenario=scenario(tmp_path, site, late)), asyncio.Event()
    serving = asyncio.ensure_future(serve(site, life, clock=StandingClock(), ready=ready))
    await asyncio.wait_for(ready.wait(), 60.0)
    device = replace(site.devices[0], pacing=replace(site.devices[0].pacing, timeout=10.0))
    asked = group(list(site.points), device)
    link = opcua_link([asked], SystemClock())
    try:
        await link.connect()
        begun = time.monotonic()
        assert set((await link.poll(asked)).quality.tolist()) == {GOOD}
        assert time.monotonic() - begun >= 0.3
    finally:
        await link.close()
        serving.cancel()
        await asyncio.wait({serving})
