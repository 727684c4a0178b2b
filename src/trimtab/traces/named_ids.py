"""Senders may name traces and spans as they like; W3C's ids are made from those names. Pure."""

import hashlib
import re
from typing import Final

_TRACE: Final = re.compile(r"[0-9a-f]{32}")
_SPAN: Final = re.compile(r"[0-9a-f]{16}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def trace_id(name: str) -> str:
    """Return the trace id for a name: an id of W3C itself, the digits of a UUID, else a digest; always the same."""
    lower = name.lower()
    if _UUID.fullmatch(lower):
        lower = lower.replace("-", "")
    if _TRACE.fullmatch(lower) and lower.strip("0"):
        return lower
    return _digest("trace", name)[:32]


def span_id(name: str) -> str:
    """Return the span id for the name of an observation: an id of W3C itself, else a digest; always the same."""
    lower = name.lower()
    if _SPAN.fullmatch(lower) and lower.strip("0"):
        return lower
    return _digest("span", name)[:16]


def root_span_id(trace_name: str) -> str:
    """Return the id of the span that stands for the trace as a whole."""
    return _digest("root", trace_id(trace_name))[:16]


def _digest(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind}:{name}".encode("utf-8", "surrogatepass")).hexdigest()
