"""The hot path: from a request on the wire to the relay, with nothing on the way that could be done before or after."""

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable
from typing import Final, Protocol

from granian._granian import RSGIProtocolClosed as ProtocolClosed
from granian._granian import RSGIProtocolError as ProtocolError

from trimtab.base import ids
from trimtab.gateway import admission, record, request, resolve
from trimtab.gateway.admission import RequestHeaders
from trimtab.gateway.answers import JSON_HEADERS, Headers, encode, error_body
from trimtab.gateway.catalog import Catalog
from trimtab.gateway.flight import Ending, Flight, Watch
from trimtab.gateway.metrics import Metrics
from trimtab.gateway.options import Options
from trimtab.gateway.record import CLIENT_CLOSED, Recorder
from trimtab.gateway.refusal import INTERNAL, TIMEOUT, UNAVAILABLE, Refusal
from trimtab.gateway.relay import Exchange, HttpProtocol, Relay
from trimtab.gateway.snapshot import Key
from trimtab.gateway.snapshot_client import SnapshotClient
from trimtab.gateway.status import Status
from trimtab.llm.call import Call, Outcome

log = logging.getLogger(__name__)

CHAT: Final = "/v1/chat/completions"
MODELS: Final = "/v1/models"

_UNPRINTABLE: Final = re.compile(r"[^A-Za-z0-9_.-]")
_HEADER_CHARS: Final = 1000
_BODY_WITHIN_S: Final = 60.0


class Scope(Protocol):
    """Granian's view of a request's head."""

    method: str
    path: str

    @property
    def headers(self) -> RequestHeaders:
        """The headers, by lower-case name."""
        ...


class Incoming(HttpProtocol, Protocol):
    """Granian's protocol object, with the reading side."""

    def __call__(self) -> Awaitable[bytes]:
        """Return the whole body."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body in pieces."""
        ...


class Edge:
    """Answers every request of a worker."""

    def __init__(
        self,
        snapshots: SnapshotClient,
        relay: Relay,
        recorder: Recorder,
        watch: Watch,
        status: Status,
        metrics: Metrics,
        options: Options,
    ) -> None:
        """Serve by whatever catalog `snapshots` holds when a call begins."""
        self._snapshots = snapshots
        self._relay = relay
        self._recorder = recorder
        self._watch = watch
        self._status = status
        self._metrics = metrics
        self._max_body = options.max_body_bytes

    async def handle(self, scope: Scope, protocol: Incoming) -> None:
        """Answer one request."""
        if scope.path == CHAT and scope.method == "POST":
            await self._chat(scope, protocol)
            return
        try:
            status, headers, body = self._small(scope)
        except Refusal as refusal:
            self._metrics.count_stranger(refusal.exact_code)
            status, headers, body = refusal.http_status, _stranger_headers(refusal), error_body(refusal)
        protocol.response_bytes(status, headers, b"" if scope.method == "HEAD" else body)

    async def _chat(self, scope: Scope, protocol: Incoming) -> None:
        started_ns = time.time_ns()
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - Granian runs each request in a task
        flight = Flight(protocol, task, time.monotonic() + _BODY_WITHIN_S, "body")
        self._watch.start(flight)
        call: Call | None = None
        try:
            catalog = self._catalog()
            headers = scope.headers
            key = admission.identify(catalog, headers, started_ns)
            call = record.begin(key, headers, started_ns)
            body = await self._read_body(headers, protocol)
            exchange = _plan(catalog, key, call, body, protocol, flight)
            if call.stream:
                await self._relay.stream(exchange)
            else:
                await self._relay.plain(exchange)
        except Refusal as refusal:
            self._refuse(protocol, call, refusal)
        except asyncio.CancelledError:
            if not flight.was_ended():
                raise
            self._give_up(protocol, call, flight)
        except ProtocolClosed:
            _note_gone(call, self._recorder)
        except Exception:
            # The boundary of the hot path: whatever is wrong in it is one call's loss, recorded and counted.
            log.exception("a call failed inside the gateway")
            self._fail(protocol, call)
        finally:
            self._watch.land(flight)

    async def _read_body(self, headers: RequestHeaders, protocol: Incoming) -> bytes:
        length = headers.get("content-length")
        if length is not None:
            if int(length) > self._max_body:
                raise _too_large(self._max_body)
            return await protocol()
        parts: list[bytes] = []
        size = 0
        async for part in protocol:
            size += len(part)
            if size > self._max_body:
                raise _too_large(self._max_body)
            parts.append(part)
        return b"".join(parts)

    def _refuse(self, protocol: HttpProtocol, call: Call | None, refusal: Refusal) -> None:
        if call is None:
            self._metrics.count_stranger(refusal.exact_code)
            headers = _stranger_headers(refusal)
        else:
            record.note_ending(call, Outcome.REFUSED, refusal.http_status, refusal)
            self._recorder.write(call)
            headers = _refusal_headers(refusal) + _call_headers(call)
        protocol.response_bytes(refusal.http_status, headers, error_body(refusal))

    def _fail(self, protocol: HttpProtocol, call: Call | None) -> None:
        broken = Refusal(500, "internal", "the gateway failed on this call", type_=INTERNAL, hint="Its log says why.")
        if call is not None and not call.ended_ns:
            outcome = Outcome.UPSTREAM_ERROR if call.attempts else Outcome.REFUSED
            record.note_ending(call, outcome, broken.http_status, broken)
            self._recorder.write(call)
        # An answer may have begun already; then its breaking off is all that can be said.
        with contextlib.suppress(ProtocolError):
            protocol.response_bytes(broken.http_status, JSON_HEADERS, error_body(broken))

    def _give_up(self, protocol: HttpProtocol, call: Call | None, flight: Flight) -> None:
        """End a call whose body never came whole."""
        if flight.ending is Ending.CLIENT_GONE:
            _note_gone(call, self._recorder)
            return
        late = Refusal(408, "body_timeout", "the body did not arrive in time", type_=TIMEOUT, hint="Send it at once.")
        self._refuse(protocol, call, late)

    def _small(self, scope: Scope) -> tuple[int, Headers, bytes]:
        """Answer everything but calls."""
        path = scope.path
        known = _METHODS.get(MODELS if path.startswith(MODELS + "/") else path)
        if known is None:
            raise Refusal(
                404,
                "path_not_found",
                f"there is nothing at {path!r}",
                hint=f"Calls go to POST {CHAT}; see GET {MODELS}.",
            )
        if scope.method not in known:
            raise _MethodNotAllowed(scope.method, path, known)
        if path == "/health/live":
            return 200, JSON_HEADERS, b'{"status":"ok"}'
        if path == "/health/ready":
            status, report = self._status.readiness()
            return status, JSON_HEADERS, encode(report)
        if path == "/metrics":
            return 200, [("content-type", self._status.metrics_type)], self._status.metrics().encode()
        return 200, JSON_HEADERS, self._models(scope)

    def _models(self, scope: Scope) -> bytes:
        catalog = self._catalog()
        key = admission.identify(catalog, scope.headers, time.time_ns())
        project = catalog.projects.get(key.project_id)
        names = resolve.models(project, key) if project is not None else []
        if scope.path == MODELS:
            return encode({"object": "list", "data": [_model(name) for name in names]})
        wanted = scope.path.removeprefix(MODELS + "/")
        if wanted not in names:
            raise Refusal(
                404, "model_not_found", f"there is no model {wanted!r}", param="model", hint=f"See GET {MODELS}."
            )
        return encode(_model(wanted))

    def _catalog(self) -> Catalog:
        catalog = self._snapshots.catalog
        if catalog is None:
            raise Refusal(
                503,
                "not_ready",
                "the gateway has no snapshot yet",
                type_=UNAVAILABLE,
                hint="It gets one from the server; see /health/ready.",
            )
        return catalog


class _MethodNotAllowed(Refusal):
    """The path is there, the method is not; `allowed` says which are."""

    def __init__(self, method: str, path: str, allowed: tuple[str, ...]) -> None:
        super().__init__(405, "method_not_allowed", f"{path} takes {', '.join(allowed)}, found {method}")
        self.allowed = allowed


_READ = ("GET", "HEAD")
_METHODS: Final = {CHAT: ("POST",), MODELS: _READ, "/health/live": _READ, "/health/ready": _READ, "/metrics": _READ}


def _plan(catalog: Catalog, key: Key, call: Call, body: bytes, protocol: HttpProtocol, flight: Flight) -> Exchange:
    chat = request.parse(body)
    call.requested_model = chat.model
    call.stream = chat.stream
    project = catalog.projects.get(key.project_id)
    if project is None:
        raise Refusal(500, "internal", "the key's project is not in the snapshot", type_=INTERNAL, hint="Report this.")
    try:
        plan = resolve.plan(project, key, chat)
    except Refusal:
        record.note_request(call, chat)
        raise
    record.note_plan(call, plan, chat.user)
    headers = _call_headers(call)
    if plan.ignored:
        # The names are the client's own, and a header cannot hold every character.
        named = ",".join(_UNPRINTABLE.sub("?", name) for name in plan.ignored)
        headers.append(("x-trimtab-ignored-parameters", named[:_HEADER_CHARS]))
    return Exchange(protocol, flight, call, plan, headers)


def _note_gone(call: Call | None, recorder: Recorder) -> None:
    if call is not None and not call.ended_ns:
        gone = Refusal(CLIENT_CLOSED, "client_gone", "the client closed the connection while it sent its request")
        record.note_ending(call, Outcome.CLIENT_GONE, CLIENT_CLOSED, gone)
        recorder.write(call)


def _call_headers(call: Call) -> Headers:
    return [
        ("x-request-id", call.request_id),
        ("x-trimtab-trace-id", call.trace_id),
        ("traceparent", f"00-{call.trace_id}-{call.span_id}-01"),
    ]


def _stranger_headers(refusal: Refusal) -> Headers:
    """Return the headers of a refusal that has no record; its id is for the client's own log."""
    return [*_refusal_headers(refusal), ("x-request-id", ids.new("req"))]


def _refusal_headers(refusal: Refusal) -> Headers:
    if isinstance(refusal, _MethodNotAllowed):
        return [*JSON_HEADERS, ("allow", ", ".join(refusal.allowed))]
    if refusal.http_status == 401:  # noqa: PLR2004 - the status that asks who it is
        return [*JSON_HEADERS, ("www-authenticate", "Bearer")]
    return list(JSON_HEADERS)


def _too_large(limit: int) -> Refusal:
    return Refusal(
        413,
        "body_too_large",
        f"the body is larger than {limit} bytes",
        hint="Send less, or raise TRIMTAB_MAX_BODY_BYTES.",
    )


def _model(name: str) -> dict[str, str | int]:
    owner = "trimtab" if name.startswith(resolve.PROMPT_PREFIX) or "/" not in name else name.partition("/")[0]
    return {"id": name, "object": "model", "created": 0, "owned_by": owner}
