"""Node addresses as the point list writes them: a namespace by its URI and an identifier in it; pure.

A namespace index is only true until the server restarts, so none is kept: every connection resolves anew.
"""

import base64
import binascii
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from asyncua import ua

Identifier = int | str | uuid.UUID | bytes
_LARGEST: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """A node, whatever index its namespace has today."""

    uri: str
    identifier: Identifier


def parse(text: str) -> NodeAddress:
    """Read ``nsu=<uri>;s=…|i=…|g=…|b=…`` (Part 6, 5.1.12); ValueError says what is wrong with it."""
    space, found, rest = text.partition(";")
    if not found or not space.startswith("nsu=") or len(space) == len("nsu="):
        raise ValueError(f"node {text!r} does not begin with a namespace URI: nsu=<uri>;")
    kind, content = rest[:2], rest[2:]
    if kind not in _IDENTIFIERS or not content:
        raise ValueError(f"node {text!r} has no identifier: s=<text>, i=<number>, g=<guid> or b=<base64>")
    try:
        identifier = _IDENTIFIERS[kind](content)
    except ValueError as err:
        raise ValueError(f"node {text!r}: {content!r} is not what {kind} takes") from err
    return NodeAddress(space.removeprefix("nsu=").replace("%3B", ";").replace("%25", "%"), identifier)


def resolve(address: NodeAddress, namespaces: Sequence[str]) -> ua.NodeId | None:
    """Node id in a server with these namespaces, in the order of its NamespaceArray; None if it lacks the URI."""
    if address.uri not in namespaces:
        return None
    return ua.NodeId(address.identifier, namespaces.index(address.uri))  # type: ignore[arg-type]  # asyncua's own names


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > _LARGEST:
        raise ValueError
    return int(text)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as err:
        raise ValueError(text) from err


_IDENTIFIERS: Final[Mapping[str, Callable[[str], Identifier]]] = {
    "s=": str,
    "i=": _number,
    "g=": uuid.UUID,
    "b=": _bytes,
}
