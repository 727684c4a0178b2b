"""Calls that flow while something breaks, and the books that must balance afterwards."""

import http.client
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.installation import Installation, eventually

MODEL = "fake/fake?latency_ms=5&chunks=4&gap_ms=2"
_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that did not end well, and when it was noticed on the monotonic clock."""

    at: float
    why: str


@dataclass(slots=True)
class Traffic:
    """What several clients have seen so far."""

    acknowledged: list[str] = field(default_factory=list)
    """Trace ids of calls whose answer arrived whole."""
    failures: list[Failure] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def more(self, count: int, within_s: float = 20.0) -> None:
        """Wait until so many more calls were answered."""
        goal = len(self.acknowledged) + count
        eventually(lambda: len(self.acknowledged) >= goal or None, f"{count} more answered calls", within_s)


@contextmanager
def flowing(installation: Installation, *, clients: int = 4) -> Iterator[Traffic]:
    """Let clients call, plain and streamed in turn, until the block ends."""
    traffic = Traffic()
    address = urlsplit(installation.gateway_url)
    headers = {"Authorization": f"Bearer {installation.handover.api_key}", "Content-Type": "application/json"}
    threads = [threading.Thread(target=_client, args=(traffic, address.netloc, headers)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield traffic
    finally:
        traffic.ended.set()
        for thread in threads:
            thread.join()


def _client(traffic: Traffic, netloc: str, headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection(netloc, timeout=15)
    for number in itertools.count():
        if traffic.ended.is_set():
            break
        body = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}], "stream": bool(number % 2)}
        try:
            connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            traffic.failures.append(Failure(time.monotonic(), f"{type(error).__name__}: {error}"))
            connection.close()
        else:
            is_whole = content.endswith(b"data: [DONE]\n\n") if body["stream"] else True
            if answer.status == 200 and is_whole:
                traffic.acknowledged.append(answer.headers["x-trimtab-trace-id"])
            else:
                why = f"status {answer.status}: {content[-200:].decode('utf-8', 'replace')}"
                traffic.failures.append(Failure(time.monotonic(), why))
        time.sleep(_PAUSE_S)
    connection.close()


def check_books(installation: Installation, traffic: Traffic, *, within_s: float = 30.0) -> None:
    """Prove that every answered call is recorded, none twice, and that the sums are those of the rows."""
    expected = set(traffic.acknowledged)
    assert len(expected) == len(traffic.acknowledged), "a trace id came twice"

    def recorded() -> list[dict[str, Any]] | None:
        rows = all_traces(installation)
        return rows if expected <= {row["trace_id"] for row in rows} else None

    eventually(recorded, "every answered call as a trace", within_s)
    # Calls that broke off may still be on their way, so all of it is read again until nothing moves any more.
    eventually(lambda: _sums(installation) == _sums_of_rows(installation), "the sums to be those of the rows", within_s)
    for trace_id in itertools.islice(expected, 0, None, max(1, len(expected) // 50)):
        detail = installation.get(f"/traces/{trace_id}")
        assert len(detail["spans"]) == 2
        assert len(detail["ledger"]) == 1


def _sums(installation: Installation) -> tuple[int, int, int]:
    totals = installation.get("/overview", by="model")["totals"]
    return totals["requests"], totals["input_tokens"], totals["output_tokens"]


def _sums_of_rows(installation: Installation) -> tuple[int, int, int]:
    rows = all_traces(installation)
    ids = [row["trace_id"] for row in rows]
    assert len(ids) == len(set(ids)), "a trace is listed twice"
    return len(rows), sum(row["input_tokens"] for row in rows), sum(row["output_tokens"] for row in rows)


def all_traces(installation: Installation) -> list[dict[str, Any]]:
    """Return every trace, page by page."""
    rows: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 200}
    while True:
        page = installation.get("/traces", **query)
        rows += page["items"]
        if page["next"] is None:
            return rows
        query["cursor"] = page["next"]
