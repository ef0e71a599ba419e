"""Device addresses: modbus+tcp://host:port/unit and opc.tcp://host:port/path."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed device address."""

    scheme: Literal["modbus+tcp", "opc.tcp"]
    host: str
    port: int
    unit: int
    path: str


def parse_url(url: str) -> Target:
    """Parse a device's url; ValueError says what is wrong with it."""
    parts = urlsplit(url)
    if parts.scheme not in {"modbus+tcp", "opc.tcp"}:
        raise ValueError(f"url {url!r} begins neither with modbus+tcp:// nor with opc.tcp://")
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError(f"url {url!r}: the port is not a number from 1 to 65535") from error
    if not parts.hostname:
        raise ValueError(f"url {url!r} has no host")
    if parts.username or parts.password:
        raise ValueError(
            f"the url of {parts.hostname} holds a user or password: name files in its security table instead"
        )
    if parts.scheme == "opc.tcp":
        return Target("opc.tcp", parts.hostname, port or 4840, 0, parts.path)
    unit = parts.path.removeprefix("/")
    if not unit.isdecimal() or int(unit) > 255:
        raise ValueError(f"url {url!r} must end with the unit, /0 to /255")
    return Target("modbus+tcp", parts.hostname, port or 502, int(unit), "")
