"""Fetches released prompts and keeps them, so that rendering costs no request.

A prompt younger than `max_age_s` is used as it is. An older one is used too, at once, while one thread asks whether it
still serves: an application never waits for the server after the first time, and goes on with what it has when the
server is down. Only a prompt that was never fetched can fail.
"""

import functools
import threading
import time
from dataclasses import dataclass
from typing import Final

from trimtab.base.errors import BadSetting, TrimtabError, Unavailable
from trimtab.sdk.connection import connect
from trimtab.sdk.prompt import Prompt, read
from trimtab.sdk.transport import Transport, part

MAX_AGE_S: Final = 60.0
_RETRY_S: Final = 5.0
_NOT_MODIFIED: Final = 304


@dataclass(slots=True)
class _Entry:
    """One prompt that was fetched. Changed only by the thread that holds `refreshing`."""

    prompt: Prompt
    etag: str
    fresh_until: float
    refreshing: threading.Lock
    failure: TrimtabError | None = None


class Client:
    """An application's door to its prompts. Make one and keep it; safe to share between threads."""

    def __init__(
        self,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        project_id: str | None = None,
        environment: str | None = None,
        max_age_s: float = MAX_AGE_S,
        timeout_s: float = 10.0,
    ) -> None:
        """Connect to nothing yet.

        Args:
            base_url: where the server is; else TRIMTAB_URL, else http://127.0.0.1:4100.
            api_key: a key with the scope `call` or `read`; else TRIMTAB_API_KEY.
            project_id: else TRIMTAB_PROJECT, else that of the key.
            environment: where to look for releases unless a call says otherwise; else TRIMTAB_ENVIRONMENT, else that
                of the key.
            max_age_s: how long a prompt is used without asking whether it still serves.
            timeout_s: how long to wait for the server.

        Raises:
            BadSetting: there is no key, or the URL cannot be used.
        """
        self._connection = connect(base_url=base_url, api_key=api_key, project_id=project_id, environment=environment)
        self._transport = Transport(self._connection, timeout_s=timeout_s)
        self._max_age_s = max_age_s
        self._entries: dict[tuple[str, str], _Entry] = {}
        # Held while a prompt is fetched for the first time, so that many threads that want it cost one request.
        self._first = threading.Lock()
        self._project_id = self._connection.project_id

    def prompt(self, name: str, *, environment: str | None = None) -> Prompt:
        """Return what serves for a prompt; after the first time without waiting.

        Raises:
            NotFound: there is no such prompt, or it is not released there.
            Unavailable: the server cannot be reached, and this prompt was never fetched.
        """
        key = (name, environment or self._connection.environment)
        entry = self._entries.get(key)
        if entry is None:
            return self._fetch_first(key).prompt
        if time.monotonic() >= entry.fresh_until and entry.refreshing.acquire(blocking=False):
            threading.Thread(target=self._refresh, args=(key, entry), name="trimtab-refresh", daemon=True).start()
        return entry.prompt

    def last_failure(self, name: str, *, environment: str | None = None) -> TrimtabError | None:
        """Return why the latest attempt to refresh a prompt failed; None when it did not, or there was none."""
        entry = self._entries.get((name, environment or self._connection.environment))
        return entry.failure if entry is not None else None

    def _fetch_first(self, key: tuple[str, str]) -> _Entry:
        with self._first:
            if key in self._entries:
                return self._entries[key]
            found = self._ask(key, "")
            if found is None:
                raise Unavailable("the server said that nothing has changed before anything was fetched")
            prompt, etag = found
            entry = _Entry(prompt, etag, time.monotonic() + self._max_age_s, threading.Lock())
            self._entries[key] = entry
            return entry

    def _refresh(self, key: tuple[str, str], entry: _Entry) -> None:
        try:
            found = self._ask(key, entry.etag)
            if found is not None:
                entry.prompt, entry.etag = found
            entry.failure = None
            entry.fresh_until = time.monotonic() + self._max_age_s
        except TrimtabError as error:
            entry.failure = error
            entry.fresh_until = time.monotonic() + min(_RETRY_S, self._max_age_s)
        finally:
            entry.refreshing.release()

    def _ask(self, key: tuple[str, str], etag: str) -> tuple[Prompt, str] | None:
        """Return what serves and its ETag, None when it is what `etag` names."""
        name, environment = key
        path = f"/projects/{part(self._project())}/prompts/resolve"
        answer = self._transport.send("GET", path, query={"name": name, "environment": environment}, etag=etag)
        if answer.status == _NOT_MODIFIED:
            return None
        try:
            return read(answer.body), answer.etag
        except (KeyError, TypeError) as error:
            raise Unavailable(
                f"{self._connection.base_url} described the prompt {name!r} in a way that cannot be read: {error!r}",
                hint="Are the server and this package of the same version?",
            ) from error

    def _project(self) -> str:
        if not self._project_id:
            items = self._transport.send("GET", "/projects", query={"limit": 2}).body["items"]
            if len(items) != 1:
                raise BadSetting(
                    f"this key sees {len(items)} projects", hint="Set TRIMTAB_PROJECT, or pass project_id."
                )
            self._project_id = str(items[0]["id"])
        return self._project_id


@functools.cache
def default_client() -> Client:
    """Return the client that is made from the environment, the same one every time.

    Raises:
        BadSetting: TRIMTAB_API_KEY is not set, or TRIMTAB_URL cannot be used.
    """
    return Client()


def prompt(name: str, *, environment: str | None = None) -> Prompt:
    """Return what serves for a prompt, by the client that is made from the environment.

    Raises:
        BadSetting: TRIMTAB_API_KEY is not set, or TRIMTAB_URL cannot be used.
        NotFound: there is no such prompt, or it is not released there.
        Unavailable: the server cannot be reached, and this prompt was never fetched.
    """
    return default_client().prompt(name, environment=environment)
