"""A small HTTP server that answers as a test tells it to: statuses, headers, stalls, delays, closed connections."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """What is done with one request.

    delay_s: wait before answering. close: hang up without an answer. stall: never answer. torn: announce the body's
    length, send half of it and hang up.
    """

    status: int = 204
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    close: bool = False
    stall: bool = False
    torn: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]  # names in lower case
    body: bytes


class ScriptedHttp:
    """Answers with the script's entries, one a request, then as `answer` says, else with `otherwise`.

    All three may be changed at any time.
    """

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.answer: Callable[[Request], Answer] = lambda _: self.otherwise
        self.otherwise = Answer()
        self.requests: list[Request] = []
        self.url = ""
        self.open = 0  # connections at this moment

    @property
    def lines(self) -> list[bytes]:
        """Every line that was posted, answered or not."""
        return [line for request in self.requests if request.method == "POST" for line in request.body.splitlines()]

    @classmethod
    @asynccontextmanager
    async def serve(cls, port: int = 0) -> AsyncIterator["ScriptedHttp"]:
        """Listen on this machine until the block ends; connections that are open then are cut."""
        self = cls()
        async with asyncio.TaskGroup() as group:
            tasks: set[asyncio.Task[None]] = set()

            def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                task = group.create_task(self._connection(reader, writer))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

            server = await asyncio.start_server(accept, "127.0.0.1", port)
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            try:
                yield self
            finally:
                server.close()
                for task in tasks:
                    task.cancel()
                await server.wait_closed()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client hung up: a test's own way to end it
        finally:
            self.open -= 1
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Read one request and answer it; whether the connection stays open."""
        request = await _read(reader)
        self.requests.append(request)
        answer = self.script.pop(0) if self.script else self.answer(request)
        await asyncio.sleep(answer.delay_s)
        if answer.stall:
            await reader.read()  # until the client gives up
            return False
        if answer.close:
            return False
        writer.write(_head(answer))
        writer.write(answer.body[: len(answer.body) // 2] if answer.torn else answer.body)
        await writer.drain()
        return not answer.torn


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *rest = head.rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    url = urlsplit(target)
    return Request(method, url.path, parse_qs(url.query), headers, body)


def _head(answer: Answer) -> bytes:
    length = {} if answer.status == 204 else {"Content-Length": str(len(answer.body))}
    lines = [f"HTTP/1.1 {answer.status} Scripted", *(f"{k}: {v}" for k, v in (length | answer.headers).items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
