"""What goes back to the client besides what an upstream said: errors in OpenAI's shape, and small JSON."""

from typing import Any

import msgspec

from trimtab.gateway.refusal import Refusal

Headers = list[tuple[str, str]]

JSON_HEADERS: Headers = [("content-type", "application/json")]
STREAM_HEADERS: Headers = [
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache"),
    ("x-accel-buffering", "no"),  # nginx holds streams back unless told not to
]

_encoder = msgspec.json.Encoder()


def encode(value: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Return `value` as JSON."""
    return _encoder.encode(value)


def error_body(refusal: Refusal) -> bytes:
    """Return the error as OpenAI's clients read it, with our stable code and a hint."""
    return _encoder.encode(
        {
            "error": {
                "message": refusal.message,
                "type": refusal.type,
                "param": refusal.param,
                "code": refusal.exact_code,
                "hint": refusal.hint,
            }
        }
    )
