"""Asks a provider, live, whether it can be reached, takes the secret, and which models it has. Nothing is billed."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import msgspec
from pyreqwest.client import SyncClient, SyncClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.request import SyncRequestBuilder

from trimtab.gateway import unreachable
from trimtab.gateway.providers.kind import ProviderKind
from trimtab.gateway.providers.provider import MAX_MODELS

_TIMEOUT: Final = timedelta(seconds=10)
_MAX_BODY_BYTES: Final = 8 * 1024 * 1024
_MAX_SHOWN_CHARS: Final = 300
_OK: Final = 200
_NO_LIST: Final = frozenset({404, 405})
_REFUSED: Final = frozenset({401, 403})
_SERVER_ERROR: Final = 500
_UNDERSTOOD: Final = frozenset({400, 422})
"""What an empty call is answered with when nothing but its form is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What came of it. `status` is that of the provider's answer, None when there was none."""

    ok: bool
    latency_ms: float
    status: int | None
    message: str
    models: list[str]


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


def check(kind: ProviderKind, base_url: str, secret: str, headers: Mapping[str, str]) -> CheckResult:
    """Ask for the list of models; where there is none, send an empty call, which is refused for its form alone.

    Waits at most ten seconds for each of at most three requests. Follows no redirect: a secret must not go astray.
    """
    builder = SyncClientBuilder().no_proxy().follow_redirects(False).timeout(_TIMEOUT).connect_timeout(_TIMEOUT)
    began = time.monotonic()
    try:
        with builder.build() as client:
            status, body = _ask(client, kind, base_url, secret, headers)
    except PyreqwestError as error:
        return CheckResult(
            ok=False,
            latency_ms=_since(began),
            status=None,
            message=f"{base_url} cannot be reached: {unreachable.reason(error)}",
            models=[],
        )
    return _judge(kind, status, _cleaned(body, secret), latency_ms=_since(began))


def _ask(
    client: SyncClient, kind: ProviderKind, base_url: str, secret: str, headers: Mapping[str, str]
) -> tuple[int, str]:
    """Return the status and the body of the answer that says most."""
    auth = {kind.auth_header: kind.auth_prefix + secret} if secret else {}
    if kind.probe_path:
        status, body = _send(client.get(base_url + kind.probe_path), {**headers, **auth})
        if status != _OK:
            return status, body
    models_auth = {kind.models_header: secret} if secret and kind.models_header else auth
    status, body = _send(client.get(base_url + "/models"), {**headers, **kind.models_headers, **models_auth})
    if status not in _NO_LIST:
        return status, body
    return _send(client.post(base_url + "/chat/completions").body_json({}), {**headers, **auth})


def _send(request: SyncRequestBuilder, headers: Mapping[str, str]) -> tuple[int, str]:
    with request.headers(dict(headers)).build_streamed() as response:
        parts: list[bytes] = []
        size = 0
        while size <= _MAX_BODY_BYTES and (chunk := response.body_reader.read_chunk()) is not None:
            parts.append(chunk.to_bytes())
            size += len(chunk)
        return response.status, b"".join(parts).decode(errors="replace")


def _judge(kind: ProviderKind, status: int, body: str, latency_ms: float) -> CheckResult:
    models: list[str] = []
    if status == _OK:
        models = _read_models(kind, body)
        ok = bool(models)
        message = f"{len(models)} models" if ok else "it answers, but not with a list of models as OpenAI's"
    elif status in _REFUSED:
        ok, message = False, f"it does not take the secret ({status}): {_reason(body)}"
    elif status >= _SERVER_ERROR:
        ok, message = False, f"it has trouble of its own ({status}): {_reason(body)}"
    elif status in _UNDERSTOOD:
        ok, message = True, "it can be reached and has no list of models; name them yourself"
    else:
        ok, message = False, f"it answers {status}, so the base URL may be wrong: {_reason(body)}"
    return CheckResult(ok=ok, latency_ms=latency_ms, status=status, message=message, models=models)


def _read_models(kind: ProviderKind, body: str) -> list[str]:
    try:
        found = msgspec.json.decode(body, type=_Models).data
    except msgspec.MsgspecError:
        return []
    return [model.id.removeprefix(kind.model_prefix) for model in found][:MAX_MODELS]


def _reason(body: str) -> str:
    """Return what the provider said, as far as a person can read it."""
    try:
        said = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        said = body
    for key in ("error", "message", "detail"):
        if isinstance(said, dict) and said.get(key):
            said = said[key]
    text = " ".join(str(said).split())
    return text[:_MAX_SHOWN_CHARS] or "no reason given"


def _cleaned(text: str, secret: str) -> str:
    """Return a provider's words without the secret, should it have repeated it."""
    return text.replace(secret, "***") if secret else text


def _since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)
