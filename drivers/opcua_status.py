"""OPC UA status codes -> quality, and which of them make a connection useless; pure."""

from collections.abc import Iterable
from typing import Final

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes, get_name_and_doc

from sdanlegg.quality import BAD, BUSY, COMM, CONFIG, GOOD, MANUAL, RANGE, SENSOR, STALE, UNCERTAIN

_CODE: Final = 0xFFFF_0000  # the lower half holds limit, overflow and aggregate bits

_NAMES: Final = {
    COMM: (
        "BadCommunicationError BadNoCommunication BadNotConnected BadWaitingForInitialData BadServerNotConnected "
        "BadTimeout BadRequestTimeout BadConnectionClosed BadDisconnect BadServerHalted BadShutdown"
    ),
    CONFIG: (
        "BadNodeIdUnknown BadNodeIdInvalid BadNodeIdRejected BadAttributeIdInvalid BadIndexRangeInvalid "
        "BadIndexRangeNoData BadDataEncodingInvalid BadDataEncodingUnsupported BadNotReadable BadUserAccessDenied "
        "BadSecurityModeInsufficient BadNotSupported BadNotFound BadObjectDeleted BadNotImplemented "
        "BadNodeClassInvalid BadConfigurationError BadTypeMismatch BadStructureMissing BadDataTypeIdUnknown "
        "BadViewIdUnknown UncertainConfigurationError"
    ),
    SENSOR: (
        "BadSensorFailure BadDeviceFailure BadOutOfService BadNoData BadNoDataAvailable BadDataUnavailable BadDataLost "
        "BadNoValue UncertainSensorNotAccurate UncertainSensorCalibration UncertainSubNormal UncertainDataSubNormal "
        "UncertainSubstituteValue"
    ),
    RANGE: "BadOutOfRange BadNumericOverflow UncertainOverRange UncertainUnderRange UncertainEngineeringUnitsExceeded",
    STALE: "UncertainLastUsableValue UncertainInitialValue",
    COMM | STALE: "UncertainNoCommunicationLastUsableValue",
    MANUAL: "GoodLocalOverride UncertainTransducerInManual UncertainSimulatedValue",
    BUSY: (
        "BadResourceUnavailable BadOutOfMemory BadServerTooBusy BadTooManyOperations BadRequestTooLarge "
        "BadResponseTooLarge BadEncodingLimitsExceeded BadWouldBlock BadLocked"
    ),
}


def _codes(names: Iterable[str]) -> list[int]:
    return [int(getattr(StatusCodes, name)) for name in names]


_REASONS: Final = {code: reason for reason, names in _NAMES.items() for code in _codes(names.split())}
_TOO_BUSY: Final = frozenset(_codes(_NAMES[BUSY].split()))


def quality_of(status: ua.StatusCode | None) -> int:
    """Severity as OPC UA has it (11 counts as bad) with our reasons; no status is good (Part 6, 5.2.2.17).

    A bad code that is not listed is the device's own word that there is no value: SENSOR.
    """
    if status is None or status.value == StatusCodes.Good:
        return GOOD
    code = int(status.value)
    if code < UNCERTAIN << 16:
        return GOOD | _REASONS.get(code & _CODE, 0)
    if code < BAD << 16:
        return UNCERTAIN | _REASONS.get(code & _CODE, 0)
    return BAD | _REASONS.get(code & _CODE, SENSOR)


def is_too_busy(code: int) -> bool:
    """Whether a refused request means "not now": the session is still good."""
    return code & _CODE in _TOO_BUSY


def name_of(code: int) -> str:
    """Name of a status code, without its lower half; the number if nobody knows it."""
    name, doc = get_name_and_doc(code & _CODE)
    return f"status 0x{code:08X}" if doc.startswith("Unknown") else name
