"""Requests to the management API, on the standard library alone. Every failure is an error of Trimtab's own tree."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urlsplit

from trimtab.base.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    TooLarge,
    TooManyRequests,
    TrimtabError,
    Unavailable,
)
from trimtab.sdk.connection import Connection

if TYPE_CHECKING:
    import http.client

API: Final = "/api/v1"
_TIMEOUT_S: Final = 10.0
_MAX_BODY_BYTES: Final = 64 * 1024 * 1024
_PIECE_BYTES: Final = 256 * 1024
_NOT_MODIFIED: Final = 304
_FIRST_ERROR: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server said. `body` is None for 204 and 304."""

    status: int
    etag: str
    body: Any


class Transport:
    """Sends requests, each on a connection of its own. Safe to share between threads."""

    def __init__(self, connection: Connection, *, timeout_s: float = _TIMEOUT_S) -> None:
        """Send to the server of `connection` with its key; wait at most `timeout_s` for each step."""
        self._connection = connection
        self._timeout_s = timeout_s
        self._parts = urlsplit(connection.base_url)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
        etag: str = "",
    ) -> Answer:
        """Return the answer to a request below `/api/v1`.

        Args:
            method: such as `GET`.
            path: below the API's prefix, its parts already quoted where they need it.
            query: what is None or empty is left out.
            body: sent as JSON unless it is None.
            etag: what the caller has; the answer is 304 if that is still current.

        Raises:
            Unavailable: the server cannot be reached, or has trouble of its own.
            TrimtabError: what the server refused, as the class that stands for its status.
        """
        headers = {"authorization": f"Bearer {self._connection.api_key}", "accept": "application/json"}
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            headers["content-type"] = "application/json"
        if etag:
            headers["if-none-match"] = etag
        given = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        target = f"{self._parts.path}{API}{path}" + (f"?{urlencode(given)}" if given else "")
        try:
            status, said_etag, raw = self._exchange(method, target, content, headers)
        except OSError as error:
            raise self._unreachable(error) from error
        except ValueError as error:
            raise Unavailable(f"{self._connection.base_url} does not speak HTTP as expected: {error}") from error
        if status >= _FIRST_ERROR:
            raise _failure(status, raw, self._connection.base_url)
        if not raw or status == _NOT_MODIFIED:
            return Answer(status=status, etag=said_etag, body=None)
        return Answer(status=status, etag=said_etag, body=self._parsed(raw))

    def download(self, path: str, write: Callable[[bytes], object], *, query: Mapping[str, object]) -> None:
        """Hand a file below `/api/v1` to `write` as it comes, however large it is.

        Raises:
            Unavailable: the server cannot be reached, has trouble of its own, or broke off.
            TrimtabError: what the server refused, as the class that stands for its status.
        """
        import http.client  # noqa: PLC0415 - as below

        given = {name: value for name, value in query.items() if value not in (None, "")}
        headers = {"authorization": f"Bearer {self._connection.api_key}"}
        connection = self._open(http.client)
        try:
            connection.request("GET", f"{self._parts.path}{API}{path}?{urlencode(given)}", headers=headers)
            response = connection.getresponse()
            if response.status >= _FIRST_ERROR:
                raise _failure(response.status, response.read(_MAX_BODY_BYTES), self._connection.base_url)
            while piece := response.read(_PIECE_BYTES):
                write(piece)
        except OSError as error:
            raise self._unreachable(error) from error
        except http.client.HTTPException as error:
            raise Unavailable(
                f"{self._connection.base_url} broke the file off: {error!r}", hint="Try again."
            ) from error
        finally:
            connection.close()

    def _exchange(
        self, method: str, target: str, content: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, str, bytes]:
        # Costs 30 ms that an application which renders from its cache, or imports and does not ask, need not pay.
        import http.client  # noqa: PLC0415 - see above

        connection = self._open(http.client)
        try:
            connection.request(method, target, body=content, headers=dict(headers))
            response = connection.getresponse()
            raw = response.read(_MAX_BODY_BYTES + 1)
            if len(raw) > _MAX_BODY_BYTES:
                raise ValueError(f"the answer is larger than {_MAX_BODY_BYTES} bytes")
            return response.status, response.headers.get("etag", ""), raw
        except http.client.HTTPException as error:
            raise ValueError(str(error) or type(error).__name__) from error
        finally:
            connection.close()

    def _open(self, client: Any) -> "http.client.HTTPConnection":  # noqa: ANN401 - the module itself
        kind = client.HTTPSConnection if self._parts.scheme == "https" else client.HTTPConnection
        opened: http.client.HTTPConnection = kind(self._parts.hostname, self._parts.port, timeout=self._timeout_s)
        return opened

    def _parsed(self, raw: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
        try:
            return json.loads(raw)
        except ValueError as error:
            raise Unavailable(
                f"{self._connection.base_url} did not answer with JSON", hint="Is this Trimtab's server?"
            ) from error

    def _unreachable(self, error: OSError) -> Unavailable:
        reason = error.strerror or str(error) or type(error).__name__
        return Unavailable(
            f"the server at {self._connection.base_url} cannot be reached: {reason}",
            hint="Is it running, and is TRIMTAB_URL its address?",
            code="server_unreachable",
        )


def part(text: str) -> str:
    """Return a text as one part of a path."""
    return quote(text, safe="")


_BY_STATUS: Final[Mapping[int, type[TrimtabError]]] = {
    kind.status: kind for kind in (InvalidInput, NotAuthenticated, Forbidden, NotFound, Conflict, TooLarge, Unavailable)
}


def _failure(status: int, raw: bytes, base_url: str) -> TrimtabError:
    try:
        error = json.loads(raw)["error"]
        message, hint, code = str(error["message"]), str(error.get("hint") or ""), str(error["code"])
    except (ValueError, KeyError, TypeError):
        hint = "Is this Trimtab's server?"
        return Unavailable(f"{base_url} answered {status} in a way that cannot be read", hint=hint)
    if status == TooManyRequests.status:
        return TooManyRequests(message, retry_after_s=1, hint=hint)
    kind = _BY_STATUS.get(status, Unavailable)
    return kind(message, hint=hint, code=code)
