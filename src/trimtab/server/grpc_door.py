"""OTLP over gRPC: the same receiver as over HTTP, on a port of its own.

Messages pass as bytes, so that the door knows nothing of their content; the runtime undoes gzip and deflate within the
same bound as over HTTP. A port that is taken does not stop the server: it is said at the start and in the metrics.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import grpc

from trimtab.base.errors import TooManyRequests, TrimtabError, Unavailable
from trimtab.server.wiring import Services
from trimtab.traces.otlp import answer, credentials, protobuf
from trimtab.traces.otlp.batch import Signal
from trimtab.traces.otlp.encoding import Form
from trimtab.traces.receiver import Receipt
from trimtab.traces.sender import Sender

_LOG = logging.getLogger(__name__)
_THREADS: Final = 4
_RETRY_S: Final = 5
_GRACE_S: Final = 5.0

_METHODS: Final[dict[str, Signal]] = {
    "opentelemetry.proto.collector.trace.v1.TraceService": "traces",
    "opentelemetry.proto.collector.logs.v1.LogsService": "logs",
    "opentelemetry.proto.collector.metrics.v1.MetricsService": "metrics",
}


class GrpcDoor:
    """Listens from `open` until `close`."""

    def __init__(self, services: Services) -> None:
        """Take telemetry for these services."""
        self._services = services
        self._server: Any = None
        self.port = 0
        """The port it listens on; 0 while it does not."""

    def open(self, host: str, port: int) -> bool:
        """Listen; return whether the port could be had. Port 0 takes a free one."""
        bound = self._services.settings.otlp_max_body_bytes
        server = grpc.server(
            ThreadPoolExecutor(_THREADS, thread_name_prefix="otlp-grpc"),
            options=[("grpc.max_receive_message_length", bound), ("grpc.so_reuseport", 0)],
        )
        server.add_generic_rpc_handlers(tuple(self._handler(name, signal) for name, signal in _METHODS.items()))
        try:
            self.port = server.add_insecure_port(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        except RuntimeError:
            self.port = 0
        if not self.port:
            _LOG.warning(
                "no telemetry over gRPC: cannot listen on %s:%d. Stop what uses the port, or choose another one with "
                "TRIMTAB_OTLP_GRPC_PORT; HTTP is not affected",
                host,
                port,
            )
            return False
        server.start()
        self._server = server
        _LOG.info("taking telemetry over gRPC on %s:%d", host, self.port)
        return True

    def close(self) -> None:
        """Let what is under way finish, for some seconds; idempotent."""
        if self._server is not None:
            self._server.stop(_GRACE_S).wait()
            self._server, self.port = None, 0

    def _handler(self, service: str, signal: Signal) -> Any:  # noqa: ANN401 - grpc has no types
        export = grpc.unary_unary_rpc_method_handler(self._export(signal))
        return grpc.method_handlers_generic_handler(service, {"Export": export})

    def _store(self, sender: Sender, signal: Signal, body: bytes) -> Receipt:
        receiver = self._services.receiver
        with receiver.turn(sender.project_id):
            return receiver.receive(sender, signal, protobuf.decode(signal, body))

    def _export(self, signal: Signal) -> Callable[[bytes, Any], bytes]:
        def export(body: bytes, context: Any) -> bytes:  # noqa: ANN401 - grpc has no types
            headers = {name: value for name, value in context.invocation_metadata() if isinstance(value, str)}
            try:
                caller = credentials.caller_of(headers)
                sender = credentials.sender_of(self._services.auth.by_key(caller.key), caller)
                receipt = self._store(sender, signal, body)
            except TrimtabError as error:
                _refuse(context, error)
                raise  # not reached: refusing ends the call
            return answer.success(signal, Form.PROTOBUF, rejected=receipt.rejected, message=receipt.message)

        return export


_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}


def _refuse(context: Any, error: TrimtabError) -> None:  # noqa: ANN401 - grpc has no types
    if isinstance(error, Unavailable | TooManyRequests):
        seconds = error.retry_after_s if isinstance(error, TooManyRequests) else _RETRY_S
        # google.rpc.RetryInfo, without which a sender takes RESOURCE_EXHAUSTED for final.
        details = answer.retry_info(error.status, error.message, seconds)
        context.set_trailing_metadata((("grpc-status-details-bin", details),))
        _LOG.warning("telemetry was not stored: %s", error.message)
    message = f"{error.message}. {error.hint}" if error.hint else error.message
    context.abort(_CODES[answer.rpc_code(error.status)], message)
