"""The twin's own OPC UA certificates: made once for each PLC, kept in a folder, so that clients can pin them."""

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError

DAYS: Final = 3650  # as long as a PLC's own: nobody renews the certificate of a controller in a cellar
TRUSTED: Final = "trusted"  # folder beside them with certificates of further clients


@dataclass(frozen=True, slots=True)
class Identity:
    """What a PLC shows its clients: a certificate and the key to it, each also as a file."""

    uri: str
    certificate_file: Path
    certificate: x509.Certificate
    key_file: Path
    key: rsa.RSAPrivateKey


def application_uri(device: str) -> str:
    """Application URI of a PLC of the twin."""
    return f"urn:sdanlegg:twin:{device}"


def identity(folder: Path, device: str, host: str, now_ns: int) -> Identity:
    """Read <device>.der and <device>.pem of a folder, or make what is missing; SdError names what is wrong."""
    file, key_file, uri = folder / f"{device}.der", folder / f"{device}.pem", application_uri(device)
    if file.exists() and not key_file.exists():
        raise SdError(f"{device}: {file} is there without its key {key_file}; remove it, or bring the key back")
    if key_file.exists():
        key = _read_key(key_file)
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        kind, how = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        _write(key_file, key.private_bytes(serialization.Encoding.PEM, kind, how), 0o600)
    if not file.exists():
        _write(file, _signed(key, device, uri, host, now_ns).public_bytes(serialization.Encoding.DER), 0o644)
    certificate = read_certificate(file)
    if certificate.public_key() != key.public_key():
        raise SdError(f"{device}: {key_file} is not the key of certificate {file}")
    if certificate.not_valid_after_utc.timestamp() < now_ns / SECOND_NS:
        raise SdError(f"{device}: certificate {file} ended on {certificate.not_valid_after_utc:%Y-%m-%d}; remove it")
    return Identity(uri, file, certificate, key_file, key)


def trusted_in(folder: Path) -> list[x509.Certificate]:
    """Certificates of further clients that may come: every .der and .pem in the folder `trusted`, none without it."""
    files = sorted((folder / TRUSTED).glob("*"))
    return [read_certificate(file) for file in files if file.suffix in {".der", ".pem"}]


def read_certificate(file: Path) -> x509.Certificate:
    """Read a certificate, DER or PEM; SdError names the file."""
    content = read_file(file)
    load = x509.load_pem_x509_certificate if content.startswith(b"-----") else x509.load_der_x509_certificate
    try:
        return load(content)
    except ValueError as error:
        raise SdError(f"{file} holds no certificate") from error


def read_file(file: Path) -> bytes:
    """Content of a file; SdError names it."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise SdError(f"{file} cannot be read: {error.strerror}") from error


def _read_key(file: Path) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(read_file(file), password=None)
    except (ValueError, TypeError) as error:  # TypeError: it has a passphrase
        raise SdError(f"{file} holds no private key that can be read without a passphrase") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SdError(f"{file} holds a key that is not RSA, which the security policies need")
    return key


def _signed(key: rsa.RSAPrivateKey, device: str, uri: str, host: str, now_ns: int) -> x509.Certificate:
    """What OPC 10000-6, 6.2.2 asks of an application instance certificate."""
    now = datetime.fromtimestamp(now_ns // SECOND_NS, UTC)
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "SD-anlegg")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"SD-anlegg twin {device}"), organisation])
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
    names = [x509.UniformResourceIdentifier(uri), _host(host), x509.DNSName(socket.gethostname())]
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .not_valid_before(now - timedelta(days=1))  # a client's clock may be behind
        .not_valid_after(now + timedelta(days=DAYS))
        .serial_number(x509.random_serial_number())
        .public_key(public)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(purposes, critical=False)
        .sign(key, hashes.SHA256())
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(file: Path, content: bytes, mode: int) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
            out.write(content)
    except OSError as error:
        raise SdError(f"the twin's certificate {file} cannot be written: {error.strerror}") from error
