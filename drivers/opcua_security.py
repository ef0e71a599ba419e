"""What we show an OPC UA server, and what it must show us: policies, certificates, user and password."""

from dataclasses import dataclass
from typing import Final

from asyncua import ua
from asyncua.crypto.security_policies import (
    SecurityPolicy,
    SecurityPolicyAes256Sha256RsaPss,
    SecurityPolicyBasic256Sha256,
)

from drivers.opcua_certificates import Validity, read, read_file, read_private_key, uris, validity
from sdanlegg.errors import ConfigError, SdError
from sdanlegg.site import Device, OpcUaSecurity

_POLICIES: Final = {
    "Basic256Sha256": SecurityPolicyBasic256Sha256,
    "Aes256Sha256RsaPss": SecurityPolicyAes256Sha256RsaPss,
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a connection is made with; policy None: in the clear."""

    policy: SecurityPolicy | None
    user: str | None
    password: str | None


def require_sound(device: Device) -> None:
    """Raise ConfigError unless it is clear whom we trust, or that the absence of all security is meant."""
    security = device.security
    if security.policy == "None":
        if not security.insecure_ok:
            raise ConfigError(
                f"{device.id}: policy None sends everything in the clear; insecure_ok = true accepts that"
            )
        return
    needed = {
        "certificate_file": security.certificate,
        "private_key_file": security.private_key,
        "server_certificate_file": security.server_certificate,
    }
    missing = [name for name, path in needed.items() if path is None]
    if missing:
        raise ConfigError(f"{device.id}: policy {security.policy} needs {' and '.join(missing)}")


def credentials(security: OpcUaSecurity, now_ns: int) -> Credentials:
    """Read the files anew; SdError names the one that is missing, unreadable, unfit or past its time."""
    password = None
    if security.password_file is not None:
        try:
            password = read_file(security.password_file).decode().rstrip("\r\n")
        except UnicodeDecodeError as err:
            raise SdError(f"{security.password_file} is not UTF-8 text") from err
    return Credentials(_policy(security, now_ns), security.user, password)


def expiring(security: OpcUaSecurity) -> list[Validity]:
    """Validity of the certificates that a device is met with, ours and its own; SdError names a bad file."""
    return [validity(path) for path in (security.certificate, security.server_certificate) if path is not None]


def _policy(security: OpcUaSecurity, now_ns: int) -> SecurityPolicy | None:
    if security.policy == "None":
        return None
    if security.certificate is None or security.private_key is None or security.server_certificate is None:
        raise SdError(f"policy {security.policy} needs certificate, private key and server certificate")
    for one in expiring(security):
        fault = one.fault(now_ns)
        if fault is not None:
            raise SdError(fault)
    ours, key = read(security.certificate), read_private_key(security.private_key)
    if security.application_uri not in uris(ours):
        raise SdError(f"certificate {security.certificate} was not made for {security.application_uri}")
    if ours.public_key() != key.public_key():
        raise SdError(f"{security.private_key} is not the key of certificate {security.certificate}")
    theirs = read(security.server_certificate)
    return _POLICIES[security.policy](theirs, ours, key, ua.MessageSecurityMode.SignAndEncrypt)  # type: ignore[no-untyped-call]
