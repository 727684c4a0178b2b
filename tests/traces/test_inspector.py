"""One trace part by part, through the whole application."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from tests.conftest import Running
from tests.traces.application import Application, application, eventually, served
from tests.traces.payload import accepted, chat, child, span


@pytest.fixture(scope="module")
def app(shared_running: Running) -> Iterator[Application]:
    """Give an application that sends to a served installation."""
    with served(shared_running) as address, application(shared_running, address) as made:
        yield made


def _agent(app: Application, calls: int = 3, **root_facts: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Send an agent that asks a model some times, each time inside a step; return its root and the calls."""
    root = span("agent", {"gen_ai.operation.name": "invoke_agent"}, **root_facts)
    asked, steps = [], []
    for number in range(calls):
        at_ns = int(root["startTimeUnixNano"]) + number * 1_000_000
        step = child(root, f"step {number}", {"gen_ai.operation.name": "execute_tool"}, at_ns=at_ns)
        steps.append(step)
        asked.append(child(step, "chat gpt-4o", chat(**{"gen_ai.response.id": f"{root['spanId']}-{number}"})))
    accepted(app, root, *steps, *asked)
    return root, asked


def _tree(app: Application, trace_id: str, **query: Any) -> Any:
    return app.get(f"/traces/{trace_id}/tree", **query)


def test_summary_agrees_with_the_list_and_the_ledger(app: Application) -> None:
    root, _ = _agent(app)
    trace_id = root["traceId"]
    summary = app.get(f"/traces/{trace_id}/summary")
    (listed,) = app.traces(q=trace_id)
    assert summary["trace"] == listed
    assert summary["total"] == {
        "input_tokens": 300,
        "output_tokens": 60,
        "calls": 3,
        "cost_usd": "0.00135",
        "unpriced": 0,
    }
    assert sum(Decimal(row["cost_usd"]) for row in app.ledger(trace_id)) == Decimal(listed["cost_usd"])
    assert (summary["span_count"], summary["levels"], summary["error_count"]) == (7, 3, 0)


def test_every_line_has_its_own_sums_and_those_beneath_it(app: Application) -> None:
    root, _ = _agent(app)
    rows = _tree(app, root["traceId"])["rows"]
    assert [row["name"] for row in rows[:4]] == ["agent", "step 0", "chat gpt-4o", "step 1"]
    assert [row["total"]["cost_usd"] for row in rows[:3]] == ["0.00135", "0.00045", "0.00045"]
    assert [row["own"]["calls"] for row in rows[:3]] == [0, 0, 1]
    assert rows[0]["own"]["cost_usd"] == "0"


def test_call_reported_twice_is_summed_once(app: Application) -> None:
    root = span("agent", {"gen_ai.operation.name": "invoke_agent"})
    outer = child(root, "outer", chat(**{"gen_ai.response.id": f"r-{root['spanId']}"}))
    inner = child(outer, "inner", chat(**{"gen_ai.response.id": f"r-{root['spanId']}"}))
    accepted(app, root, outer, inner)
    rows = {row["name"]: row for row in _tree(app, root["traceId"])["rows"]}
    assert rows["agent"]["total"]["cost_usd"] == "0.00045"
    assert (rows["outer"]["own"]["calls"], rows["inner"]["own"]["calls"]) == (0, 1)
    assert rows["outer"]["total"] == rows["inner"]["total"]


def test_call_without_a_price_leaves_the_sum_unknown(app: Application) -> None:
    root = span("agent", {"gen_ai.operation.name": "invoke_agent"})
    priced = child(root, "priced", chat())
    unknown = child(root, "unknown", chat(**{"gen_ai.request.model": "nobody-sells-this"}))
    accepted(app, root, priced, unknown)
    top = _tree(app, root["traceId"])["rows"][0]
    assert (top["total"]["cost_usd"], top["total"]["unpriced"], top["total"]["calls"]) == (None, 1, 2)


def test_windows_put_together_are_all_lines_each_once(app: Application) -> None:
    root, _ = _agent(app, calls=20)
    trace_id = root["traceId"]
    whole = _tree(app, trace_id)
    assert whole["visible"] == 41
    parts = [_tree(app, trace_id, offset=offset, limit=7)["rows"] for offset in range(0, 49, 7)]
    assert [row for part in parts for row in part] == whole["rows"]


def test_folded_and_unfolded_spans_are_honoured(app: Application) -> None:
    root, _ = _agent(app)
    trace_id = root["traceId"]
    folded = _tree(app, trace_id, levels=1)
    assert [row["name"] for row in folded["rows"]] == ["agent", "step 0", "step 1", "step 2"]
    assert [row["is_open"] for row in folded["rows"]] == [True, False, False, False]
    step = folded["rows"][1]
    assert (step["child_count"], step["span_count"]) == (1, 2)
    opened = _tree(app, trace_id, levels=1, opened=step["span_id"])
    assert [row["name"] for row in opened["rows"]][:3] == ["agent", "step 0", "chat gpt-4o"]
    closed = _tree(app, trace_id, closed=root["spanId"])
    assert [row["name"] for row in closed["rows"]] == ["agent"]


def test_span_is_located_and_what_lies_above_it_unfolds(app: Application) -> None:
    root, asked = _agent(app, calls=5)
    found = _tree(app, root["traceId"], levels=0, locate=asked[3]["spanId"])
    assert found["rows"][found["located"]]["span_id"] == asked[3]["spanId"]
    assert found["visible"] == 7
    assert found["above"] == [root["spanId"], asked[3]["parentSpanId"]]
    assert _tree(app, root["traceId"], locate="0" * 16)["located"] is None


def test_text_is_found_in_names_messages_and_attributes_in_the_order_of_the_tree(app: Application) -> None:
    root = span("agent", {"gen_ai.operation.name": "invoke_agent"})
    said = '[{"role":"user","parts":[{"type":"text","content":"Where is the Zebra_house?"}]}]'
    first = child(root, "chat", chat(**{"gen_ai.input.messages": said}))
    second = child(root, "chat", chat(mine="a zebra_house"), at_ns=int(root["startTimeUnixNano"]) + 5_000_000)
    third = child(root, "chat", chat(mine="a zebra-house"), at_ns=int(root["startTimeUnixNano"]) + 6_000_000)
    accepted(app, third, second, first, root)
    found = app.get(f"/traces/{root['traceId']}/find", q="ZEBRA_house")
    assert found == {"total": 2, "span_ids": [first["spanId"], second["spanId"]]}


def test_failures_are_found_and_the_first_cause_is_named(app: Application) -> None:
    error = {"code": 2, "message": "no such tool"}
    root = span("agent", {"gen_ai.operation.name": "invoke_agent"}, status=error)
    bad = child(root, "tool", {"gen_ai.operation.name": "execute_tool"}, status=error)
    good = child(root, "chat", chat())
    accepted(app, root, bad, good)
    summary = app.get(f"/traces/{root['traceId']}/summary")
    assert (summary["first_error"], summary["error_count"]) == (bad["spanId"], 2)
    assert summary["dearest"] == good["spanId"]
    assert app.get(f"/traces/{root['traceId']}/find")["total"] == 2


def test_span_is_shown_with_what_lies_above_it(app: Application) -> None:
    root, asked = _agent(app)
    found = app.get(f"/traces/{root['traceId']}/spans/{asked[0]['spanId']}")
    assert found["span"]["name"] == "chat gpt-4o"
    assert [above["name"] for above in found["ancestors"]] == ["agent", "step 0"]
    assert found["own"] == found["total"]


def test_span_that_says_nothing_names_the_last_model_call_beneath_it(app: Application) -> None:
    said = '[{"role":"user","parts":[{"type":"text","content":"Where is Oslo?"}]}]'
    root = span("agent", {"gen_ai.operation.name": "invoke_agent"})
    first = child(root, "chat", chat(**{"gen_ai.input.messages": said}))
    last = child(root, "chat", chat(**{"gen_ai.input.messages": said}), at_ns=int(first["startTimeUnixNano"]) + 10**9)
    accepted(app, root, last, first)
    path = f"/traces/{root['traceId']}/spans"
    assert app.get(f"{path}/{root['spanId']}")["speaker"] == last["spanId"]
    assert app.get(f"{path}/{last['spanId']}")["speaker"] is None


def test_cost_of_a_subtree_is_its_buckets_times_their_prices(app: Application) -> None:
    root, asked = _agent(app)
    path = f"/traces/{root['traceId']}/cost"
    whole, one = app.get(path), app.get(path, span_id=asked[0]["spanId"])
    assert (whole["total"]["cost_usd"], one["total"]["cost_usd"]) == ("0.00135", "0.00045")
    for answer in (whole, one):
        lines = sum(Decimal(line["cost_usd"]) for line in answer["sums"])
        assert lines + Decimal(answer["unexplained_usd"]) == Decimal(answer["total"]["cost_usd"])
        for line in answer["sums"]:
            assert line["tokens"] * Decimal(line["usd_per_million"]) / 10**6 == Decimal(line["cost_usd"])
    assert {line["bucket"]: line["tokens"] for line in whole["sums"]} == {"input_uncached": 300, "output_text": 60}
    assert (len(whole["ledger"]), len(one["ledger"])) == (3, 1)


def test_trace_that_goes_on_is_read_again(app: Application) -> None:
    root, _ = _agent(app)
    assert _tree(app, root["traceId"])["visible"] == 7
    accepted(app, child(root, "late", chat(**{"gen_ai.response.id": f"late-{root['spanId']}"})))
    assert _tree(app, root["traceId"])["visible"] == 8
    assert app.get(f"/traces/{root['traceId']}/summary")["total"]["cost_usd"] == "0.0018"


@pytest.mark.parametrize("query", [{"opened": "nonsense"}, {"limit": 501}, {"offset": -1}, {"spans": 1}])
def test_what_cannot_be_asked_is_refused(app: Application, query: dict[str, Any]) -> None:
    root, _ = _agent(app)
    answer = app.reader.get(f"/api/v1/projects/{app.project_id}/traces/{root['traceId']}/tree", params=query)
    assert answer.status_code == 400


def test_span_that_the_trace_does_not_have_is_said_so(app: Application) -> None:
    root, _ = _agent(app)
    for path in ("spans/" + "0" * 16, "cost?span_id=" + "0" * 16):
        answer = app.reader.get(f"/api/v1/projects/{app.project_id}/traces/{root['traceId']}/{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_a_whole_trace_is_exported_however_many_spans_it_has(app: Application) -> None:
    root = span("root", {"gen_ai.operation.name": "invoke_agent"})
    calls = [child(root, f"call {number}", chat()) for number in range(5_200)]
    for start in range(0, len(calls), 1_300):
        accepted(app, *([root] if start == 0 else []), *calls[start : start + 1_300])
    path = f"/api/v1/projects/{app.project_id}/traces/{root['traceId']}"
    eventually(lambda: app.reader.get(f"{path}/summary").json().get("span_count") == len(calls) + 1)
    answer = app.reader.get(f"{path}/export")
    assert answer.headers["content-disposition"].startswith("attachment")
    found = answer.json()
    assert {each["span_id"] for each in found["spans"]} == {each["spanId"] for each in [root, *calls]}
    assert len(found["spans"]) == found["summary"]["span_count"] == len(calls) + 1
    ids = {entry["span_id"] for entry in found["ledger"]}
    assert ids == {each["spanId"] for each in calls}
