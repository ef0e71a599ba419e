"""An OPC UA server in a process of its own: it can be killed, started again at the same address, and frozen."""

import json
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class ServerProcess:
    """A server that takes one JSON command a line and answers each with the line "done"."""

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        self.port = free_port()
        self._folder = folder
        self._command = command
        self._process: subprocess.Popen[str] | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and not killed since."""
        return self._process is not None

    def start(self, *options: str) -> None:
        """Start it, at the same address every time; returns when it serves."""
        assert self._process is None, "it is running already"
        self._process = subprocess.Popen(
            [*self._command, "--port", str(self.port), *options],
            cwd=self._folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._wait()

    def set(self, node: str, value: Any, type_: str, **more: str) -> None:
        """Let a node have this value; status= (a name) and source= (ISO time) as wanted."""
        self.tell({"set": node, "value": value, "type": type_, **more})

    def tell(self, command: Mapping[str, Any]) -> None:
        """Send one command and wait until it is carried out."""
        pipe = self._running().stdin
        assert pipe is not None
        pipe.write(json.dumps(command) + "\n")
        pipe.flush()
        self._wait()

    def freeze(self) -> None:
        """Let it stand still: its connections remain, nothing is answered."""
        self._running().send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._running().send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a word; may be called twice."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()

    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None, "the server is not running"
        return self._process

    def _wait(self) -> None:
        pipe = self._running().stdout
        assert pipe is not None
        said: list[str] = []
        while (line := pipe.readline()) != "done\n":
            assert line, f"the server ended: {''.join(said)}"
            said.append(line)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
