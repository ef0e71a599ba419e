"""The real hall's folder, copied with free ports, so that several tests can run it at once."""

import re
import shutil
import socket
from pathlib import Path

CONFIG = Path(__file__).resolve().parents[2] / "config"


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def holmen(folder: Path, *, move_ports: bool = True, omit: bool = True) -> Path:
    """Copy config/ into folder and return its holmen; every device's port is a free one unless told otherwise.

    Without omit, the points that the hall's inverters say are not implemented are asked for all the same.
    """
    shutil.copytree(CONFIG, folder / "config", ignore=shutil.ignore_patterns("data"))
    hall = folder / "config" / "holmen"
    devices = hall / "devices.toml"
    if not omit:
        text = devices.read_text(encoding="utf-8")
        devices.write_text(re.sub(r"(?m)^omit = .*\n", "", text), encoding="utf-8")
    if move_ports:
        text = devices.read_text(encoding="utf-8")
        used = sorted(set(re.findall(r"127\.0\.0\.1:(\d+)", text)))
        ports = dict(zip(used, free_ports(len(used)), strict=True))
        moved = re.sub(r"127\.0\.0\.1:(\d+)", lambda m: f"127.0.0.1:{ports[m[1]]}", text)
        devices.write_text(moved, encoding="utf-8")
    return hall
