"""What a provider of a project, and an alias, may look like: pure rules. Each check returns the form to keep."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import SplitResult, urlsplit

from trimtab.base.errors import InvalidInput
from trimtab.gateway.providers.kind import ProviderKind

MAX_MODELS: Final = 500
_MAX_HEADERS: Final = 20
_MAX_URL_CHARS: Final = 500
_MAX_SECRET_CHARS: Final = 8_000
_MAX_HEADER_CHARS: Final = 2_000
_MAX_MODEL_CHARS: Final = 200
_SHOWN_SECRET_CHARS: Final = 4
_LEAST_SECRET_TO_SHOW: Final = 16
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}", re.ASCII)
_ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)
_PRINTABLE = re.compile(r"[\x20-\x7e]*", re.ASCII)
_SECRET = re.compile(r"[\x21-\x7e]+", re.ASCII)
_MODEL = re.compile(r"[^\s\x00-\x1f\x7f]+")

_OURS: Final = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "keep-alive", "te", "trailer"}
    | {"upgrade", "proxy-authorization", "accept-encoding", "expect", "traceparent", "tracestate"}
)
"""Headers that the gateway itself writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider as it is kept. Its name never changes: calls, releases and the seal of its secret hang on it."""

    id: str
    project_id: str
    name: str
    kind: str
    base_url: str
    sealed_secret: bytes | None = field(repr=False)
    secret_hint: str
    """The last characters of the secret, empty when it is short or missing."""
    headers: dict[str, str] = field(repr=False)
    keep_alive: bool
    models: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Another name for a model."""

    alias: str
    target: str
    """`provider/model`."""
    updated_at: datetime


def check_name(name: str) -> str:
    """Return a name that can stand before the slash in `provider/model`."""
    if not _NAME.fullmatch(name) or name == "prompt":
        raise InvalidInput(
            f"{name[:60]!r} cannot name a provider",
            hint="Use up to 60 of a-z, 0-9, '-' and '_', beginning with a letter, such as 'openai'.",
        )
    return name


def check_base_url(url: str, kind: ProviderKind) -> str:
    """Return where the provider is, without a slash at the end; an empty text means where its kind is."""
    if not url and not kind.needs_base_url:
        return kind.base_url
    hint = f"For {kind.title} it looks like {kind.base_url}"
    parts = _split(url)
    if parts is None or not _SECRET.fullmatch(url) or "{" in url or len(url) > _MAX_URL_CHARS:
        raise InvalidInput(f"the base URL must be an http or https URL, found {url[:120]!r}", hint=hint)
    if parts.username is not None or parts.query or parts.fragment:
        raise InvalidInput("the base URL must have no user, query or fragment", hint=hint)
    trimmed = url.rstrip("/")
    if trimmed.endswith("/chat/completions"):
        raise InvalidInput("the base URL must end before /chat/completions", hint=hint)
    return trimmed


def is_same_server(one: str, other: str) -> bool:
    """Say whether two base URLs lead to the same server, so that it may be sent the same secret."""
    return _server_of(one) == _server_of(other)


def _server_of(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_usable else None


def check_secret(secret: str, kind: ProviderKind) -> str:
    """Return the secret without space around it; empty means that there is none."""
    kept = secret.strip()
    if not kept:
        if kind.needs_secret:
            raise InvalidInput(f"{kind.title} needs a secret", hint=kind.secret_hint)
        return ""
    if len(kept) > _MAX_SECRET_CHARS or not _SECRET.fullmatch(kept):
        raise InvalidInput(
            "the secret holds spaces or characters that cannot stand in a header", hint="Was it copied whole and alone?"
        )
    return kept


def hint_of(secret: str) -> str:
    """Return the end of a secret that is long enough not to be given away by it."""
    return secret[-_SHOWN_SECRET_CHARS:] if len(secret) >= _LEAST_SECRET_TO_SHOW else ""


def check_headers(headers: Mapping[str, str], kind: ProviderKind) -> dict[str, str]:
    """Return the headers to send besides, with lower-case names."""
    if len(headers) > _MAX_HEADERS:
        raise InvalidInput(f"there are {len(headers)} headers; at most {_MAX_HEADERS} are allowed")
    kept: dict[str, str] = {}
    for name, value in headers.items():
        lower = name.lower()
        if not _HEADER.fullmatch(name) or lower in _OURS or lower == kind.auth_header:
            raise InvalidInput(
                f"{name[:100]!r} cannot be an extra header", hint="The gateway writes it, or it is no name."
            )
        if len(value) > _MAX_HEADER_CHARS or not _PRINTABLE.fullmatch(value):
            raise InvalidInput(f"the value of the header {name!r} is too long or holds characters that are not ASCII")
        kept[lower] = value
    return kept


def check_models(models: Sequence[str]) -> tuple[str, ...]:
    """Return the models to list, each once, in their order."""
    if len(models) > MAX_MODELS:
        raise InvalidInput(
            f"there are {len(models)} models; at most {MAX_MODELS} are listed, and calls may name others"
        )
    for model in models:
        if len(model) > _MAX_MODEL_CHARS or not _MODEL.fullmatch(model):
            raise InvalidInput(f"{model[:80]!r} cannot name a model", hint="It must have no spaces.")
    return tuple(dict.fromkeys(models))


def check_alias(alias: str) -> str:
    """Return a name that can stand for a model."""
    if not _ALIAS.fullmatch(alias):
        raise InvalidInput(
            f"{alias[:100]!r} cannot be an alias",
            hint="Use up to 100 letters, digits, '.', '_' and '-', such as 'fast'; a slash would name a provider.",
        )
    return alias
