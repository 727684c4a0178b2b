"""Traces from the command line, against a real server."""

import pytest
from tests.cli.conftest import Run
from tests.conftest import Running
from tests.traces.payload import chat, child, now_ns, request, span

_DAY_NS = 86_400 * 10**9


@pytest.fixture
def sent(running: Running) -> tuple[str, str]:
    """Send an agent's trace with a call and a tool that failed, and a call of two days ago; give the ids of both."""
    agent = span("invoke_agent helper", {"gen_ai.operation.name": "invoke_agent", "user.id": "cli-user"})
    call = child(agent, "chat gpt-4o", chat())
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look_up"}
    failed = child(call, "execute_tool look_up", tool, status={"code": 2, "message": "not found"})
    old = span("chat old", chat(), at_ns=now_ns() - 2 * _DAY_NS)
    answer = running.ours.key_client.post("/v1/traces", json=request(agent, call, failed, old))
    assert answer.status_code == 200, answer.text
    return agent["traceId"], old["traceId"]


def test_traces_are_found_by_query_and_time(run: Run, sent: tuple[str, str]) -> None:
    new, old = sent
    found = run(
        "traces", "list", "--filter", 'user = "cli-user" and has span(tool and error)', "--since", "1h", "--json"
    )
    (row,) = found.json
    assert (row["trace_id"], row["cost_usd"], row["span_count"]) == (new, "0.00045", 3)
    assert run("traces", "list", "--filter", "cost = 0.00045 and model = gpt-4o").out.splitlines()[1].endswith(new)
    assert old not in run("traces", "list").out
    assert old in run("traces", "list", "--since", "3d", "--limit", "200").out
    assert run("traces", "list", "--filter", "user = nobody").out == "No trace of the last 24h fits.\n"


@pytest.mark.usefixtures("sent")
def test_a_limit_that_was_reached_is_told(run: Run) -> None:
    found = run("traces", "list", "--since", "3d", "--limit", "1")
    assert len(found.out.splitlines()) == 2
    assert "add --limit" in found.err


def test_a_trace_is_shown_as_the_tree_of_its_spans(run: Run, sent: tuple[str, str]) -> None:
    lines = run("traces", "show", sent[0]).out.splitlines()
    assert lines[0] == "invoke_agent helper: ok, 1.00 s, 100 tokens in, 20 out, $0.00045"
    assert "user: cli-user" in lines
    assert [line[:25].rstrip() for line in lines[-3:]] == [
        "invoke_agent helper",
        "  chat gpt-4o",
        "    execute_tool look_up",
    ]
    assert "error: not found" in lines[-1]
    assert len(run("traces", "show", sent[0], "--json").json["spans"]) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("list", "--filter", "statos = error"), 3, "there is no field 'statos'"),
        (("list", "--since", "yesterday"), 3, "'yesterday' is not a duration"),
        (("show", "0" * 32), 5, "there is no trace"),
    ],
)
def test_what_cannot_be_answered_is_told_in_words(run: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = run("traces", *arguments)
    assert (done.code, said in done.err) == (code, True), done.err
