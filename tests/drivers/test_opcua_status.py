"""Status codes -> quality: the severity always, the reason where the code tells it."""

import pytest
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes, code_to_name_doc
from hypothesis import given
from hypothesis import strategies as st

from drivers.opcua_status import is_too_busy, name_of, quality_of
from sdanlegg.quality import BAD, BUSY, COMM, CONFIG, GOOD, MANUAL, RANGE, SENSOR, STALE, UNCERTAIN, severity


def of(name: str) -> int:
    return quality_of(ua.StatusCode(getattr(StatusCodes, name)))


@pytest.mark.parametrize(
    ("name", "quality"),
    [
        ("Good", GOOD),
        ("GoodClamped", GOOD),
        ("GoodLocalOverride", GOOD | MANUAL),
        ("Uncertain", UNCERTAIN),
        ("UncertainLastUsableValue", UNCERTAIN | STALE),
        ("UncertainNoCommunicationLastUsableValue", UNCERTAIN | COMM | STALE),
        ("UncertainEngineeringUnitsExceeded", UNCERTAIN | RANGE),
        ("UncertainSensorNotAccurate", UNCERTAIN | SENSOR),
        ("Bad", BAD | SENSOR),
        ("BadNodeIdUnknown", BAD | CONFIG),
        ("BadAttributeIdInvalid", BAD | CONFIG),
        ("BadNotReadable", BAD | CONFIG),
        ("BadSensorFailure", BAD | SENSOR),
        ("BadDeviceFailure", BAD | SENSOR),
        ("BadOutOfService", BAD | SENSOR),
        ("BadCommunicationError", BAD | COMM),
        ("BadNoCommunication", BAD | COMM),
        ("BadNotConnected", BAD | COMM),
        ("BadWaitingForInitialData", BAD | COMM),
        ("BadResourceUnavailable", BAD | BUSY),
        ("BadAggregateNotSupported", BAD | SENSOR),
    ],
)
def test_a_status_has_its_quality(name: str, quality: int) -> None:
    assert of(name) == quality


def test_no_status_is_good() -> None:
    assert quality_of(None) == GOOD


@pytest.mark.parametrize(("code", "name"), [(code, name) for code, (name, _) in sorted(code_to_name_doc.items())])
def test_every_code_of_the_standard_keeps_its_severity(code: int, name: str) -> None:
    assert name.lower().startswith(severity(quality_of(ua.StatusCode(code))))


@given(st.integers(0, 0xFFFF_FFFF))
def test_any_code_has_a_quality_of_its_severity(code: int) -> None:
    expected = {0: "good", 1: "uncertain", 2: "bad", 3: "bad"}[code >> 30]
    assert severity(quality_of(ua.StatusCode(code))) == expected


@given(st.integers(0, 0xFFFF))
def test_limit_and_overflow_bits_change_nothing(bits: int) -> None:
    code = StatusCodes.UncertainLastUsableValue | bits
    assert quality_of(ua.StatusCode(code)) == UNCERTAIN | STALE


def test_a_busy_server_keeps_its_connection_and_a_lost_session_does_not() -> None:
    assert is_too_busy(StatusCodes.BadServerTooBusy)
    assert is_too_busy(StatusCodes.BadTooManyOperations)
    assert not is_too_busy(StatusCodes.BadSessionIdInvalid)
    assert not is_too_busy(StatusCodes.BadSecureChannelClosed)


def test_a_code_is_called_by_its_name() -> None:
    assert name_of(StatusCodes.BadTypeMismatch | 0x480) == "BadTypeMismatch"
    assert name_of(0x8FFF_0000) == "status 0x8FFF0000"
