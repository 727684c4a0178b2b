"""How long the screens' questions take on many spans, while more come in.

A warehouse is filled with a week of realistic rows, then a real server answers the requests that the console sends for
each screen, one after the other, beside a sender of 1,000 spans a second. With `folder`, what was filled stays there
and is used again.
"""

import http.client
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import otlp, payload
from bench.process import memory_mb, moment, tree
from bench.scale_rows import DAYS, RARE_WORD
from bench.stack import Stack, trimtab

SPANS_PER_S = 1_000
"""What comes in meanwhile."""


@dataclass(frozen=True)
class Question:
    """One request that a screen sends: the path below the project and what is asked there."""

    name: str
    path: str
    query: dict[str, str] = field(default_factory=dict)


def questions(stack: Stack, week: dict[str, str]) -> list[Question]:
    """Return what is asked: each screen's requests over the whole week, the hardest range there is."""

    def listing(name: str, **query: str) -> Question:
        return Question(name, "/traces", {"limit": "50", **week, **query})

    def filtered(name: str, query: str) -> Question:
        return listing(f"last 50: {name}", filter=query)

    page = stack.call("GET", f"/traces?{urllib.parse.urlencode({'limit': 50, **week})}")["items"]
    agent = next(row for row in page if row["span_count"] == 5)
    session = next(row["session_id"] for row in page if row["session_id"])
    word = agent["input_preview"].split()[0]
    return [
        listing("last 50"),
        filtered("a model", 'model = "anthropic/gpt-4o-mini"'),
        filtered("errors that took long", "error and duration > 20s"),
        filtered("dear traces", "trace.cost > 0.05"),
        filtered("a feature, one user", "feature = chat and user = user-77"),
        filtered("an attribute", 'attributes["http.route"] = "/chat/7" and attributes["retries"] = 3'),
        filtered("a failed tool", "has span(tool and error)"),
        filtered("a failed tool after a low score", 'span(tool and error) after span(scores["faithfulness"] < 0.3)'),
        filtered("a low score", 'scores["faithfulness"] < 0.1'),
        listing("text: a common word", q=word),
        listing("text: a rare word", q=RARE_WORD),
        listing("text: a word that is nowhere", q="xylophonists"),
        Question("trace by id", f"/traces/{agent['trace_id']}"),
        Question("histogram", "/trace-histogram", week),
        Question("histogram of errors", "/trace-histogram", week | {"filter": "error"}),
        Question("facets", "/traces/facets", week),
        Question("facets of a filter", "/traces/facets", week | {"filter": "error and feature = chat"}),
        Question("groups by user", "/trace-groups", week | {"by": "user"}),
        Question("groups by an attribute", "/trace-groups", week | {"by": 'attributes["http.route"]'}),
        Question("sessions", "/sessions", week | {"limit": "50"}),
        Question("users", "/users", week | {"limit": "50"}),
        Question("one session", "/session-turns", week | {"session": session}),
        Question("overview, a day by model", "/overview", {"by": "model"}),
        Question("overview, the week by model", "/overview", week | {"by": "model"}),
        Question("overview, the week by prompt", "/overview", week | {"by": "prompt"}),
        Question("overview, the week of one environment", "/overview", week | {"environment": "staging"}),
    ]


def measure(*, spans: int, rounds: int, folder: Path | None = None, say: Any = print) -> dict[str, Any]:
    """Return p50 and p95 of every question, and what a span takes on disk; fill the folder if it is empty."""
    with tempfile.TemporaryDirectory() as temporary:
        home = folder or Path(temporary)
        home.mkdir(parents=True, exist_ok=True)
        filled_s = _filled(home, spans, say)
        on_disk = otlp.bytes_per_span(home / "data" / "warehouse")
        with trimtab(home) as stack:
            now = moment()
            return {
                "spans": spans,
                "filled_s": filled_s,
                "bytes_per_span_on_disk": on_disk,
                **now,
                **_measure(stack, home, rounds, say),
            }


def report(figures: dict[str, Any]) -> list[str]:
    """Return the results as lines of Markdown."""
    lines = ["", f"## Questions of {figures['spans']:,} spans, while {SPANS_PER_S:,} a second come in", ""]
    lines += [
        f"- {name.replace('_', ' ')}: {value}" for name, value in figures.items() if name not in ("questions", "spans")
    ]
    lines += ["", "| question, over the whole week unless it says otherwise | p50 ms | p95 ms |", "|---|---|---|"]
    lines += [f"| {each['question']} | {each['p50_ms']} | {each['p95_ms']} |" for each in figures["questions"]]
    return lines


def _filled(home: Path, spans: int, say: Any) -> float | None:
    """Fill the installation in `home`; return the seconds it took, None when it was filled before."""
    mark = home / "filled.json"
    if mark.exists():
        return None
    with trimtab(home) as stack:
        project_id, warehouse = stack.project_id, stack.data / "warehouse"
    started = time.perf_counter()
    command = [sys.executable, "-m", "bench.scale_rows", str(warehouse), project_id, str(spans), str(time.time_ns())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as filling:
        assert filling.stdout is not None
        for line in filling.stdout:
            say(f"scale: {line.strip()} spans written")
    if filling.returncode:
        raise RuntimeError("the warehouse could not be filled; see the output above")
    took = round(time.perf_counter() - started, 1)
    mark.write_text(json.dumps({"spans": spans, "at": datetime.now(UTC).isoformat()}))
    return took


def _measure(stack: Stack, home: Path, rounds: int, say: Any) -> dict[str, Any]:
    filled = json.loads((home / "filled.json").read_text())
    until = datetime.fromisoformat(filled["at"])
    week = {"from": datetime.fromtimestamp(until.timestamp() - DAYS * 86_400, UTC).isoformat()}
    asked = questions(stack, week)
    found: dict[str, list[float]] = {question.name: [] for question in asked}
    failed: dict[str, str] = {}
    with sending(stack) as sender:
        for number in range(rounds):
            for question in asked:
                took, fault = _ask(stack, question)
                found[question.name].append(took)
                if fault:
                    failed[question.name] = fault
            say(f"scale: round {number + 1} of {rounds} done")
    memory = max(memory_mb(pid) for pid in tree(stack.running.pid))
    return {
        "spans_per_s_meanwhile": sender.spans_per_s,
        "post_p95_ms_meanwhile": _percentile(sender.latencies_s, 0.95),
        "server_pss_mb": round(memory),
        "failed": failed,
        "questions": [
            {
                "question": name,
                "p50_ms": round(1000 * statistics.median(times), 1),
                "p95_ms": _percentile(times, 0.95),
            }
            for name, times in found.items()
        ],
    }


def _ask(stack: Stack, question: Question) -> tuple[float, str]:
    """Return the seconds until the whole answer had come, and what was wrong with it."""
    parts = urllib.parse.urlsplit(stack.server_url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=120)
    target = f"/api/v1/projects/{stack.project_id}{question.path}?{urllib.parse.urlencode(question.query)}"
    started = time.perf_counter()
    connection.request("GET", target, headers={"authorization": f"Bearer {stack.command_key}"})
    answer = connection.getresponse()
    said = answer.read()
    took = time.perf_counter() - started
    connection.close()
    return took, "" if answer.status == 200 else said.decode(errors="replace")[:300]


@dataclass
class Sender:
    """What the sender beside the questions achieved."""

    spans_per_s: int = 0
    latencies_s: list[float] = field(default_factory=list)


@contextmanager
def sending(stack: Stack) -> Iterator[Sender]:
    """Send spans at the set pace for as long as the block runs."""
    sender = Sender()
    stop = threading.Event()
    thread = threading.Thread(target=_send, args=(stack, sender, stop))
    started = time.perf_counter()
    thread.start()
    try:
        yield sender
    finally:
        stop.set()
        thread.join()
        sender.spans_per_s = round(len(sender.latencies_s) * payload.SPANS / (time.perf_counter() - started))


def _send(stack: Stack, sender: Sender, stop: threading.Event) -> None:
    chance = random.Random(11)
    bodies = payload.batches(10)
    parts = urllib.parse.urlsplit(stack.server_url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=120)
    headers = {"authorization": f"Bearer {stack.key}", "content-type": "application/x-protobuf"}
    due = time.perf_counter()
    while not stop.wait(max(0.0, due - time.perf_counter())):
        started = time.perf_counter()
        connection.request("POST", "/v1/traces", chance.choice(bodies).copy(chance).body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        sender.latencies_s.append(time.perf_counter() - started)
        due += payload.SPANS / SPANS_PER_S
    connection.close()


def _percentile(values_s: list[float], share: float) -> float:
    """Return the percentile in milliseconds, by nearest rank."""
    ordered = sorted(values_s)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
