"""Every failure of the server as one JSON shape: `{"error": {"code", "message", "hint"}}`.

What Trimtab raises on purpose carries its own code and status. What a library raises for bad input (a body that does
not fit, text that a store cannot hold) becomes `invalid_input`; a store that does not answer becomes `unavailable`;
anything else is a bug of ours, which the log has in full and the caller gets by its request id only.
"""

import logging
from http import HTTPStatus
from typing import Final

import sqlalchemy.exc
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from trimtab.base.errors import InvalidInput, TooManyRequests, TrimtabError, Unavailable
from trimtab.server.static import Console

_LOG = logging.getLogger(__name__)
_SHOWN_PROBLEMS: Final = 5
_RETRY_UNAVAILABLE_S: Final = "1"

_CODES: Final = {
    400: "invalid_input",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    503: "unavailable",
}


class ErrorDetail(BaseModel):
    """What was wrong, by a stable code and in words, and what to do about it."""

    code: str
    message: str
    hint: str


class ErrorBody(BaseModel):
    """The shape of every error."""

    error: ErrorDetail


def response(status: int, code: str, message: str, hint: str = "", headers: dict[str, str] | None = None) -> Response:
    """Return an error in the one shape."""
    content = {"error": {"code": code, "message": message, "hint": hint}}
    return JSONResponse(content, status_code=status, headers=headers)


def response_to(error: TrimtabError) -> Response:
    """Return the answer to an error of the tree."""
    headers = {}
    if isinstance(error, TooManyRequests):
        headers["retry-after"] = str(error.retry_after_s)
    if isinstance(error, Unavailable):
        headers["retry-after"] = _RETRY_UNAVAILABLE_S
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return response(error.status, error.exact_code, error.message, error.hint, headers)


def unexpected(request_id: str) -> Response:
    """Return the answer to a bug of ours."""
    return response(
        500,
        "internal",
        f"something went wrong in the server; the log has it under the request id {request_id}",
        "Please report it with that part of the log.",
    )


def install(app: FastAPI, console: Console) -> None:
    """Have the app answer every error in the one shape, and unknown pages of a browser with the console."""

    def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
        if error.status_code == HTTPStatus.NOT_FOUND and request.method in {"GET", "HEAD"}:
            page = console.respond(request.url.path, request.headers)
            if page is not None:
                return page
        return _of_http(request, error)

    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(TrimtabError, _on_trimtab)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(sqlalchemy.exc.DBAPIError, _on_database)
    app.add_exception_handler(UnicodeEncodeError, _on_unicode)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)


def _of_http(request: Request, error: HTTPException) -> Response:
    status = error.status_code
    code = _CODES.get(status, "invalid_input" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "internal")
    message, hint = str(error.detail), ""
    if status == HTTPStatus.NOT_FOUND:
        message = f"there is nothing at {request.url.path!r}"
        hint = "GET /api/v1/openapi.json describes every route."
    elif status == HTTPStatus.METHOD_NOT_ALLOWED:
        message = f"{request.url.path!r} does not take {request.method}"
        hint = f"It takes {allowed}." if (allowed := (error.headers or {}).get("Allow")) else ""
    return response(status, code, message, hint, dict(error.headers or {}))


def _on_trimtab(_request: Request, error: Exception) -> Response:
    assert isinstance(error, TrimtabError)  # noqa: S101 - registered for this class
    return response_to(error)


def _on_validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    problems = [_problem(problem["loc"], problem["msg"]) for problem in error.errors()]
    more = len(problems) - _SHOWN_PROBLEMS
    text = "; ".join(problems[:_SHOWN_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")
    return response_to(
        InvalidInput(text, hint="GET /api/v1/openapi.json describes what each route takes; nothing was changed.")
    )


def _problem(place: tuple[int | str, ...], message: str) -> str:
    # Only the place and the rule: the value found may be a password.
    return f"{'.'.join(str(part) for part in place)}: {message[:1].lower()}{message[1:]}"


def _on_database(_request: Request, error: Exception) -> Response:
    if isinstance(error, sqlalchemy.exc.DataError):
        return response_to(InvalidInput("the store cannot hold a value of this request", hint=_TEXT_HINT))
    _LOG.error("the meta store failed", exc_info=error)
    return response_to(Unavailable("the meta store does not answer", hint="Try again; the server's log says more."))


def _on_unicode(_request: Request, _error: Exception) -> Response:
    return response_to(InvalidInput("the request holds text that is not valid Unicode", hint=_TEXT_HINT))


def _on_disconnect(_request: Request, _error: Exception) -> Response:
    # A sender that was killed in the middle of its body is no failure of the server. Nobody hears this answer.
    return response_to(InvalidInput("the body broke off before its end"))


_TEXT_HINT: Final = "Leave out NUL characters and lone surrogates."
