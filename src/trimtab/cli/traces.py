"""`trimtab traces`: find calls by a query, and see what happened in one of their traces."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import click

from trimtab.base.errors import InvalidInput
from trimtab.cli.connection import Api, with_api
from trimtab.cli.output import as_json_option, print_json, print_table
from trimtab.query import measure
from trimtab.query.field import Type
from trimtab.sdk.transport import part

_Json = dict[str, Any]


@click.group()
def traces() -> None:
    """Find calls by a query, and see what happened in one of their traces."""


@traces.command("list")
@click.option("--filter", "query", default="", metavar="QUERY", help="Such as 'error and trace.cost > 0.01'.")
@click.option("--since", default="24h", show_default=True, metavar="DURATION", help="How far back: 30m, 1h, 7d.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="At most so many.")
@as_json_option
@with_api
def list_traces(api: Api, *, query: str, since: str, limit: int, as_json: bool) -> None:
    """List traces, the newest first; the guide `queries` has the language of --filter."""
    asked = {"from": _start(since).isoformat(), "filter": query}
    found = list(islice(api.items("/traces", **asked), limit))
    if as_json:
        print_json(found)
        return
    rows = [
        (
            each["started_at"][:19].replace("T", " "),
            each["status"],
            each["name"][:40],
            each["model"],
            each["span_count"],
            each["input_tokens"] + each["output_tokens"],
            _money(each["cost_usd"]),
            _duration(each["duration_ms"]),
            each["trace_id"],
        )
        for each in found
    ]
    titles = ("when (UTC)", "status", "name", "model", "spans", "tokens", "cost", "took", "trace")
    print_table(titles, rows, empty=f"No trace of the last {since} fits.")
    if len(found) == limit:
        click.echo(f"There may be more than these {limit}: add --limit, or narrow --filter.", err=True)


@traces.command("show")
@click.argument("trace_id", metavar="ID")
@as_json_option
@with_api
def show(api: Api, *, trace_id: str, as_json: bool) -> None:
    """Show a trace as the tree of its spans, each with what it took and cost."""
    found = api.send("GET", f"/traces/{part(trace_id)}")
    if as_json:
        print_json(found)
        return
    head = found["trace"]
    tokens = f"{head['input_tokens']} tokens in, {head['output_tokens']} out"
    click.echo(
        f"{head['name']}: {head['status']}, {_duration(head['duration_ms'])}, {tokens}, {_money(head['cost_usd'])}"
    )
    for name, field in (("prompt", "prompt"), ("user", "user_id"), ("session", "session_id"), ("feature", "feature")):
        if value := head[field]:
            click.echo(
                f"{name}: {value['name']} version {value['version']}" if field == "prompt" else f"{name}: {value}"
            )
    rows = [
        (
            "  " * depth + span["name"],
            span["status"] if not span["status_message"] else f"{span['status']}: {span['status_message'][:60]}",
            span["model"],
            _duration(span["duration_ms"]),
            _money(span["cost_usd"]) if span["cost_usd"] not in (None, "0") else None,
        )
        for depth, span in _tree(found["spans"])
    ]
    click.echo()
    print_table(("span", "status", "model", "took", "cost"), rows, empty="The trace has no spans.")
    if found["is_truncated"]:
        click.echo(f"The trace has more spans than these {len(rows)}: open it in the console.", err=True)


def _start(since: str) -> datetime:
    try:
        length_ns = int(measure.read(since, Type.DURATION))
    except measure.NotAMeasure as error:
        raise InvalidInput(f"--since: {error}", hint="Such as 30m, 1h or 7d.") from error
    return datetime.now(UTC) - timedelta(microseconds=length_ns // 1000)


def _tree(spans: Sequence[_Json]) -> Iterator[tuple[int, _Json]]:
    """Yield each span after the one above it, with its depth; one whose parent is not here stands at the top."""
    known = {span["span_id"] for span in spans}
    below: dict[str, list[_Json]] = {}
    for span in spans:
        parent = span["parent_span_id"]
        below.setdefault(parent if parent in known and parent != span["span_id"] else "", []).append(span)
    waiting = [(0, span) for span in reversed(below.get("", []))]
    while waiting:
        depth, span = waiting.pop()
        yield depth, span
        waiting += [(depth + 1, inner) for inner in reversed(below.pop(span["span_id"], []))]


def _money(usd: str | None) -> str:
    return "unknown" if usd is None else f"${usd}"


def _duration(ms: float) -> str:
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.2f} s"  # noqa: PLR2004 - a second
