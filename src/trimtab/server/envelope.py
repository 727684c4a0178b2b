"""What every request and every answer of the server gets: an id, security headers, a bound on the body, a measurement.

Plain ASGI, so that it costs microseconds and streams pass through untouched.
"""

import logging
import re
import time
from collections.abc import Mapping
from typing import Final

from fastapi.exceptions import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trimtab.base import ids
from trimtab.server import errors
from trimtab.server.metrics import Metrics

_LOG = logging.getLogger(__name__)
_OWN_ERRORS: Final = ("/v1/traces", "/v1/logs", "/v1/metrics")
"""Paths whose errors have OTLP's form: there the route says that a body is too large, at the byte that is too much."""
_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")

SECURITY_HEADERS: Final = {
    # The console is one bundle of our own; charts set style attributes, images may be data URLs.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
        "worker-src 'self' blob:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Envelope:
    """Wraps the whole app."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        patterns: Mapping[object, str],
        max_body_bytes: int,
        is_secure: bool,
    ) -> None:
        """Refuse bodies above the limit.

        Args:
            app: what is wrapped.
            metrics: where requests are counted.
            patterns: the path pattern of each route, by its function.
            max_body_bytes: the limit.
            is_secure: whether browsers come over HTTPS only.
        """
        self._app = app
        self._metrics = metrics
        self._patterns = patterns
        self._max_body_bytes = max_body_bytes
        self._headers = dict(SECURITY_HEADERS)
        if is_secure:
            self._headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _GIVEN_ID.fullmatch(given) else ids.new("req")
        status = 0

        async def send_in_envelope(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._complete(MutableHeaders(scope=message), scope["path"], request_id)
            await send(message)

        bounded = _BoundedBody(receive, self._max_body_bytes)
        try:
            if not scope["path"].endswith(_OWN_ERRORS):
                bounded.refuse_announced(headers.get("content-length", ""))
            await self._app(scope, bounded, send_in_envelope)
        except HTTPException as error:
            await errors.response(error.status_code, "too_large", str(error.detail))(scope, receive, send_in_envelope)
        except Exception:
            _LOG.exception("request %s: %s %s failed", request_id, scope["method"], scope["path"])
            if status:
                raise
            await errors.unexpected(request_id)(scope, receive, send_in_envelope)
        finally:
            pattern = self._patterns.get(scope.get("endpoint"), "other")
            self._metrics.observe(scope["method"], pattern, status or 500, time.perf_counter() - started)

    def _complete(self, headers: MutableHeaders, path: str, request_id: str) -> None:
        headers["x-request-id"] = request_id
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        if path.startswith("/api/"):
            headers.setdefault("cache-control", "no-store")


class _BoundedBody:
    """The body of one request; reading past the limit fails."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._received = 0

    def refuse_announced(self, content_length: str) -> None:
        """Refuse a body by the length that its header announces, before any of it is read."""
        if content_length.isdecimal() and int(content_length) > self._limit:
            raise self._too_large()

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            if self._received > self._limit:
                raise self._too_large()
        return message

    def _too_large(self) -> HTTPException:
        return HTTPException(413, f"the body is larger than the limit of {self._limit} bytes")
