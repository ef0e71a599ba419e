"""What pymodbus is taught: read answers that keep their bytes, and framing that says what is wrong with an answer.

pymodbus' own classes build a list of registers and a text of it per answer, skip what they do not understand until
the time-out, and raise inside the event loop on an unknown function.
"""

import struct
from collections.abc import Callable
from typing import Final

from pymodbus.framer.socket import FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU

_HEADER: Final = struct.Struct(">HHHB")  # transaction, protocol (0), bytes from the unit on, unit
_MAX_LENGTH: Final = 254  # unit and the 253 bytes that a PDU may have


class RawRegisters(ModbusPDU):
    """Answer to "read holding registers": the bytes of the registers as they came."""

    function_code = 3

    def __init__(self) -> None:  # not ModbusPDU's: a dozen fields that a read does not need
        self.dev_id = 0
        self.transaction_id = 0
        self.raw = b""

    def decode(self, data: bytes) -> None:
        """Keep the bytes; ValueError if the answer contradicts its own byte count."""
        if not data or data[0] != len(data) - 1:
            raise ValueError("byte count")
        self.raw = data[1:]

    def __str__(self) -> str:
        return f"RawRegisters({self.function_code}, {len(self.raw)} bytes)"


class RawInputRegisters(RawRegisters):
    """Answer to "read input registers"."""

    function_code = 4


class RawCoils(RawRegisters):
    """Answer to "read coils": eight in a byte, the first in the lowest bit."""

    function_code = 1


class RawDiscreteInputs(RawRegisters):
    """Answer to "read discrete inputs", as coils."""

    function_code = 2


RAW_ANSWERS: Final = (RawRegisters, RawInputRegisters, RawCoils, RawDiscreteInputs)


class Garbled(ModbusPDU):
    """Stands for an answer that cannot be used; text says why."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class CheckedFramer(FramerSocket):
    """Modbus TCP framing that gives an answer only to the request it belongs to.

    It awaits the answer to transaction (0: none yet) from unit and hands it to take. Answers of other transactions are
    dropped whole, so a late one can neither be matched with the next request nor shift the stream; dropped counts them.
    An answer of the right transaction that is wrong is handed over as Garbled at once. lost is set when the stream can
    no longer be followed: the connection is then of no use.
    """

    def __init__(self, decoder: DecodePDU) -> None:
        super().__init__(decoder)
        self.transaction = 0
        self.unit = 0
        self.dropped = 0
        self.lost = False
        self.take: Callable[[ModbusPDU], None] = _nobody

    def handleFrame(self, data: bytes, exp_devid: int, exp_tid: int) -> tuple[int, None]:  # noqa: ARG002, N802
        """Hand the awaited answer over if it has come; the bytes that are done with. Called by pymodbus."""
        used, come = 0, len(data)
        while come - used >= _HEADER.size:
            transaction, protocol, length, unit = _HEADER.unpack_from(data, used)
            if protocol or not 2 <= length <= _MAX_LENGTH:
                self.lost = True
                if self.transaction:
                    self.take(Garbled("the answer is not Modbus TCP"))
                return come, None
            start, end = used + _HEADER.size, used + 6 + length
            if end > come:
                break
            used = end
            if transaction and transaction == self.transaction:
                self.take(self._answer(data[start:end], unit))
            else:
                self.dropped += 1
        return used, None

    def _answer(self, payload: bytes, unit: int) -> ModbusPDU:
        if unit != self.unit:
            return Garbled(f"unit {unit} answered instead of unit {self.unit}")
        answer: ModbusPDU | None = self.decoder.decode(payload)
        if answer is None:
            return Garbled(f"the answer to function {payload[0] & 0x7F} cannot be read ({len(payload)} bytes)")
        return answer


def _nobody(answer: ModbusPDU) -> None:
    """Drop an answer that nobody awaits."""
