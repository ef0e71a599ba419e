"""Modbus servers of two other makers: libmodbus (C, compiled here) and pyModbusTCP."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from pyModbusTCP.server import DataBank, ModbusServer  # type: ignore[import-untyped]

SOURCE = Path(__file__).with_name("modbus_peer.c")


def build_peer(folder: Path) -> Path:
    """Compile the libmodbus server into the folder; fails, with the compiler's words, where it cannot."""
    program = folder / "modbus_peer"
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "libmodbus"], check=True, capture_output=True, text=True
    ).stdout.split()
    command = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(SOURCE), *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return program


class Peer:
    """A running libmodbus server; what it holds is set and read while it serves."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port

    async def set(self, table: str, address: int, values: Iterable[int], unit: int = 1) -> None:
        """Set registers (16-bit words) or bits."""
        await self._tell(f"set {unit} {table} {address} {' '.join(map(str, values))}")

    async def refuse(self, table: str, address: int, count: int, unit: int = 1) -> None:
        """Answer exception 2 to reads and writes that touch these addresses."""
        await self._tell(f"refuse {unit} {table} {address} {count}")

    async def get(self, table: str, address: int, count: int, unit: int = 1) -> list[int]:
        """What the server holds now."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"get {unit} {table} {address} {count}\n".encode())
        return [int(word) for word in (await self.process.stdout.readline()).split()]

    async def _tell(self, line: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\nsync\n".encode())
        assert await self.process.stdout.readline() == b"ok\n"


@asynccontextmanager
async def running_peer(program: Path, port: int = 0) -> AsyncIterator[Peer]:
    """Run the libmodbus server for a while, on this port or one of its own."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(str(program), str(port), stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield Peer(process, int(await process.stdout.readline()))
    finally:
        if process.returncode is None:
            process.kill()
        process.stdin.close()
        await process.wait()


@contextmanager
def second_maker() -> Iterator[tuple[DataBank, int]]:
    """Run a pyModbusTCP server; gives its data bank and its port."""
    bank = DataBank()
    server = ModbusServer("127.0.0.1", 0, no_block=True, data_bank=bank)
    server.start()
    try:
        yield bank, server._service.server_address[1]
    finally:
        server.stop()
