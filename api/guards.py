"""What holds for every request and every answer, whatever the route."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import API_HEADERS, BLANK, answer, instance
from api.schemas import Problem

MAX_QUERY = 32_768  # bytes: every point of a large hall by name


class Guards:
    """Answers HEAD as GET without the body, refuses endless addresses, adds security headers where a route set none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, guarded."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        guarded = _with_headers(send)
        if scope["method"] == "HEAD":
            scope, guarded = {**scope, "method": "GET"}, _without_body(guarded)
        if len(scope["query_string"]) > MAX_QUERY:
            return await _too_long(scope)(scope, receive, guarded)
        return await self._app(scope, receive, guarded)


def _too_long(scope: Scope) -> ASGIApp:
    detail = f"the query is {len(scope['query_string'])} bytes long, {MAX_QUERY} at most"
    path = instance(Request(scope))
    return answer(Problem(type=BLANK, title="URI Too Long", status=414, detail=detail, instance=path, errors=[]))


def _with_headers(send: Send) -> Send:
    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in API_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return add


def _without_body(send: Send) -> Send:
    """Send the head and an empty body; the rest is dropped, and an endless one sees its client gone."""

    async def cut(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return cut
