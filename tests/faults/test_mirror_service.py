"""The whole service with a mirror that is not there, then is, and is gone again: always ready, degraded without."""

from pathlib import Path

import httpx

from tests.support.engine_samples import in_victoria
from tests.support.holmen import holmen
from tests.support.service import service, until
from tests.support.victoria_server import VictoriaServer


def test_the_service_starts_and_stays_ready_whatever_its_mirror_does(tmp_path: Path) -> None:
    hall, server = holmen(tmp_path), VictoriaServer(tmp_path / "victoria")
    with (hall / "site.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[[mirror]]\nname = "vm"\nkind = "victoria"\nurl = "{server.url}"\n')
    try:
        with service(hall, tmp_path, "--no-foyer") as running:

            def metric(name: str) -> float:
                text = httpx.get(running.api + "/metrics", timeout=5).text
                return float(next(line.split()[1] for line in text.splitlines() if line.startswith(name)))

            def status() -> str:
                found = httpx.get(running.api + "/healthz/ready", timeout=5)
                return str(found.json()["status"]) if found.status_code == 200 else ""

            until("it is ready, and degraded", lambda: status() == "degraded")
            assert metric('sd_mirror_up{mirror="vm"}') == 0
            assert metric('sd_mirror_cover_seconds{mirror="vm"}') > 86_400
            server.start()
            until("the mirror takes what waits", lambda: metric('sd_mirror_up{mirror="vm"}') == 1, 90)
            until("nothing is degraded any more", lambda: status() == "ready")
            until("samples are in the mirror", lambda: len(in_victoria(server)) > 700)
            server.kill()
            until("it is degraded again", lambda: status() == "degraded")
            assert "mirror_failing" in running.run.text()
            assert "mirror_back" in running.run.text()
            assert running.run.stop() < 20
    finally:
        server.kill()
