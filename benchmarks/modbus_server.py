"""The responder that the benchmarks read from: modbus_server.c, compiled here, in a process of its own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.machine import pin

SOURCE = Path(__file__).with_suffix(".c")


class Responder:
    """A running responder with its ports; it answers or keeps silent as it is told."""

    def __init__(self, process: "subprocess.Popen[str]", ports: tuple[int, ...]) -> None:
        self._process = process
        self.ports = ports

    def mute(self, count: int) -> None:
        """Let the first ports take connections and requests without an answer; 0 lets all answer."""
        self._tell(f"mute {count}")

    def answers(self) -> int:
        """Return how many requests it has answered."""
        return int(self._tell("answers"))

    def _tell(self, line: str) -> str:
        sending, answering = self._process.stdin, self._process.stdout
        assert sending is not None
        assert answering is not None
        sending.write(line + "\n")
        sending.flush()
        return answering.readline()


@contextmanager
def responder(ports: int) -> Iterator[Responder]:
    """Run a responder with that many ports on the second core; it ends with the block."""
    with TemporaryDirectory(prefix="sdanlegg-bench-") as folder:
        program = Path(folder) / "modbus_server"
        subprocess.run(["cc", "-O2", "-Wall", "-o", str(program), str(SOURCE)], check=True)
        command = [str(program), str(ports)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            pin(1, process.pid)
            yield Responder(process, tuple(map(int, process.stdout.readline().split())))
            process.communicate()  # the end of its input ends it
