"""A controller made of asyncua's server, in a process of its own: it can be stopped, killed, frozen and made to lie.

Run as a program it reads one JSON command a line and answers each with a line; `Plc` is its other end.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asyncua import ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.crypto.truststore import TrustStore
from asyncua.crypto.validator import CertificateValidator, CertificateValidatorOptions
from asyncua.server.internal_server import InternalServer
from asyncua.server.server import Server
from asyncua.server.user_managers import UserManager
from asyncua.ua.attribute_ids import AttributeIds

from tests.support.opcua_process import ServerProcess
from tests.support.tree import ROOT

URI = "urn:test:plc"
OTHER_URI = "urn:test:other-module"
USER, PASSWORD = "energi", "svømmehall"
# name: type, value, writable
NODES: Mapping[str, tuple[str, Any, bool]] = {
    "Flow": ("Double", 12.5, False),
    "Level": ("Float", 61.5, False),
    "Small": ("Int16", -321, False),
    "Count": ("UInt32", 4_000_000_000, False),
    "Mode": ("Int16", 2, False),
    "Running": ("Boolean", True, False),
    "Name": ("String", "Filter æøå", False),
    "Setpoint": ("Double", 80.0, True),
    "Ratio": ("Int16", 455, True),
    "Request": ("Boolean", False, True),
    "Locked": ("Double", 1.0, False),
}


def node(name: str) -> str:
    """A node of the controller, as a point list writes it."""
    return f"nsu={URI};s={name}"


class Plc(ServerProcess):
    """The controller, seen from a test."""

    def __init__(self) -> None:
        super().__init__(ROOT, [sys.executable, "-m", "tests.support.opcua_plc"])

    def delete(self, node: str) -> None:
        """Take a node away."""
        self.tell({"delete": node})

    def forget_subscriptions(self) -> None:
        """Let every subscription die without a word to its client."""
        self.tell({"forget": True})


class Users(UserManager):
    """One user, nobody else."""

    def get_user(
        self,
        iserver: InternalServer,  # noqa: ARG002  # asyncua's signature
        username: str | None = None,
        password: str | None = None,
        certificate: bytes | None = None,  # noqa: ARG002
    ) -> User | None:
        """Give the user if the password is right."""
        return User(role=UserRole.User, name=username) if (username, password) == (USER, PASSWORD) else None


async def serve(options: argparse.Namespace) -> None:
    """Serve until the other end hangs up."""
    server = Server(user_manager=Users() if options.users else None)
    await server.init()
    if options.no_subscriptions:
        server.iserver.max_subscriptions = 0
    server.set_endpoint(f"opc.tcp://127.0.0.1:{options.port}")
    await server.set_application_uri("urn:test:server")
    if options.certificate:
        await secure(server, options)
    else:
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    if options.users:
        server.set_identity_tokens([ua.UserNameIdentityToken])
    if options.moved:  # another module was put in front of ours, with nodes of the same names
        await add_nodes(server, await server.register_namespace(OTHER_URI), dict.fromkeys(NODES, -999))
    if not options.renamed:
        await add_nodes(server, await server.register_namespace(URI), {})
    async with server:
        await obey(server)


async def secure(server: Server, options: argparse.Namespace) -> None:
    """Take encrypted connections only, and only from clients whose certificate is in the trusted folder."""
    kinds = ua.SecurityPolicyType
    server.set_security_policy([kinds.Basic256Sha256_SignAndEncrypt, kinds.Aes256Sha256RsaPss_SignAndEncrypt])
    await server.load_certificate(options.certificate)
    await server.load_private_key(options.key)
    trusted = TrustStore([options.trusted], [])
    await trusted.load()
    rules = CertificateValidatorOptions.TRUSTED_VALIDATION | CertificateValidatorOptions.PEER_CLIENT
    server.set_certificate_validator(CertificateValidator(rules, trusted))


async def add_nodes(server: Server, index: int, values: Mapping[str, Any]) -> None:
    """Add the controller's nodes to a namespace, with other values than its own where given."""
    folder = await server.nodes.objects.add_folder(index, "Plc")
    for name, (type_, value, writable) in NODES.items():
        kind = ua.VariantType[type_]
        shown = values.get(name, value)
        variable = await folder.add_variable(ua.NodeId(name, index), name, coerced(shown, kind), varianttype=kind)
        if writable:
            await variable.set_writable()


def coerced(value: Any, kind: ua.VariantType) -> Any:
    """The value as this type can hold it."""
    if kind == ua.VariantType.String:
        return str(value)
    if kind == ua.VariantType.Boolean:
        return bool(value)
    return max(value, 0) if kind == ua.VariantType.UInt32 else value


async def obey(server: Server) -> None:
    """Do what the other end says, line by line."""
    say("done")
    while line := await asyncio.to_thread(sys.stdin.readline):
        command = json.loads(line)
        index = await server.get_namespace_index(URI)
        if "delete" in command:
            await server.delete_nodes([server.get_node(ua.NodeId(command["delete"], index))])
        elif "forget" in command:
            await forget(server)
        else:
            await force(server, ua.NodeId(command["set"], index), data_value(command))
        say("done")
    os._exit(0)


async def force(server: Server, id_: ua.NodeId, value: ua.DataValue) -> None:
    """Let a node have any value, also of a type that is not its own, as sloppy controllers do."""
    server.iserver.aspace._nodes[id_].attributes[AttributeIds.Value].value = None  # over nothing, any type may come
    await server.write_attribute_value(id_, value)


async def forget(server: Server) -> None:
    """Cancel the publishing of every subscription, as a controller that ran out of something does."""
    service = server.iserver.subscription_service
    for subscription in service.subscriptions.values():
        await subscription.stop()
    service.subscriptions.clear()


def data_value(command: Mapping[str, Any]) -> ua.DataValue:
    """What a set command says."""
    value = float(command["value"]) if command["type"] in {"Double", "Float"} else command["value"]
    source = datetime.fromisoformat(command["source"]) if "source" in command else datetime.now(UTC)
    return ua.DataValue(
        ua.Variant(value, ua.VariantType[command["type"]]),
        ua.StatusCode(getattr(ua.StatusCodes, command.get("status", "Good"))),
        source,
        datetime.now(UTC),
    )


def say(word: str) -> None:
    """Answer the other end."""
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--moved", action="store_true", help="another module has taken our namespace index")
    parser.add_argument("--renamed", action="store_true", help="our namespace is not there at all")
    parser.add_argument("--no-subscriptions", action="store_true", help="refuse every subscription")
    parser.add_argument("--users", action="store_true", help="ask for user and password")
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--trusted", type=Path)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    asyncio.run(serve(options(sys.argv[1:])))
