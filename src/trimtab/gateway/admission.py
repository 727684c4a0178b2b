"""Who calls: a key's text against the hashes in memory, and the trace that the call belongs to."""

import hashlib
import re
from typing import Protocol

from trimtab.gateway.catalog import Catalog
from trimtab.gateway.refusal import AUTHENTICATION, Refusal
from trimtab.gateway.resolve import require_call_scope
from trimtab.gateway.snapshot import Key

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})", re.ASCII)
_NO_TRACE = "0" * 32
_NO_SPAN = "0" * 16
_HINT = "Send a Trimtab key as 'Authorization: Bearer tt_...'. Keys are made in the console under API keys."


class RequestHeaders(Protocol):
    """The part of Granian's headers that is used: names in lower case."""

    def get(self, key: str, default: str | None = None) -> str | None:
        """Return the first value."""
        ...


def identify(catalog: Catalog, headers: RequestHeaders, now_ns: int) -> Key:
    """Return the key that a request was made with.

    Raises:
        Refusal: there is none, it is not known, it is over, or it may not call.
    """
    text = _key_text(headers)
    if not text:
        raise Refusal(401, "missing_api_key", "no API key was sent", type_=AUTHENTICATION, hint=_HINT)
    key = catalog.keys.get(hashlib.sha256(text.encode()).hexdigest())
    if key is None:
        raise Refusal(
            401, "invalid_api_key", "the API key is not known, or was revoked", type_=AUTHENTICATION, hint=_HINT
        )
    if key.expires_at_ns is not None and key.expires_at_ns <= now_ns:
        raise Refusal(
            401,
            "expired_api_key",
            f"the API key {key.name or key.id!r} has expired",
            type_=AUTHENTICATION,
            hint="Make a new one in the console under API keys.",
        )
    require_call_scope(key)
    return key


def parent_trace(header: str | None) -> tuple[str, str, str] | None:
    """Return trace id, span id and flags of a `traceparent` header, `None` when there is none that can be used."""
    if not header:
        return None
    found = _TRACEPARENT.match(header.strip())
    if found is None or found[1] == _NO_TRACE or found[2] == _NO_SPAN or header.startswith("ff"):
        return None
    return found[1], found[2], found[3]


def _key_text(headers: RequestHeaders) -> str:
    authorization = headers.get("authorization")
    if authorization:
        scheme, _, text = authorization.partition(" ")
        return text.strip() if scheme.lower() == "bearer" else ""
    return headers.get("x-api-key") or headers.get("api-key") or ""
