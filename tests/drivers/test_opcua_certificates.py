"""Certificates: made once, readable by their owner, with a day on which they end."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from drivers.opcua_certificates import Validity, create, read, read_private_key, uris, validity
from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError

URI = "urn:sdanlegg:collector"
NOW_NS = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp()) * SECOND_NS
DAY_NS = 86_400 * SECOND_NS


@pytest.fixture
def made(tmp_path: Path) -> Validity:
    return create(tmp_path / "own" / "client.der", tmp_path / "own" / "client.pem", URI, now_ns=NOW_NS, days=100)


def test_a_certificate_is_made_for_our_uri(made: Validity) -> None:
    certificate, key = read(made.path), read_private_key(made.path.with_suffix(".pem"))
    assert uris(certificate) == [URI]
    assert certificate.public_key() == key.public_key()
    assert certificate.public_key().verify  # RSA, which the policies need
    certificate.verify_directly_issued_by(certificate)


def test_the_key_is_for_its_owner_only(made: Validity) -> None:
    assert stat.S_IMODE(made.path.with_suffix(".pem").stat().st_mode) == 0o600


def test_its_days_are_counted(made: Validity) -> None:
    assert validity(made.path) == made
    assert made.days_left(NOW_NS) == 100
    assert made.days_left(NOW_NS + 101 * DAY_NS) == -1


def test_it_holds_between_its_days(made: Validity) -> None:
    assert made.fault(NOW_NS) is None
    assert made.fault(NOW_NS - DAY_NS // 2) is None
    assert made.fault(NOW_NS + 101 * DAY_NS) == f"certificate {made.path} ended on 2026-09-09"
    assert made.fault(NOW_NS - 2 * DAY_NS) == f"certificate {made.path} holds only from 2026-05-31"


@pytest.mark.parametrize("there", ["client.der", "client.pem"])
def test_what_is_there_is_not_replaced(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_bytes(b"mine")
    with pytest.raises(SdError, match=f"{there} is there already"):
        create(tmp_path / "client.der", tmp_path / "client.pem", URI, now_ns=NOW_NS)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [(there, b"mine")]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SdError, match=r"folder .*file cannot be made: File exists"):
        create(tmp_path / "file" / "client.der", tmp_path / "file" / "client.pem", URI, now_ns=NOW_NS)


def test_pem_is_read_as_well(made: Validity, tmp_path: Path) -> None:
    certificate = read(made.path)
    other = tmp_path / "client.crt"
    other.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    assert read(other) == certificate


@pytest.mark.parametrize("content", [None, b"", b"not a certificate", b"-----BEGIN CERTIFICATE-----\n"])
def test_a_file_without_certificate_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "client.der"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SdError, match=r"client\.der (cannot be read|holds no certificate)"):
        read(path)


def pem(key: ec.EllipticCurvePrivateKey, password: bytes | None) -> bytes:
    secret = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "holds no private key"),
        (pem(ec.generate_private_key(ec.SECP256R1()), b"secret"), "without a passphrase"),
        (pem(ec.generate_private_key(ec.SECP256R1()), None), "not RSA"),
    ],
)
def test_a_key_that_does_not_serve_is_named(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "client.pem"
    path.write_bytes(content)
    with pytest.raises(SdError, match=rf"client\.pem .*{told}"):
        read_private_key(path)
