"""What a sender is told, in the form in which it asked: success, partial success, or google.rpc.Status."""

from typing import Final

import msgspec

from trimtab.traces.otlp import wire
from trimtab.traces.otlp.batch import Signal
from trimtab.traces.otlp.encoding import Form

_REJECTED_NAMES: Final[dict[Signal, str]] = {
    "traces": "rejectedSpans",
    "logs": "rejectedLogRecords",
    "metrics": "rejectedDataPoints",
}

# google.rpc.Code of an HTTP status.
_RPC_CODES: Final = {400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 413: 8, 415: 3, 429: 8, 503: 14}
_UNKNOWN: Final = 2


def success(signal: Signal, form: Form, *, rejected: int = 0, message: str = "") -> bytes:
    """Return the body of a 200. Rejected items, or a message alone as a warning, make it a partial success."""
    is_whole = not rejected and not message
    if form is Form.JSON:
        if is_whole:
            return b"{}"
        partial: dict[str, str] = {"errorMessage": message}
        if rejected:
            partial = {_REJECTED_NAMES[signal]: str(rejected), **partial}
        return msgspec.json.encode({"partialSuccess": partial})
    if is_whole:
        return b""
    found = wire.PartialSuccess(rejected=rejected, error_message=message)
    encoded: bytes = wire.Response(partial_success=found.SerializeToString()).SerializeToString()
    return encoded


def failure(status: int, form: Form, message: str) -> bytes:
    """Return the body of an answer with this HTTP status."""
    code = rpc_code(status)
    if form is Form.JSON:
        return msgspec.json.encode({"code": code, "message": message})
    encoded: bytes = wire.RpcStatus(code=code, message=message).SerializeToString()
    return encoded


def rpc_code(status: int) -> int:
    """Return google.rpc's code for an HTTP status."""
    return _RPC_CODES.get(status, _UNKNOWN)


def retry_info(status: int, message: str, seconds: int) -> bytes:
    """Return google.rpc.Status that says when to send again, as gRPC carries it in a trailer."""
    delay = wire.Duration(seconds=seconds).SerializeToString()
    info = wire.RetryInfo(retry_delay=delay).SerializeToString()
    detail = wire.TypedBytes(type_url="type.googleapis.com/google.rpc.RetryInfo", value=info).SerializeToString()
    encoded: bytes = wire.RpcStatus(code=rpc_code(status), message=message, details=[detail]).SerializeToString()
    return encoded
