"""Whom a PLC of the twin lets in: [device.security] of devices.toml, seen from the other end of the wire."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.crypto.validator import CertificateValidator, CertificateValidatorOptions
from asyncua.server.server import Server
from asyncua.server.user_managers import UserManager
from asyncua.ua.status_codes import StatusCodes
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sdanlegg.errors import SdError
from sdanlegg.site import Device
from simulators.certificates import Identity, identity, read_certificate, read_file, trusted_in

_POLICIES: Final = {
    "None": ua.SecurityPolicyType.NoSecurity,
    "Basic256Sha256": ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
    "Aes256Sha256RsaPss": ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
}


@dataclass(frozen=True, slots=True)
class Access:
    """The one endpoint of a PLC. Without an identity it is open: no encryption, no certificates."""

    policy: ua.SecurityPolicyType
    identity: Identity | None = None
    trusted: frozenset[bytes] = frozenset()  # clients' certificates, DER
    user: str | None = None  # None: no name is asked for
    password: str | None = None


OPEN: Final = Access(ua.SecurityPolicyType.NoSecurity)


def access(device: Device, folder: Path | None, now_ns: int) -> Access:
    """Read what the PLC needs, making its own certificate if there is none; SdError names what is missing."""
    security = device.security
    policy, password = _POLICIES[security.policy], None
    if security.user is not None:
        if security.password_file is None:
            raise SdError(f"{device.id}: a user needs a password_file")
        try:
            password = read_file(security.password_file).decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise SdError(f"{security.password_file} is not UTF-8 text") from error
    if security.policy == "None":
        return Access(policy, user=security.user, password=password)
    if folder is None:
        raise SdError(f"{device.id}: policy {security.policy} needs --certificates, a folder for the twin's own")
    clients = trusted_in(folder)
    if security.certificate is not None:
        clients.append(read_certificate(security.certificate))
    if not clients:
        raise SdError(f"{device.id}: there is no client to trust: name certificate_file in its security table")
    own = identity(folder, device.id, device.host, now_ns)
    _check_pinned(device, own)
    return Access(policy, own, frozenset(c.public_bytes(Encoding.DER) for c in clients), security.user, password)


def _check_pinned(device: Device, own: Identity) -> None:
    pinned = device.security.server_certificate
    if pinned is not None and pinned.exists() and read_certificate(pinned) != own.certificate:
        raise SdError(
            f"{device.id}: server_certificate_file {pinned} is not the twin's certificate {own.certificate_file}: "
            "nobody would connect"
        )


async def secure(server: Server, rules: Access) -> None:
    """Let an initialised server offer that endpoint and no other."""
    server.set_security_policy([rules.policy])
    server.set_identity_tokens([ua.AnonymousIdentityToken if rules.user is None else ua.UserNameIdentityToken])
    server.allow_remote_admin(False)
    server.iserver.set_user_manager(Doorkeeper(rules))
    if rules.identity is not None:
        await server.set_application_uri(rules.identity.uri)
        server.iserver.certificate, server.iserver.private_key = rules.identity.certificate, rules.identity.key
        server.set_certificate_validator(_Validator(rules.trusted))


class Doorkeeper(UserManager):
    """Decides on every session: the right user, and over a channel that a trusted client has encrypted."""

    def __init__(self, rules: Access) -> None:
        self._rules = rules

    def get_user(
        self,
        iserver: Any,  # noqa: ARG002 (asyncua's signature)
        username: str | None = None,
        password: str | None = None,
        certificate: bytes | None = None,
    ) -> User | None:
        """Give the user, None if the session is to be refused."""
        # asyncua takes an open channel whatever policies are set, and a session that names no certificate.
        if self._rules.identity is not None and certificate not in self._rules.trusted:
            return None
        if self._rules.user is not None and (username, password) != (self._rules.user, self._rules.password):
            return None
        return User(role=UserRole.User, name=username)


class _Validator:
    """Tells a client what is wrong with its certificate."""

    def __init__(self, trusted: frozenset[bytes]) -> None:
        self._trusted = trusted
        rules = CertificateValidatorOptions.EXT_VALIDATION | CertificateValidatorOptions.PEER_CLIENT
        self._rest = CertificateValidator(rules)

    async def __call__(self, certificate: x509.Certificate, application: ua.ApplicationDescription) -> None:
        """ServiceError unless the certificate is trusted, valid now and made for this application."""
        if certificate.public_bytes(Encoding.DER) not in self._trusted:
            raise ServiceError(StatusCodes.BadCertificateUntrusted)
        await self._rest.validate(certificate, application)
