"""How soon one very large trace can be read: over HTTP, part by part as the console asks, and in a browser.

An agent of some hundred steps, each with tools that call models, 1.5 kB of text a span, is sent as applications send.
The server keeps the trees of traces that were read lately, so the first answers after a start stand apart from those
of a reader who goes on reading. The browser's time is from the navigation until the first lines of the tree are drawn.
"""

import http.client
import random
import secrets
import shutil
import statistics
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from playwright.sync_api import BrowserContext, sync_playwright

from bench import payload
from bench.process import moment
from bench.senders import post
from bench.stack import ROOT, Stack, trimtab

_RARE_WORD = "xylophonists"
_RARE_EVERY = 5_000
_FAILED_EVERY = 500
_STEP_SPANS = 100
"""A step of the agent: the step itself, 9 tools beneath it, and 90 model calls beneath the tools."""
_TOOLS = 9
_WINDOW = 200
_EMAIL = "admin@trimtab.local"
_CONSOLE = ROOT / "src" / "trimtab" / "server" / "console" / "index.html"
_CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def measure(*, spans: int, starts: int, rounds: int, say: Any = print) -> dict[str, Any]:
    """Return what the parts of one trace take after each start and then over and over, and when a browser shows it."""
    first: dict[str, list[float]] = {}
    again: dict[str, list[float]] = {}
    shown: dict[str, list[float]] = {}
    now = moment()
    password = secrets.token_urlsafe(16)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with trimtab(folder, settings={"TRIMTAB_ADMIN_PASSWORD": password}) as stack:
            trace_id, stored_s = _send(stack, spans)
            say(f"trace: {spans} spans stored")
        for number in range(starts):
            with trimtab(folder) as stack:
                for _ in range(rounds):
                    for name, path, query in _questions(trace_id, spans):
                        took = _ask(stack, path, query)
                        (again if name in first and len(first[name]) > number else first).setdefault(name, []).append(
                            took
                        )
            # Started anew, so that the browser is the first to ask.
            with trimtab(folder) as stack:
                _show(stack, password, trace_id, shown)
            say(f"trace: start {number + 1} of {starts} done")
    return {
        **now,
        "spans": spans,
        "sent_and_stored_s": stored_s,
        "starts": starts,
        "questions": [
            {
                "question": name,
                "first_after_a_start_ms": _ms(statistics.median(times)),
                "p50_ms": _ms(statistics.median(again[name])),
                "p95_ms": _ms(sorted(again[name])[int(0.95 * len(again[name]))]),
            }
            for name, times in first.items()
        ],
        "browser": {
            name: {"p50_s": round(statistics.median(t), 2), "max_s": round(max(t), 2)} for name, t in shown.items()
        },
    }


def report(figures: dict[str, Any]) -> list[str]:
    """Return the results as lines of Markdown."""
    lines = ["", f"## One trace of {figures['spans']:,} spans", ""]
    lines.append(
        f"Over {figures['starts']} starts of the server; sent and stored in {figures['sent_and_stored_s']} s. "
        f"Measured at {figures['measured_at']}, load average {figures['load_average_at_start']}."
    )
    lines.append("")
    lines += ["| question over HTTP | first after a start, ms | p50 ms | p95 ms |", "|---|---|---|---|"]
    keys = ("question", "first_after_a_start_ms", "p50_ms", "p95_ms")
    lines += ["| " + " | ".join(str(each[key]) for key in keys) + " |" for each in figures["questions"]]
    lines += ["", "| browser, from navigation to the first lines of the tree | p50 s | max s |", "|---|---|---|"]
    lines += [f"| {name} | {each['p50_s']} | {each['max_s']} |" for name, each in figures["browser"].items()]
    return lines


def _questions(trace_id: str, spans: int) -> list[tuple[str, str, dict[str, Any]]]:
    """Return what the console asks: a name, the path below the project, and the query."""
    trace = f"/traces/{trace_id}"
    later = {"offset": spans // 2 // _WINDOW * _WINDOW, "limit": _WINDOW}
    return [
        ("summary", f"{trace}/summary", {}),
        ("first window, folded", f"{trace}/tree", {"levels": 1, "limit": _WINDOW}),
        ("first window, unfolded", f"{trace}/tree", {"limit": _WINDOW}),
        ("a window in the middle, unfolded", f"{trace}/tree", later),
        ("find a rare word", f"{trace}/find", {"q": _RARE_WORD}),
        ("find failures", f"{trace}/find", {}),
        ("cost", f"{trace}/cost", {}),
    ]


def _ask(stack: Stack, path: str, query: dict[str, Any]) -> float:
    started = time.perf_counter()
    stack.call("GET", f"{path}?{urllib.parse.urlencode(query)}")
    return time.perf_counter() - started


def _send(stack: Stack, spans: int) -> tuple[str, float]:
    """Send the trace in batches; return its id, and the seconds from the first post until all of it was found."""
    trace_id, chance = secrets.token_bytes(16), random.Random(5)
    requests = [each.SerializeToString() for each in _requests(trace_id, spans, chance)]
    connection = http.client.HTTPConnection("127.0.0.1", int(stack.server_url.rpartition(":")[2]), timeout=120)
    started = time.perf_counter()
    for body in requests:
        answer = post(connection, {"authorization": f"Bearer {stack.key}"}, body)
        if answer.status != 200:
            raise RuntimeError(f"a batch is answered with {answer.status}: {answer.body[:300]!r}")
    connection.close()
    deadline = time.monotonic() + 120
    while (found := stack.call("GET", f"/traces/{trace_id.hex()}/summary")["span_count"]) < spans:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{found} of {spans} spans are found after two minutes")
        time.sleep(0.2)
    return trace_id.hex(), round(time.perf_counter() - started, 1)


def _requests(trace_id: bytes, spans: int, chance: random.Random) -> Iterator[ExportTraceServiceRequest]:
    ids = [chance.randbytes(8) for _ in range(spans)]
    began_ns = time.time_ns() - 600 * 10**9
    for start in range(0, spans, payload.SPANS):
        request = ExportTraceServiceRequest()
        group = request.resource_spans.add().scope_spans.add().spans
        for number in range(start, min(spans, start + payload.SPANS)):
            kind, above, length = _place(number, spans)
            at_ns = began_ns + number * 10**7
            span = group.add(
                trace_id=trace_id,
                span_id=ids[number],
                parent_span_id=b"" if above is None else ids[above],
                start_time_unix_nano=at_ns,
                end_time_unix_nano=at_ns + length * 10**7,
            )
            payload.fill(span, kind, chance)
            if number % _RARE_EVERY == _RARE_EVERY - 1:
                span.name += f" {_RARE_WORD}"
            if number % _FAILED_EVERY == _FAILED_EVERY - 1:
                span.status.code = 2
        yield request


def _place(number: int, spans: int) -> tuple[str, int | None, int]:
    """Return a span's kind, the number of the one above it, and for how many spans' time it lasts."""
    if number == 0:
        return "agent", None, spans
    place = (number - 1) % _STEP_SPANS
    step = number - place
    if place == 0:
        return "agent", 0, _STEP_SPANS
    if place <= _TOOLS:
        return "tool", step, _STEP_SPANS - place
    return "chat", step + 1 + (place - 1 - _TOOLS) % _TOOLS, 1


def _show(stack: Stack, password: str, trace_id: str, shown: dict[str, list[float]]) -> None:
    """Time the page as somebody opens it who was never there, and then as one who comes again."""
    slug = stack.call("GET", "")["slug"]
    with _signed_in(stack, password) as context:
        for name in ("first after a start, nothing cached", "again"):
            page = context.new_page()
            started = time.perf_counter()
            page.goto(f"{stack.server_url}/projects/{slug}/traces/{trace_id}", wait_until="commit")
            page.get_by_role("tree", name="Spans").get_by_role("treeitem").nth(5).wait_for(state="visible")
            shown.setdefault(name, []).append(time.perf_counter() - started)
            page.close()


@contextmanager
def _signed_in(stack: Stack, password: str) -> Iterator[BrowserContext]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None or not _CONSOLE.is_file():
        raise RuntimeError("a browser is timed with the console: install Chromium, and build with `make console`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_CHROMIUM)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        answer = context.request.post(
            f"{stack.server_url}/api/v1/auth/login", data={"email": _EMAIL, "password": password}
        )
        if not answer.ok:
            raise RuntimeError(f"signing in is answered with {answer.status}: {answer.text()[:300]}")
        yield context
        browser.close()


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)
