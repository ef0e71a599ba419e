"""A secured PLC of the twin: whom it lets in, by our own driver, node-opcua's client, and a client that cheats."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from drivers.opcua import opcua_link
from drivers.opcua_certificates import create
from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.driver import PollGroup
from sdanlegg.errors import LinkError, SdError
from sdanlegg.quality import GOOD
from sdanlegg.site import Device, OpcUaSecurity, Site
from simulators.certificates import application_uri, identity
from simulators.opcua_security import access
from tests.support import opcua_node_plc
from tests.support.holmen import free_ports
from tests.support.points import group
from tests.support.twin import NOON_IN_JUNE, StandingClock, only, running

USER, PASSWORD = "energi", "svømmehall"
URI = "urn:sdanlegg:collector"
DAY_NS = 86_400 * SECOND_NS


@dataclass(frozen=True)
class Secured:
    """Two PLCs behind locks of their own, and the folder with everybody's keys."""

    site: Site
    folder: Path

    def device(self, id_: str, **over: Any) -> Device:
        """The device as the driver is told of it."""
        device = next(d for d in self.site.devices if d.id == id_)
        return replace(device, security=replace(device.security, **over))


def security(folder: Path, id_: str, **more: Any) -> OpcUaSecurity:
    files = {"certificate": "ours.der", "private_key": "ours.pem", "server_certificate": f"{id_}.der"}
    given: dict[str, Any] = {name: folder / file for name, file in files.items()}
    return OpcUaSecurity(**given | more)


@pytest.fixture(scope="module")
def secured(hall: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("certificates")
    for name, begin_ns in (
        ("ours", time.time_ns()),
        ("stranger", time.time_ns()),
        ("old", time.time_ns() - 9 * DAY_NS),
    ):
        create(folder / f"{name}.der", folder / f"{name}.pem", URI, now_ns=begin_ns, days=5)
    (folder / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    (folder / "wrong").write_text("wrong", encoding="utf-8")
    (folder / "trusted").mkdir()
    shutil.copy(folder / "old.der", folder / "trusted")
    named = security(folder, "filter_main", policy="Basic256Sha256", user=USER, password_file=folder / "password")
    nameless = security(folder, "floor_main", policy="Aes256Sha256RsaPss")
    small = only(hall, "filter_main", "floor_main")
    rules = {"filter_main": named, "floor_main": nameless}
    site = replace(small, devices=tuple(replace(d, security=rules[d.id]) for d in small.devices))
    # Other tests serve the same hall at the same time.
    ports = free_ports(2)
    site = replace(site, devices=tuple(replace(d, port=p) for d, p in zip(site.devices, ports, strict=True)))
    with running(site, StandingClock(NOON_IN_JUNE), certificates=folder):
        yield Secured(site, folder)


def of(secured: Secured, id_: str, **over: Any) -> PollGroup:
    points = [p for p in secured.site.points if p.device == id_]
    return group(points, secured.device(id_, **over), period_s=1.0)


async def refused(asked: PollGroup) -> str:
    """The words with which our driver fails to connect."""
    link = opcua_link([asked], SystemClock())
    with pytest.raises(LinkError) as caught:
        await link.connect()
    await link.close()
    return str(caught.value)


@pytest.mark.parametrize("id_", ["filter_main", "floor_main"])
async def test_our_driver_reads_every_point(secured: Secured, id_: str) -> None:
    asked = of(secured, id_)
    link = opcua_link([asked], SystemClock())
    try:
        await link.connect()
        reading = await link.poll(asked)
        assert len(reading.quality) == len(asked.points) > 5
        assert set(reading.quality.tolist()) == {GOOD}
    finally:
        await link.close()


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({"password_file": "wrong"}, "BadUserAccessDenied"),
        ({"user": "somebody"}, "BadUserAccessDenied"),
        ({"user": None, "password_file": None}, "BadIdentityTokenRejected"),
        ({"certificate": "stranger.der", "private_key": "stranger.pem"}, "BadCertificateUntrusted"),
        ({"server_certificate": "stranger.der"}, "stranger.der may not be its own certificate"),
        ({"policy": "Aes256Sha256RsaPss"}, "no secure channel"),
        ({"policy": "None", "insecure_ok": True}, "security policy None cannot be used with this server"),
    ],
)
async def test_our_driver_is_refused(secured: Secured, over: dict[str, Any], told: str) -> None:
    files = {"password_file", "certificate", "private_key", "server_certificate"}
    changed = {key: secured.folder / v if key in files and v is not None else v for key, v in over.items()}
    assert told in await refused(of(secured, "filter_main", **changed))


async def test_a_trusted_certificate_past_its_day_is_refused(secured: Secured) -> None:
    """Our driver will not even show it; another maker's client would."""
    client = await encrypting(secured, "old")
    client.application_uri = URI
    client.set_user(USER)
    client.set_password(PASSWORD)
    with pytest.raises(ua.UaError, match="BadCertificateTimeInvalid"):
        async with client:
            pass


async def encrypting(secured: Secured, name: str) -> Client:
    """A client of filter_main that shows this certificate."""
    client = Client(secured.device("filter_main").endpoint, timeout=20)
    certificate, key, server = (str(secured.folder / f) for f in (f"{name}.der", f"{name}.pem", "filter_main.der"))
    await client.set_security(SecurityPolicyBasic256Sha256, certificate, key, server_certificate=server)
    return client


async def session_by_hand(client: Client, token: Any) -> str:
    """Skip what an honest client checks for itself; the server's answer to the last step."""
    await client.connect_socket()
    try:
        await client.send_hello()
        await client.open_secure_channel()
        params = ua.CreateSessionParameters()
        params.ClientDescription.ApplicationUri = URI
        params.ClientDescription.ApplicationType = ua.ApplicationType.Client
        params.ClientNonce, params.EndpointUrl, params.SessionName = b"\1" * 32, client.server_url.geturl(), "cheat"
        made = await client.uaclient.create_session(params)
        activate = ua.ActivateSessionParameters()
        policy = client.security_policy
        if policy.host_certificate is not None:
            signed = made.ServerCertificate + made.ServerNonce
            activate.ClientSignature.Algorithm = policy.AsymmetricSignatureURI
            activate.ClientSignature.Signature = policy.asymmetric_cryptography.signature(signed)
        activate.UserIdentityToken = token
        try:
            await client.uaclient.activate_session(activate)
        except ua.UaStatusCodeError as error:
            return type(error).__name__
        return "let in"
    finally:
        client.disconnect_socket()


def named() -> ua.UserNameIdentityToken:
    token = ua.UserNameIdentityToken()
    token.PolicyId, token.UserName, token.Password = "username", USER, PASSWORD.encode()
    return token


async def test_the_right_password_in_the_clear_opens_nothing(secured: Secured) -> None:
    """A client that opens a channel without encryption although no endpoint offers one."""
    client = Client(secured.device("filter_main").endpoint, timeout=20)
    assert await session_by_hand(client, named()) == "BadUserAccessDenied"
    open_to_all = Client(secured.device("floor_main").endpoint, timeout=20)
    assert await session_by_hand(open_to_all, ua.AnonymousIdentityToken("anonymous")) == "BadUserAccessDenied"


async def test_a_stranger_who_hides_his_certificate_is_not_let_in(secured: Secured) -> None:
    """He encrypts with it, but does not name it when he asks for a session."""
    for name, answer in (("stranger", "BadUserAccessDenied"), ("ours", "let in")):
        assert await session_by_hand(await encrypting(secured, name), named()) == answer


def peer(secured: Secured, pki: Path, *words: str) -> dict[str, Any]:
    """What node-opcua's client gets."""
    opcua_node_plc.install()
    url, node = secured.device("filter_main").endpoint, "nsu=urn:holmen:filter;s=Filter.Setpoint.Flow"
    command = ["node", "client.js", "--url", url, "--pki", str(pki), "--node", node, *words]
    told = subprocess.run(
        command, cwd=opcua_node_plc.FOLDER, capture_output=True, text=True, timeout=120, check=True
    ).stdout
    answer: dict[str, Any] = json.loads(told.splitlines()[-1])
    return answer


@pytest.mark.peer
async def test_node_opcua_is_let_in_and_refused_as_we_are(secured: Secured, tmp_path: Path) -> None:
    for name in ("ours", "stranger"):
        certificate = x509.load_der_x509_certificate((secured.folder / f"{name}.der").read_bytes())
        (tmp_path / f"{name}.crt").write_bytes(certificate.public_bytes(Encoding.PEM))

    def asked(name: str, *words: str, policy: str = "Basic256Sha256") -> dict[str, Any]:
        key = ("--key", str(secured.folder / f"{name}.pem"))
        return peer(secured, tmp_path, "--policy", policy, "--certificate", str(tmp_path / f"{name}.crt"), *key, *words)

    right = ("--user", USER, "--password", PASSWORD)
    assert asked("ours", *right, "--write", "85") == {"wrote": "Good", "value": 85, "status": "Good"}
    assert asked("ours", *right, "--write", "40") == {"wrote": "BadOutOfRange", "value": 85, "status": "Good"}
    assert "BadUserAccessDenied" in asked("ours", "--user", USER, "--password", "wrong")["refused"]
    assert "ANONYMOUS" in asked("ours")["refused"]
    assert "BadCertificateUntrusted" in asked("stranger", *right)["refused"]
    assert "End point must exist" in peer(secured, tmp_path, "--policy", "None", *right)["refused"]


def filter_main(hall: Site, folder: Path, **over: Any) -> Device:
    device = next(d for d in hall.devices if d.id == "filter_main")
    given: dict[str, Any] = {"policy": "Basic256Sha256", **over}
    return replace(device, security=security(folder, "filter_main", **given))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create(tmp_path / "ours.der", tmp_path / "ours.pem", URI, now_ns=time.time_ns(), days=5)
    return tmp_path


def test_certificates_are_made_once_and_kept(hall: Site, folder: Path) -> None:
    device = filter_main(hall, folder)
    first = access(device, folder, time.time_ns()).identity
    assert first is not None
    names = first.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [application_uri("filter_main")]
    assert (folder / "filter_main.pem").stat().st_mode & 0o777 == 0o600
    second = access(device, folder, time.time_ns() + 3000 * DAY_NS).identity
    assert second is not None
    assert second.certificate == first.certificate
    (folder / "filter_main.der").unlink()  # the key is kept: a certificate for it can be made anew
    third = access(device, folder, time.time_ns()).identity
    assert third is not None
    assert third.certificate.public_key() == first.certificate.public_key()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda f: (f / "filter_main.pem").unlink(), r"filter_main\.der is there without its key .*filter_main\.pem"),
        (lambda f: (f / "filter_main.pem").write_text("rubbish"), r"filter_main\.pem holds no private key"),
        (lambda f: (f / "filter_main.der").write_text("rubbish"), r"filter_main\.der holds no certificate"),
        (lambda f: shutil.copy(f / "ours.pem", f / "filter_main.pem"), r"filter_main\.pem is not the key of"),
        (lambda f: (f / "ours.der").unlink(), r"ours\.der cannot be read: No such file"),
        (lambda f: (f / "ours.der").write_text("rubbish"), r"ours\.der holds no certificate"),
    ],
)
def test_a_bad_file_is_named(hall: Site, folder: Path, spoil: Any, told: str) -> None:
    identity(folder, "filter_main", "127.0.0.1", time.time_ns())
    spoil(folder)
    with pytest.raises(SdError, match=told):
        access(filter_main(hall, folder), folder, time.time_ns())


def test_what_cannot_work_is_said_at_the_start(hall: Site, folder: Path) -> None:
    now_ns = time.time_ns()
    with pytest.raises(SdError, match=r"filter_main: policy Basic256Sha256 needs --certificates"):
        access(filter_main(hall, folder), None, now_ns)
    blocked = folder / "file"
    blocked.write_text("")
    with pytest.raises(SdError, match=r"file/filter_main\.pem cannot be written: (Not a directory|File exists)"):
        access(filter_main(hall, folder), blocked, now_ns)
    pinned = filter_main(hall, folder, server_certificate=folder / "ours.der")
    with pytest.raises(SdError, match=r"nobody would connect"):
        access(pinned, folder, now_ns)
    with pytest.raises(SdError, match=r"a user needs a password_file"):
        access(filter_main(hall, folder, user="energi"), folder, now_ns)
    with pytest.raises(SdError, match=r"pw cannot be read"):
        access(filter_main(hall, folder, user="energi", password_file=folder / "pw"), folder, now_ns)
    with pytest.raises(SdError, match=r"filter_main\.der ended on 20"):
        access(filter_main(hall, folder), folder, now_ns + 3660 * DAY_NS)


def test_a_missing_certificate_folder_leaves_nothing_listening(hall: Site) -> None:
    secret = only(hall, "vp1", "filter_main")
    locked = [replace(d, security=OpcUaSecurity(policy="Basic256Sha256")) if d.id == "filter_main" else d
              for d in secret.devices]  # fmt: skip
    site = replace(secret, devices=tuple(replace(d, port=p) for d, p in zip(locked, free_ports(2), strict=True)))
    with pytest.raises(SdError, match="--certificates"), running(site, StandingClock()):
        pass
    for device in site.devices:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((device.host, device.port), timeout=5)
