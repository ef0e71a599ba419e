"""Modbus requests as bytes, built once by pymodbus' own classes, and the judgement of their answers."""

from dataclasses import dataclass
from typing import Final

from pymodbus.framer.socket import FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu import bit_message as bits
from pymodbus.pdu import register_message as registers

from drivers.modbus_plan import Block
from drivers.modbus_response import Garbled, RawRegisters
from sdanlegg.errors import DeviceError
from sdanlegg.quality import BAD, BUSY, COMM, CONFIG

_READS: Final[dict[str, type[ModbusPDU]]] = {
    "coil": bits.ReadCoilsRequest,
    "discrete": bits.ReadDiscreteInputsRequest,
    "holding": registers.ReadHoldingRegistersRequest,
    "input": registers.ReadInputRegistersRequest,
}
# Modbus Application Protocol V1.1b3, 7: what each code says, and how the points of the request are marked.
_CODES: Final = {
    1: ("illegal function", BAD | CONFIG),
    2: ("illegal data address", BAD | CONFIG),
    3: ("illegal data value", BAD | CONFIG),
    4: ("device failure", BAD | COMM),
    5: ("accepted, but not finished", BAD | BUSY),
    6: ("device busy", BAD | BUSY),
    8: ("memory parity error", BAD | COMM),
    10: ("gateway path unavailable", BAD | COMM),
    11: ("gateway target does not respond", BAD | COMM),
}
TOO_MUCH: Final = (2, 3)  # what devices answer to a read that is too long or goes across a hole
GATEWAY: Final = (10, 11)


class RefusalError(DeviceError):
    """The device answered with a Modbus exception."""

    def __init__(self, code: int) -> None:
        text, quality = _CODES.get(code, ("unknown code", BAD | COMM))
        self.code = code
        super().__init__(f"refused with exception {code} ({text})", quality)


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its bytes after the transaction number, and what a right answer to it must be.

    A read's answer holds size bytes of values; a write's answer repeats echo.
    """

    unit: int
    function: int
    tail: bytes
    size: int = 0
    echo: bytes = b""


def read_request(unit: int, block: Block) -> Request:
    """Build the request that reads a block of a unit."""
    return _request(_READS[block.table](dev_id=unit, address=block.address, count=block.count), size=block.size)


def write_coil(unit: int, address: int, on: int) -> Request:
    """Build the request that switches one coil (function 5)."""
    return _request(bits.WriteSingleCoilRequest(dev_id=unit, address=address, bits=[bool(on)]), echoed=4)


def write_registers(unit: int, address: int, words: list[int]) -> Request:
    """Build the request that writes registers: function 6 for one, 16 for several."""
    if len(words) == 1:
        return _request(registers.WriteSingleRegisterRequest(dev_id=unit, address=address, registers=words), echoed=4)
    many = registers.WriteMultipleRegistersRequest(dev_id=unit, address=address, registers=words)
    return _request(many, echoed=4)


def judge(request: Request, answer: ModbusPDU) -> bytes:
    """Return the values of a right answer (b"" for a write); DeviceError, RefusalError with a code, for any other."""
    if isinstance(answer, Garbled):
        raise DeviceError(answer.text)
    if isinstance(answer, ExceptionResponse) and answer.function_code == request.function | 0x80:
        raise RefusalError(answer.exception_code)
    if answer.function_code != request.function:
        raise DeviceError(f"the answer is to function {answer.function_code & 0x7F}, not {request.function}")
    if isinstance(answer, RawRegisters):
        if len(answer.raw) != request.size:
            raise DeviceError(f"the answer holds {len(answer.raw)} bytes instead of {request.size}")
        return answer.raw
    if answer.encode() != request.echo:
        raise DeviceError("the answer to the write does not repeat it: what the device took is unknown")
    return b""


def _request(pdu: ModbusPDU, size: int = 0, echoed: int = 0) -> Request:
    frame = FramerSocket(DecodePDU(is_server=False)).buildFrame(pdu)
    return Request(pdu.dev_id, pdu.function_code, frame[2:], size, frame[8 : 8 + echoed])
