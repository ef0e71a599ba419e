"""Application certificates of OPC UA: make our own, read others', tell how long they last."""

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError

WARN_DAYS: Final = 30  # before a certificate ends: time enough to have a new one trusted by every server
_DAY_NS: Final = 86_400 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Validity:
    """From when to when a certificate holds, ns UTC."""

    path: Path
    begin_ns: int
    end_ns: int

    def days_left(self, now_ns: int) -> float:
        """Days until it ends; negative once it has."""
        return (self.end_ns - now_ns) / _DAY_NS

    def fault(self, now_ns: int) -> str | None:
        """Why it does not hold now, as a sentence; None if it does."""
        if now_ns > self.end_ns:
            return f"certificate {self.path} ended on {_date(self.end_ns)}"
        if now_ns < self.begin_ns:
            return f"certificate {self.path} holds only from {_date(self.begin_ns)}"
        return None


def create(certificate: Path, private_key: Path, application_uri: str, *, now_ns: int, days: int = 3 * 365) -> Validity:
    """Write a new self-signed client certificate (DER) and its key (PEM, readable by its owner only).

    SdError if one of the files is there already: a certificate that servers trust is not replaced by accident.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    signed = _signed(key, application_uri, now_ns, days)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write_new(private_key, pem, 0o600)
    try:
        _write_new(certificate, signed.public_bytes(serialization.Encoding.DER), 0o644)
    except SdError:
        private_key.unlink()
        raise
    return _validity(certificate, signed)


def read(path: Path) -> x509.Certificate:
    """Read a certificate, DER or PEM; SdError names the file."""
    content = read_file(path)
    load = x509.load_pem_x509_certificate if content.startswith(b"-----") else x509.load_der_x509_certificate
    try:
        return load(content)
    except ValueError as err:
        raise SdError(f"{path} holds no certificate") from err


def read_private_key(path: Path) -> rsa.RSAPrivateKey:
    """Read an RSA key, PEM or DER, without passphrase; SdError names the file."""
    content = read_file(path)
    pem = content.startswith(b"-----")
    load = serialization.load_pem_private_key if pem else serialization.load_der_private_key
    try:
        key = load(content, password=None)
    except (ValueError, TypeError) as err:  # TypeError: it has a passphrase
        raise SdError(f"{path} holds no private key that can be read without a passphrase") from err
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SdError(f"{path} holds a key that is not RSA, which the security policies need")
    return key


def read_file(path: Path) -> bytes:
    """Content of a file; SdError names it if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as err:
        raise SdError(f"{path} cannot be read: {err.strerror}") from err


def validity(path: Path) -> Validity:
    """From when to when the certificate in a file holds; SdError names the file."""
    return _validity(path, read(path))


def uris(certificate: x509.Certificate) -> list[str]:
    """Application URIs that a certificate was made for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.UniformResourceIdentifier)


def _signed(key: rsa.RSAPrivateKey, application_uri: str, now_ns: int, days: int) -> x509.Certificate:
    """What OPC 10000-6, 6.2.2 asks of an application instance certificate."""
    now = datetime.fromtimestamp(now_ns // SECOND_NS, UTC)
    name = x509.Name([x509.NameAttribute(oid, "SD-anlegg") for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)])
    names = [x509.UniformResourceIdentifier(application_uri), x509.DNSName(socket.gethostname())]
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .not_valid_before(now - timedelta(days=1))  # a controller's clock may be behind
        .not_valid_after(now + timedelta(days=days))
        .serial_number(x509.random_serial_number())
        .public_key(public)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _validity(path: Path, certificate: x509.Certificate) -> Validity:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return Validity(path, int(begin.timestamp()) * SECOND_NS, int(end.timestamp()) * SECOND_NS)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise SdError(f"folder {path.parent} cannot be made: {err.strerror}") from err
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
    except FileExistsError as err:
        raise SdError(f"{path} is there already; move it away first") from err
    except OSError as err:
        raise SdError(f"{path} cannot be written: {err.strerror}") from err


def _date(ns: int) -> str:
    return f"{datetime.fromtimestamp(ns // SECOND_NS, UTC):%Y-%m-%d}"
