"""Debian's VictoriaMetrics, real, on a free port."""

import urllib.request
from pathlib import Path

from tests.support.engine import Process
from tests.support.holmen import free_ports


class VictoriaServer:
    """A storage in a folder; url is where lines go and questions too."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        flags = (
            f"-storageDataPath={folder}/data",
            f"-httpListenAddr=127.0.0.1:{port}",
            "-retentionPeriod=10y",
            "-dedup.minScrapeInterval=1ms",
            "-memory.allowedBytes=256MB",
            "-loggerLevel=WARN",
        )
        self._process = Process(("victoria-metrics", *flags), f"{self.url}/health", folder)
        self.start, self.kill, self.stop = self._process.start, self._process.kill, self._process.stop

    def flush(self) -> None:
        """Make all that was taken visible to questions."""
        with urllib.request.urlopen(f"{self.url}/internal/force_flush", timeout=30) as answer:
            answer.read()
