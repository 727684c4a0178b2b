"""Old data goes by days: whole where all agree, else project by project, and money stays when messages go."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Running
from tests.traces.privacy.test_held_up import places
from tests.traces.privacy.test_ingest import deliver, gateway_call, model_span, otlp_span, rows, send

from trimtab.base import ids
from trimtab.traces.privacy import retention
from trimtab.traces.privacy.expiry import RetentionService
from trimtab.traces.privacy.policy import Kind, Policy
from trimtab.traces.privacy.retention import Step

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


_PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


def _policy(**days: int) -> Policy:
    return Policy(retention={Kind(kind): count for kind, count in days.items()})


def test_a_day_goes_whole_when_every_project_in_it_agrees() -> None:
    there = {"2026-11-01": ["a", "b"], "2026-11-02": ["a"], "2026-11-23": ["a", "b"]}
    policies = {"a": _policy(spans=7), "b": _policy(spans=14)}
    assert list(retention.steps("spans", there, policies, NOW)) == [
        Step("spans", "2026-11-01", Kind.SPANS),
        Step("spans", "2026-11-02", Kind.SPANS),
    ]


def test_a_project_that_keeps_its_rows_holds_the_day_of_others() -> None:
    there = {"2026-11-01": ["a", "b", "c"]}
    policies = {"a": _policy(ledger=7), "b": _policy(spans=7)}
    assert list(retention.steps("ledger", there, policies, NOW)) == [Step("ledger", "2026-11-01", Kind.LEDGER, "a")]


@pytest.mark.parametrize(("days", "goes"), [(1, True), (2, False)])
def test_a_day_goes_only_when_all_of_it_is_too_old(days: int, *, goes: bool) -> None:
    there = {"2026-11-22": ["a"]}
    assert bool(list(retention.steps("spans", there, {"a": _policy(spans=days)}, NOW))) is goes


def test_raw_events_go_with_the_shorter_of_content_and_spans() -> None:
    first, kind = retention.kept_from("langfuse_events", _policy(content=5, spans=30), NOW) or (None, None)
    assert (str(first), kind) == ("2026-11-19", Kind.CONTENT)


def test_the_first_run_waits_for_the_night_after_the_decision() -> None:
    decided = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    assert not retention.is_due(NOW, None, decided)
    night = datetime(2026, 11, 25, 3, 1, tzinfo=UTC)
    assert retention.is_due(night, None, decided)
    assert not retention.is_due(night + timedelta(hours=5), night, decided)
    assert retention.next_run(NOW) == datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    assert retention.next_run(night) == datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


def _keep(running: Running, **days: int) -> None:
    answer = running.ours.owner.put(f"{running.ours.path}/privacy/retention", json=days)
    assert answer.status_code == 200, answer.text


def _run(running: Running) -> dict[str, dict[str, Any]]:
    answer = running.ours.owner.post(f"{running.ours.path}/privacy/retention/run")
    assert answer.status_code == 200, answer.text
    return {run["kind"]: run for run in answer.json()["runs"]}


def _emptied(running: Running, **days: int) -> dict[str, dict[str, Any]]:
    """Let go of what other tests have left in the project, which is the same for all."""
    _keep(running, **days)
    return _run(running)


def _old_call(running: Running, days: int, **facts: Any) -> Any:
    at_ns = running.services.clock.now_ns() - days * 86_400 * 10**9
    call = gateway_call(running, started_ns=at_ns, ended_ns=at_ns + 10**9, **facts)
    for attempt in call.attempts:
        attempt.started_ns, attempt.ended_ns, attempt.first_token_ns = at_ns, at_ns + 10**9, at_ns + 10**8
    return call


def test_content_goes_and_tokens_cost_and_the_ledger_stay(running: Running) -> None:
    first = _emptied(running, content=7)["content"]["removed"]
    picture = f"data:image/png;base64,{base64.b64encode(_PICTURE).decode()}"
    shown = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": picture}}]}]
    old, new = _old_call(running, 12, input_messages=json.dumps(shown).encode()), _old_call(running, 2)
    deliver(running, old, new)
    blobs = running.services.settings.data_dir / "blobs"
    assert [path for path in blobs.rglob("*") if path.is_file() and path.read_bytes() == _PICTURE]
    before = {name: rows(running, old.trace_id, name) for name in ("spans", "ledger")}
    run = _run(running)["content"]
    assert run["removed"] == 2, "the call, and its attempt, whose stop sequence is content too"
    found = rows(running, old.trace_id)
    root = next(row for row in found if row["is_root"])
    assert [root[name] for name in ("input_messages", "output_messages", "variables", "search_text")] == [""] * 4
    assert root["attributes"]["trimtab.metadata.ticket"] == "T-1"
    for name in ("cost_usd", "input_uncached", "output_text", "user_id"):
        assert {row["span_id"]: row[name] for row in found} == {row["span_id"]: row[name] for row in before["spans"]}
    assert rows(running, old.trace_id, "ledger") == before["ledger"]
    assert [path for path in blobs.rglob("*") if path.is_file() and path.read_bytes() == _PICTURE] == []
    assert next(row for row in rows(running, new.trace_id) if row["is_root"])["input_messages"]
    again = _run(running)["content"]
    assert (again["removed"], again["removed_in_all"]) == (0, first + 2)


def test_content_that_lies_in_events_alone_goes_and_names_of_many_bytes_stay(running: Running) -> None:
    _emptied(running, content=7)
    at_ns, ticket = running.services.clock.now_ns() - 12 * 86_400 * 10**9, "é" * 200
    nothing = dict.fromkeys(("gen_ai.input.messages", "gen_ai.output.messages", "user.id", "acme.note"), "")
    span = model_span(running, **nothing, **{"metadata.ticket": ticket})
    said = {"key": "acme.said", "value": {"stringValue": "something private"}}
    span["events"] = [{"name": "said", "timeUnixNano": str(at_ns), "attributes": [said]}]
    span["startTimeUnixNano"], span["endTimeUnixNano"] = str(at_ns), str(at_ns + 10**9)
    send(running, span)
    (before,) = rows(running, span["traceId"])
    assert "something private" in before["events"]
    assert _run(running)["content"]["removed"] == 1
    (after,) = rows(running, span["traceId"])
    assert (after["events"], after["attributes"]["metadata.ticket"]) == ("[]", ticket)
    assert _run(running)["content"]["removed"] == 0


class _Asked:
    """A warehouse that notes what it is asked."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.said: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def query(self, sql: str, values: Any = None) -> Any:
        """Answer, and note the question."""
        self.said.append(sql)
        return self._real.query(sql, values)


def test_which_projects_have_old_messages_is_asked_once_for_all(running: Running, tmp_path: Path) -> None:
    services, asked = running.services, _Asked(running.services.warehouse)
    calls = []
    for tenant, days in ((running.ours, 7), (running.theirs, 9)):
        kept = tenant.owner.put(f"{tenant.path}/privacy/retention", json={"content": days})
        assert kept.status_code == 200, kept.text
        calls += [_old_call(running, age, project_id=tenant.project.id) for age in (8, 12)]
    deliver(running, *calls)
    RetentionService(places(running, tmp_path, warehouse=asked), services.audit, services.clock).run()
    wide = [sql for sql in asked.said if "groupUniqArray(project_id)" in sql and "FROM spans" in sql]
    assert len(wide) == 1
    left = [next(row for row in rows(running, call.trace_id) if row["is_root"])["input_messages"] for call in calls]
    assert [bool(said) for said in left] == [False, False, True, False]


def test_each_kind_goes_by_its_own_days_and_others_keep_theirs(running: Running) -> None:
    _emptied(running, spans=10)
    ours, theirs = _old_call(running, 12), _old_call(running, 12, project_id=running.theirs.project.id)
    deliver(running, ours, theirs)
    assert _run(running)["spans"]["removed"] == 2
    assert rows(running, ours.trace_id) == []
    assert len(rows(running, ours.trace_id, "ledger")) == 1
    assert len(rows(running, theirs.trace_id)) == 2


def test_spans_put_aside_and_dead_letters_go(running: Running) -> None:
    aside, bad = otlp_span(running, note="x"), model_span(running)
    start = running.services.clock.now_ns() - 5 * 86_400 * 10**9
    aside["startTimeUnixNano"], aside["endTimeUnixNano"] = str(start), str(start + 1)
    bad["startTimeUnixNano"] = "1"
    send(running, aside, bad)
    folder = running.services.settings.data_dir / "dead-letters" / "otlp" / running.ours.project.id
    today = next(folder.glob("*.jsonl"))
    today.rename(folder / "2026-01-01.jsonl")
    send(running, bad | {"spanId": ids.new_span_id()})
    _keep(running, side_spans=3, dead_letters=3, scores=3, logs=3, ledger=3000, media=3)
    runs = _run(running)
    assert {run["error"] for run in runs.values()} == {""}
    assert (runs["side_spans"]["removed"], runs["dead_letters"]["removed"]) == (1, 1)
    assert rows(running, aside["traceId"], "side_spans") == []
    assert len(list(folder.glob("*.jsonl"))) == 1


def test_the_audit_log_keeps_what_is_young(running: Running) -> None:
    _keep(running, audit=30)
    assert _run(running)["audit"]["removed"] == 0
    actions = [each["action"] for each in running.ours.owner.get(f"{running.ours.path}/audit").json()["items"]]
    assert actions[:2] == ["privacy.retention.run", "privacy.retention.update"]


@pytest.mark.parametrize("days", [{"spans": 0}, {"spans": 4000}, {"content": 30, "spans": 7}])
def test_days_that_make_no_sense_are_refused_and_change_nothing(running: Running, days: dict[str, int]) -> None:
    _keep(running, scores=9)
    assert running.ours.owner.put(f"{running.ours.path}/privacy/retention", json=days).status_code in {400, 422}
    assert running.ours.owner.get(f"{running.ours.path}/privacy").json()["retention"]["scores"] == 9


def test_the_plan_says_when_it_goes_on(running: Running) -> None:
    shown = running.ours.owner.get(f"{running.ours.path}/privacy/retention").json()
    assert shown["runs"] == []
    assert datetime.fromisoformat(shown["next_run_at"]) > running.services.clock.now()
