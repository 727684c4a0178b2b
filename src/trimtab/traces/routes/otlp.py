"""The doors for OTLP over HTTP: the same receiver at every path that a sender is set to by default.

Answers are those of OTLP, not of the management API: written in the form of the request, with `google.rpc.Status` for
an error. What is retryable says when; everything else is never sent again.
"""

import logging
from typing import Annotated, Final, cast

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import HTTPException

from trimtab.base.errors import TooLarge, TooManyRequests, TrimtabError, Unavailable
from trimtab.identity.current import auth_of
from trimtab.identity.service.auth import Auth
from trimtab.traces.otlp import answer, credentials, encoding, protobuf, protojson
from trimtab.traces.otlp.batch import Signal
from trimtab.traces.otlp.encoding import Form
from trimtab.traces.receiver import Receipt, ReceiverService

router = APIRouter(tags=["telemetry"], include_in_schema=False)

_LOG = logging.getLogger(__name__)
_RETRY_S: Final = 5

PREFIXES: Final = (
    "",  # OpenTelemetry, Phoenix, MLflow, Logfire, OpenLLMetry
    "/api/public/otel",  # Langfuse
    "/api/v1/private/otel",  # Opik
    "/otel",  # LangSmith, Braintrust, Weave
    "/agents/otel",  # Weave
)
SIGNALS: Final[tuple[Signal, ...]] = ("traces", "logs", "metrics")


def _service(request: Request) -> ReceiverService:
    return cast("ReceiverService", request.app.state.services.receiver)


Service = Annotated[ReceiverService, Depends(_service)]


async def accept(service: Service, request: Request) -> Response:
    """Store a batch and answer when it is durable."""
    signal = cast("Signal", request.url.path.rpartition("/")[2])
    form = Form.JSON
    try:
        form = encoding.form_of(request.headers.get("content-type", ""))
        caller = credentials.caller_of(request.headers)
        body = await _body(request)
        compression = request.headers.get("content-encoding", "")
        limit = request.app.state.services.settings.otlp_max_body_bytes
        receipt = await run_in_threadpool(
            _store,
            service,
            auth_of(request),
            caller,
            signal=signal,
            form=form,
            body=body,
            compression=compression,
            limit=limit,
        )
    except TrimtabError as error:
        return refuse(error, form)
    body = answer.success(signal, form, rejected=receipt.rejected, message=receipt.message)
    return Response(body, media_type=form.value)


async def _body(request: Request) -> bytes:
    try:
        return await request.body()
    except HTTPException as error:
        # The bound on every request of the server.
        raise TooLarge(str(error.detail), hint="Send smaller batches.") from error


for _prefix in PREFIXES:
    for _signal in SIGNALS:
        router.add_api_route(f"{_prefix}/v1/{_signal}", accept, methods=["POST"], name=f"accept_otlp_{_signal}")


def _store(
    service: ReceiverService,
    auth: Auth,
    caller: credentials.Caller,
    *,
    signal: Signal,
    form: Form,
    body: bytes,
    compression: str,
    limit: int,
) -> Receipt:
    sender = credentials.sender_of(auth.by_key(caller.key), caller)
    with service.turn(sender.project_id):
        plain = encoding.decompress(body, compression, limit)
        decode = protojson.decode if form is Form.JSON else protobuf.decode
        return service.receive(sender, signal, decode(signal, plain))


def refuse(error: TrimtabError, form: Form) -> Response:
    """Return an error as OTLP has it."""
    headers = {}
    if isinstance(error, TooManyRequests):
        headers["retry-after"] = str(error.retry_after_s)
    elif isinstance(error, Unavailable):
        headers["retry-after"] = str(_RETRY_S)
        _LOG.warning("telemetry was not stored: %s", error.message)
    message = f"{error.message}. {error.hint}" if error.hint else error.message
    return Response(answer.failure(error.status, form, message), error.status, headers=headers, media_type=form.value)
