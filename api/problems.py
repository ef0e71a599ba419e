"""Errors as RFC 9457 problem details, never a traceback."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from traceback import format_exception
from typing import Any, cast
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.schemas import FieldError, Problem
from sdanlegg.errors import StoreError, UnknownPointError

log = structlog.get_logger("api")
PROBLEM_TYPE = "application/problem+json"
URN = "urn:sdanlegg:problem:"
BLANK = "about:blank"  # RFC 9457: nothing to say beyond the status
API_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

MAX_ERRORS = 20  # fields named in one answer
MESSAGES = {  # in place of pydantic's
    "missing": "is required",
    "extra_forbidden": "is no parameter of this route",
    "timezone_aware": "needs its offset from UTC, such as Z or %2B01:00",
}
Responses = dict[int | str, dict[str, Any]]  # as FastAPI takes them
ANY_ROUTE: Responses = {
    405: {"model": Problem, "description": "Method not allowed"},
    414: {"model": Problem, "description": "The address is too long"},
    500: {"model": Problem, "description": "An error of the service; it is in its log"},
}
ASKS_FOR_POINTS: Responses = {
    404: {"model": Problem, "description": "The hall has no such point; `detail` names it"},
    422: {"model": Problem, "description": "A field of the request cannot be what was sent; `errors` names it"},
}
NO_HISTORY: Responses = {503: {"model": Problem, "description": "The history cannot be read now, or not in time"}}


class RefusedError(Exception):
    """A request that cannot be met: the status and the words to say so."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}


def invalid(field: str, message: str) -> RefusedError:
    """Build the refusal of a field that cannot be what was sent."""
    errors = [FieldError(field=field, message=message)]
    return RefusedError(422, "invalid-request", "Invalid request", f"{field}: {message}", errors=errors)


def unknown_point(detail: str) -> RefusedError:
    """Build the refusal of a point that the hall does not have."""
    errors = [FieldError(field="point", message=detail)]
    return RefusedError(404, "unknown-point", "Unknown point", detail, errors=errors)


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Response with the problem; carries its own security headers, for it may be sent outside every middleware."""
    return Response(
        problem.model_dump_json(),
        problem.status,
        {**API_HEADERS, "Cache-Control": "no-store", **(headers or {})},
        PROBLEM_TYPE,
    )


def _refused(request: Request, error: RefusedError) -> Response:
    return answer(
        Problem(
            type=URN + error.kind,
            title=error.title,
            status=error.status,
            detail=error.detail,
            instance=instance(request),
            errors=list(error.errors),
        ),
        error.headers,
    )


def instance(request: Request) -> str:
    """Path of the request as a URI reference."""
    return quote(request.url.path)


async def on_refused(request: Request, error: Exception) -> Response:
    """Answer what the routes refuse."""
    return _refused(request, cast("RefusedError", error))


async def on_invalid(request: Request, error: Exception) -> Response:
    """Answer a request that does not fit its model: every field at fault, without what was sent."""
    found = cast("RequestValidationError", error).errors()
    errors = [FieldError(field=_field(fault["loc"]), message=_message(fault)) for fault in found[:MAX_ERRORS]]
    detail = "; ".join(f"{fault.field}: {fault.message}" for fault in errors)
    return _refused(request, RefusedError(422, "invalid-request", "Invalid request", detail, errors=errors))


def _field(location: Sequence[Any]) -> str:
    """Name of a field as the user wrote it: without where it stood in the request."""
    return ".".join(map(str, location[1:] if len(location) > 1 else location))[:80]


def _message(fault: Mapping[str, Any]) -> str:
    return MESSAGES.get(fault["type"]) or str(fault["msg"]).removeprefix("Value error, ")


async def on_http(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: no such route, method not allowed."""
    http = cast("HTTPException", error)
    phrase, path = HTTPStatus(http.status_code).phrase, instance(request)
    detail = http.detail if http.detail != phrase else f"{request.method} {path[:200]}: {phrase.lower()}"
    problem = Problem(type=BLANK, title=phrase, status=http.status_code, detail=detail, instance=path, errors=[])
    return answer(problem, _with_head(http.headers))


def _with_head(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Headers with HEAD among the methods wherever GET is: every GET can be asked so."""
    return {key: "GET, HEAD" if key == "Allow" and "GET" in value else value for key, value in (headers or {}).items()}


async def on_unknown_point(request: Request, error: Exception) -> Response:
    """Answer a point that the core does not know."""
    return _refused(request, unknown_point(str(error)))


async def on_store(request: Request, error: Exception) -> Response:
    """Answer while the history cannot be read."""
    return _refused(request, RefusedError(503, "store-unavailable", "History unavailable", str(error)))


async def on_unexpected(request: Request, error: Exception) -> Response:
    """Answer a fault of ours, and log it with its traceback."""
    log.error("request_failed", method=request.method, path=instance(request), err="".join(format_exception(error)))
    detail = "the service made an error; it is in the log"
    return _refused(request, RefusedError(500, "internal", "Internal error", detail))


def install(app: FastAPI) -> None:
    """Turn every error into a problem."""
    app.add_exception_handler(RefusedError, on_refused)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(UnknownPointError, on_unknown_point)
    app.add_exception_handler(StoreError, on_store)
    app.add_exception_handler(Exception, on_unexpected)
