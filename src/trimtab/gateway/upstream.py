"""Asking an upstream: pooled connections, and every way in which that can fail as one value.

Some clients keep connections, and some do not, for servers that drop a connection although they said that they would
keep it. Connections are pooled by host. Proxies of the environment, redirects and
compression are off: what is sent goes where the provider's form says, and what comes back is relayed as it is.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import (
    ConnectError,
    ConnectTimeoutError,
    PyreqwestError,
    RequestTimeoutError,
)
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response

from trimtab.gateway import unreachable
from trimtab.gateway.answers import Headers
from trimtab.gateway.catalog import Upstream
from trimtab.gateway.options import Options
from trimtab.gateway.refusal import INVALID_REQUEST, RATE_LIMIT, TIMEOUT, UNAVAILABLE, UPSTREAM, Refusal
from trimtab.llm import openai_chat
from trimtab.llm.call import Outcome

MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
"""A longer answer is taken for a broken upstream."""

_MAX_ERROR_BYTES: Final = 1024 * 1024
_TOO_MANY: Final = 429
_CREDENTIALS: Final = frozenset({401, 403})
_LATER_S: Final = 0.5
_POOL_IDLE: Final = timedelta(seconds=55)


class Failure(Exception):  # noqa: N818 - says what happened
    """An upstream did not give an answer that can be passed on."""

    def __init__(
        self, outcome: Outcome, refusal: Refusal, *, status: int | None = None, headers: Headers | None = None
    ) -> None:
        """Keep how it ended for the record, and what the client is told."""
        super().__init__(refusal.message)
        self.outcome = outcome
        self.refusal = refusal
        self.upstream_status = status
        self.headers = headers or []


class Upstreams:
    """The connections of a worker."""

    def __init__(self, options: Options) -> None:
        """Open nothing yet."""
        connect = timedelta(seconds=options.connect_timeout_s)
        # A request whose head has not come yet goes on when the task that waits for it is cancelled (pyreqwest 0.15
        # detaches it). So each client has a limit of its own, a little later than the watch's, that really cuts it.
        total = timedelta(seconds=options.total_timeout_s + _LATER_S)
        first = timedelta(seconds=max(options.first_token_timeout_s, options.idle_timeout_s) + _LATER_S)
        self._plain = _Pair(lambda: _builder(connect).timeout(total))
        self._stream = _Pair(lambda: _builder(connect).timeout(total).read_timeout(first))

    def plain(self, upstream: Upstream, body: bytes, trace_headers: Headers) -> StreamRequest:
        """Return the request for one whole answer, not sent yet."""
        return _request(self._plain.client_for(upstream), upstream, body, trace_headers)

    def stream(self, upstream: Upstream, body: bytes, trace_headers: Headers) -> StreamRequest:
        """Return the request for a stream, not sent yet."""
        return _request(self._stream.client_for(upstream), upstream, body, trace_headers)

    async def close(self) -> None:
        """Close every connection."""
        await self._plain.close()
        await self._stream.close()


class _Pair:
    """A client that keeps connections, and one that does not."""

    def __init__(self, builder: Callable[[], ClientBuilder]) -> None:
        self._keeping = builder().pool_idle_timeout(_POOL_IDLE).build()
        self._closing = builder().pool_max_idle_per_host(0).build()

    def client_for(self, upstream: Upstream) -> Client:
        return self._keeping if upstream.keep_alive else self._closing

    async def close(self) -> None:
        await self._keeping.close()
        await self._closing.close()


def _request(client: Client, upstream: Upstream, body: bytes, trace_headers: Headers) -> StreamRequest:
    # Nothing of an answer is read ahead, so that chunks pass as they arrive.
    return (
        client.post(upstream.chat_url)
        .headers(upstream.headers)
        .headers(trace_headers)
        .body_bytes(body)
        .streamed_read_buffer_limit(0)
        .build_streamed()
    )


async def read_whole(response: Response, limit: int = MAX_ANSWER_BYTES) -> bytes:
    """Return the whole body.

    Raises:
        ValueError: it is longer than `limit`.
        PyreqwestError: it broke off.
    """
    length = response.get_header("content-length")
    if length is not None and length.isdecimal() and int(length) <= limit:
        return (await response.bytes()).to_bytes()
    parts: list[bytes] = []
    size = 0
    while (chunk := await response.body_reader.read_chunk()) is not None:
        parts.append(chunk.to_bytes())
        size += len(chunk)
        if size > limit:
            raise ValueError(f"the upstream's answer is longer than {limit} bytes")
    return b"".join(parts)


async def refused(upstream: Upstream, response: Response) -> Failure:
    """Return what an answer that is not 200 means."""
    status = response.status
    try:
        said = openai_chat.read_failure(await read_whole(response, _MAX_ERROR_BYTES))
    except (PyreqwestError, ValueError):
        said = openai_chat.Failure("")
    message = upstream.scrub(said.message) or "no reason given"
    headers = [(name, value) for name in ("retry-after", "retry-after-ms") if (value := response.get_header(name))]
    hint = f"Provider {upstream.name!r} answered {status}" + (
        f", its code: {upstream.scrub(said.code)}." if said.code else "."
    )
    if 400 <= status < 500:  # noqa: PLR2004 - the class of client errors
        code, type_ = _client_error(status, upstream.scrub(said.type))
        if status in _CREDENTIALS:
            hint += " This is about the provider's secret in Trimtab, not about your Trimtab key."
        refusal = Refusal(status, code, message, type_=type_, param=said.param, hint=hint)
        return Failure(Outcome.UPSTREAM_REJECTED, refusal, status=status, headers=headers)
    if 300 <= status < 400:  # noqa: PLR2004 - the class of redirects
        target = upstream.scrub(response.get_header("location") or "")
        refusal = Refusal(
            502,
            "upstream_redirected",
            f"provider {upstream.name!r} redirects to {target!r}, which is not followed",
            type_=UPSTREAM,
            hint="Correct the provider's base URL.",
        )
        return Failure(Outcome.UPSTREAM_ERROR, refusal, status=status)
    refusal = Refusal(502, "upstream_error", message, type_=UPSTREAM, hint=hint)
    return Failure(Outcome.UPSTREAM_ERROR, refusal, status=status, headers=headers)


def broke_off(upstream: Upstream, error: Exception, *, in_answer: bool) -> Failure:
    """Return what an exception of the client means."""
    if isinstance(error, ValueError) and not in_answer:
        return unusable(upstream)
    if isinstance(error, ConnectTimeoutError) and unreachable.never_connected(error):
        refusal = Refusal(
            504,
            "upstream_timeout",
            f"provider {upstream.name!r} could not be reached in time",
            type_=TIMEOUT,
            hint="Check its base URL and the network; TRIMTAB_CONNECT_TIMEOUT_S bounds the wait.",
        )
        return Failure(Outcome.TIMEOUT, refusal)
    if isinstance(error, RequestTimeoutError):
        return timed_out(upstream, "an answer")
    if isinstance(error, ConnectError) and unreachable.never_connected(error):
        refusal = Refusal(
            502,
            "upstream_unreachable",
            f"provider {upstream.name!r} cannot be reached: {unreachable.reason(error)}",
            type_=UPSTREAM,
            hint="Check that it is running and that its base URL is right.",
        )
        return Failure(Outcome.UNREACHABLE, refusal)
    if isinstance(error, ValueError) and not isinstance(error, PyreqwestError):
        return garbage(upstream, str(error))
    where = "in the middle of its answer" if in_answer else "before it answered"
    refusal = Refusal(
        502,
        "upstream_closed_early",
        f"provider {upstream.name!r} closed the connection {where}",
        type_=UPSTREAM,
        hint="Try again. If it happens after each stream, turn off keep-alive for this provider.",
    )
    return Failure(Outcome.UPSTREAM_ERROR, refusal)


def garbage(upstream: Upstream, why: str) -> Failure:
    """Return that an upstream said 200 and something that is no answer."""
    refusal = Refusal(
        502,
        "upstream_garbage",
        f"provider {upstream.name!r} sent an answer that cannot be read: {upstream.scrub(why)}",
        type_=UPSTREAM,
        hint="Is its base URL that of an OpenAI-compatible API?",
    )
    return Failure(Outcome.UPSTREAM_ERROR, refusal)


def unusable(upstream: Upstream) -> Failure:
    """Return that no request can be made of what is stored about this provider."""
    refusal = Refusal(
        503,
        "provider_unusable",
        f"provider {upstream.name!r} cannot be used: its base URL, a header or its secret is not valid in a request",
        type_=UNAVAILABLE,
        hint="Correct the provider in the console.",
    )
    return Failure(Outcome.REFUSED, refusal)


def said_error(upstream: Upstream, message: str) -> Failure:
    """Return that an upstream said 200 and then reported an error."""
    refusal = Refusal(
        502, "upstream_error", upstream.scrub(message), type_=UPSTREAM, hint=f"Provider {upstream.name!r} said so."
    )
    return Failure(Outcome.UPSTREAM_ERROR, refusal)


def timed_out(upstream: Upstream, waited_for: str) -> Failure:
    """Return that the time for what was awaited is over."""
    refusal = Refusal(
        504,
        "upstream_timeout",
        f"provider {upstream.name!r} took too long: no {waited_for} within the limit",
        type_=TIMEOUT,
        hint="Try again, or raise the limit: TRIMTAB_FIRST_TOKEN_TIMEOUT_S, _IDLE_TIMEOUT_S or _TOTAL_TIMEOUT_S.",
    )
    return Failure(Outcome.TIMEOUT, refusal)


def _client_error(status: int, said: str) -> tuple[str, str]:
    if status == _TOO_MANY:
        return "upstream_rate_limited", said or RATE_LIMIT
    if status in _CREDENTIALS:
        return "upstream_refused_credentials", said or UPSTREAM
    return "upstream_rejected", said or INVALID_REQUEST


def _builder(connect_timeout: timedelta) -> ClientBuilder:
    return (
        ClientBuilder()
        .no_proxy()
        .follow_redirects(False)
        .referer(False)
        .gzip(False)
        .brotli(False)
        .zstd(False)
        .deflate(False)
        .http1_only()
        .connect_timeout(connect_timeout)
    )


def plain_client(timeout_s: float) -> Client:
    """Return a client for the control plane: as strict, with one limit for the whole exchange."""
    return _builder(timedelta(seconds=5)).timeout(timedelta(seconds=timeout_s)).build()
