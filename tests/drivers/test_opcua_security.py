"""Encrypted connections to two makers' servers: who is let in, who is not, and what is told then."""

import asyncio
import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asyncua.crypto import cert_gen
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from drivers.opcua import opcua_link
from drivers.opcua_certificates import create, read
from drivers.opcua_security import expiring
from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.driver import PollGroup
from sdanlegg.errors import ConfigError, LinkError
from sdanlegg.quality import GOOD
from sdanlegg.site import OpcUaSecurity
from tests.support import opcua_node_plc, opcua_plc
from tests.support.opcua_node_plc import NodePlc
from tests.support.opcua_plc import Plc
from tests.support.opcua_points import INSECURE, JumpClock, opcua_device, opcua_point
from tests.support.points import group

URI = "urn:sdanlegg:collector"
POLICIES = ("Basic256Sha256", "Aes256Sha256RsaPss")
DAY_NS = 86_400 * SECOND_NS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates and keys of all: ours, a stranger's, an old one, the server's."""
    folder, now_ns = tmp_path_factory.mktemp("certificates"), time.time_ns()
    for name, begin_ns, days in (("ours", now_ns, 10), ("stranger", now_ns, 10), ("old", now_ns - 9 * DAY_NS, 5)):
        create(folder / f"{name}.der", folder / f"{name}.pem", URI, now_ns=begin_ns, days=days)
    key = cert_gen.generate_private_key()
    certificate = cert_gen.generate_self_signed_app_certificate(
        key,
        "Test server",
        {},
        [x509.UniformResourceIdentifier("urn:test:server")],
        [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH],
    )
    (folder / "server.der").write_bytes(certificate.public_bytes(Encoding.DER))
    (folder / "server.pem").write_bytes(cert_gen.dump_private_key_as_pem(key))
    (folder / "password").write_text(f"{opcua_plc.PASSWORD}\n", encoding="utf-8")
    (folder / "wrong").write_text("wrong", encoding="utf-8")
    (folder / "trusted").mkdir()
    (folder / "trusted" / "ours.der").write_bytes((folder / "ours.der").read_bytes())
    return folder


@pytest.fixture(scope="module")
def plc(folder: Path) -> Iterator[Plc]:
    """An asyncua server that trusts our certificate, and one user."""
    plc = Plc()
    try:
        files = {"certificate": "server.der", "key": "server.pem", "trusted": "trusted"}
        plc.start("--users", *(word for name, file in files.items() for word in (f"--{name}", str(folder / file))))
        yield plc
    finally:
        plc.kill()


@pytest.fixture(scope="module")
def node_plc(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodePlc]:
    """A node-opcua server that trusts our certificate, and one user."""
    opcua_node_plc.install()
    plc = NodePlc(tmp_path_factory.mktemp("pki"))
    try:
        plc.start("--secure", "--trust", str(folder / "ours.der"))
        yield plc
    finally:
        plc.kill()


@pytest.fixture
def trusted(folder: Path) -> OpcUaSecurity:
    """What the asyncua server lets in."""
    return OpcUaSecurity(
        policy="Basic256Sha256",
        certificate=folder / "ours.der",
        private_key=folder / "ours.pem",
        server_certificate=folder / "server.der",
        user=opcua_plc.USER,
        password_file=folder / "password",
    )


def asked(port: int, security: OpcUaSecurity, path: str = "", node: str = opcua_plc.node("Flow")) -> PollGroup:
    device = opcua_device(port, security=security, path=path, timeout=3.0)
    return group([opcua_point("flow", node), opcua_point("state", node, kind="state")], device, period_s=0.1)


async def refused(of: PollGroup) -> str:
    """The words with which connecting fails."""
    link = opcua_link([of], SystemClock())
    with pytest.raises(LinkError) as caught:
        await link.connect()
    await link.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return str(caught.value)


async def reads(of: PollGroup) -> None:
    """Connect and poll some times."""
    link = opcua_link([of], SystemClock())
    try:
        await link.connect()
        for _ in range(3):
            assert list((await link.poll(of)).quality) == [GOOD, GOOD]
    finally:
        await link.close()


@pytest.mark.parametrize("policy", POLICIES)
async def test_an_asyncua_server_lets_us_in(plc: Plc, trusted: OpcUaSecurity, policy: Any) -> None:
    await reads(asked(plc.port, dataclasses.replace(trusted, policy=policy)))


@pytest.mark.peer
@pytest.mark.parametrize("policy", POLICIES)
async def test_a_node_opcua_server_lets_us_in(node_plc: NodePlc, trusted: OpcUaSecurity, policy: Any) -> None:
    security = dataclasses.replace(trusted, policy=policy, server_certificate=node_plc.certificate)
    await reads(asked(node_plc.port, security, opcua_node_plc.PATH, opcua_node_plc.node("i=70001")))


async def test_keys_are_renewed_while_connected(plc: Plc, trusted: OpcUaSecurity) -> None:
    of, clock = asked(plc.port, trusted), JumpClock()
    link = opcua_link([of], clock)
    try:
        await link.connect()
        for _ in range(3):
            token = link._session._client.uaclient.protocol._connection.security_token.TokenId
            clock.jump(3600)
            assert list((await link.poll(of)).quality) == [GOOD, GOOD]
            assert link._session._client.uaclient.protocol._connection.security_token.TokenId != token
    finally:
        await link.close()


async def test_a_wrong_password_is_refused(plc: Plc, trusted: OpcUaSecurity, folder: Path) -> None:
    security = dataclasses.replace(trusted, password_file=folder / "wrong")
    told = await refused(asked(plc.port, security))
    assert "BadUserAccessDenied" in told
    assert "wrong" not in told


async def test_nobody_is_refused_where_users_are_asked_for(plc: Plc, trusted: OpcUaSecurity) -> None:
    security = dataclasses.replace(trusted, user=None, password_file=None)
    assert "BadIdentityTokenRejected" in await refused(asked(plc.port, security))


async def test_an_untrusted_certificate_is_refused(plc: Plc, trusted: OpcUaSecurity, folder: Path) -> None:
    security = dataclasses.replace(trusted, certificate=folder / "stranger.der", private_key=folder / "stranger.pem")
    assert "BadCertificateUntrusted" in await refused(asked(plc.port, security))


@pytest.mark.peer
async def test_an_untrusted_certificate_is_refused_by_another_maker_too(
    node_plc: NodePlc, trusted: OpcUaSecurity, folder: Path
) -> None:
    security = dataclasses.replace(
        trusted,
        certificate=folder / "stranger.der",
        private_key=folder / "stranger.pem",
        server_certificate=node_plc.certificate,
    )
    told = await refused(asked(node_plc.port, security, opcua_node_plc.PATH, opcua_node_plc.node("i=70001")))
    assert "may not trust" in told
    assert "stranger.der" in told


async def test_a_server_with_another_certificate_is_not_talked_to(
    plc: Plc, trusted: OpcUaSecurity, folder: Path
) -> None:
    told = await refused(asked(plc.port, dataclasses.replace(trusted, server_certificate=folder / "stranger.der")))
    assert "stranger.der may not be its own certificate" in told


async def test_a_server_without_our_policy_is_told(plc: Plc) -> None:
    told = await refused(asked(plc.port, INSECURE))
    assert "security policy None cannot be used with this server" in told


@pytest.mark.parametrize("which", ["ours", "the server's"])
async def test_a_certificate_past_its_day_is_named(plc: Plc, trusted: OpcUaSecurity, folder: Path, which: str) -> None:
    old = {"certificate": folder / "old.der", "private_key": folder / "old.pem"}
    over = old if which == "ours" else {"server_certificate": folder / "old.der"}
    told = await refused(asked(plc.port, dataclasses.replace(trusted, **over)))
    assert "old.der ended on" in told


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({"password_file": "nothing"}, "nothing cannot be read: No such file"),
        ({"password_file": "server.der"}, "server.der is not UTF-8 text"),
        ({"certificate": "nothing"}, "nothing cannot be read: No such file"),
        ({"certificate": "password"}, "password holds no certificate"),
        ({"private_key": "nothing"}, "nothing cannot be read: No such file"),
        ({"private_key": "stranger.pem"}, "stranger.pem is not the key of"),
        ({"certificate": "server.der", "private_key": "server.pem"}, f"was not made for {URI}"),
        ({"server_certificate": "nothing"}, "nothing cannot be read: No such file"),
    ],
)
async def test_a_bad_file_is_named(
    plc: Plc, trusted: OpcUaSecurity, folder: Path, over: dict[str, str], told: str
) -> None:
    files: dict[str, Any] = {field: folder / name for field, name in over.items()}
    assert told in await refused(asked(plc.port, dataclasses.replace(trusted, **files)))


def test_no_security_must_be_meant() -> None:
    with pytest.raises(ConfigError, match="insecure_ok"):
        opcua_link([asked(1, OpcUaSecurity())], SystemClock())


@pytest.mark.parametrize("field", ["certificate", "private_key", "server_certificate"])
def test_a_policy_needs_its_files(trusted: OpcUaSecurity, field: str) -> None:
    over: dict[str, Any] = {field: None}
    with pytest.raises(ConfigError, match=f"needs {field}_file"):
        opcua_link([asked(1, dataclasses.replace(trusted, **over))], SystemClock())


def test_the_days_of_both_certificates_can_be_asked_for(trusted: OpcUaSecurity, folder: Path) -> None:
    ours, theirs = expiring(trusted)
    assert (ours.path, theirs.path) == (folder / "ours.der", folder / "server.der")
    assert 9 < ours.days_left(time.time_ns()) < 10
    assert theirs.end_ns == int(read(folder / "server.der").not_valid_after_utc.timestamp()) * SECOND_NS
    assert expiring(INSECURE) == []
