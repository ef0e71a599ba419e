"""A controller made with node-opcua, another maker's stack."""

import subprocess
from pathlib import Path

from tests.support.opcua_process import ServerProcess

FOLDER = Path(__file__).with_name("node_opcua")
URI = "http://maker.example/floor"
PATH = "/UA/Floor"


def install() -> None:
    """Have the packages that the lock file names, once; npm keeps its own record of what it installed."""
    record = FOLDER / "node_modules" / ".package-lock.json"
    if record.is_file() and record.stat().st_mtime >= (FOLDER / "package-lock.json").stat().st_mtime:
        return
    done = subprocess.run(["npm", "ci"], cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"npm ci in {FOLDER}: {done.stderr}"


class NodePlc(ServerProcess):
    """The controller, seen from a test."""

    def __init__(self, pki: Path) -> None:
        super().__init__(FOLDER, ["node", "server.js", "--pki", str(pki)])
        self.certificate = pki / "server.pem"


def node(identifier: str) -> str:
    """A node of the controller, as a point list writes it."""
    return f"nsu={URI};{identifier}"
