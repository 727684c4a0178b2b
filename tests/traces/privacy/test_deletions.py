"""What is deleted is gone from every store, and the proof says so truly."""

import json
import random
import string
import time
from typing import Any

import pytest
from tests.conftest import Running
from tests.traces.privacy.test_ingest import bytes_of, deliver, gateway_call, model_span, otlp_span, rows, send

from trimtab.base import ids
from trimtab.traces.privacy import deletion as rule

PATIENCE_S = 60.0


def ask(running: Running, kind: str, value: str) -> dict[str, Any]:
    answer = running.ours.owner.post(f"{running.ours.path}/privacy/deletions", json={"kind": kind, "value": value})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def _get(running: Running, deletion_id: str) -> dict[str, Any]:
    return dict(running.ours.owner.get(f"{running.ours.path}/privacy/deletions/{deletion_id}").json())


def complete(running: Running, deletion_id: str) -> dict[str, Any]:
    limit = time.monotonic() + PATIENCE_S
    while (found := _get(running, deletion_id))["state"] != "complete":
        assert time.monotonic() < limit, found
        running.services.deletions.work()
        time.sleep(0.2)
    return found


def _proof(running: Running, deletion_id: str) -> bytes:
    answer = running.ours.owner.get(f"{running.ours.path}/privacy/deletions/{deletion_id}/proof")
    assert answer.status_code == 200, answer.text
    return answer.content


def _counts(shown: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {each["name"]: (each["before"], each["after"]) for each in shown["counts"] if each["before"]}


def test_everything_of_a_user_goes_and_everything_of_others_stays(running: Running) -> None:
    user = f"u-{ids.new_span_id()}"
    call, other = gateway_call(running, user_id=user), gateway_call(running, user_id="somebody-else")
    deliver(running, call, other)
    span = model_span(running, **{"user.id": user, "session.id": "s-1"})
    child = model_span(running, **{"user.id": ""}) | {"traceId": span["traceId"], "parentSpanId": span["spanId"]}
    aside = otlp_span(running, note="x") | {"traceId": call.trace_id}
    bad = model_span(running, **{"user.id": user}) | {"startTimeUnixNano": "1"}
    send(running, span, child, aside, bad)
    running.ours.owner.post(
        f"{running.ours.path}/scores", json={"trace_id": span["traceId"], "name": "helpful", "value": 1}
    )
    preview = running.ours.owner.post(
        f"{running.ours.path}/privacy/deletions/preview", json={"kind": "user", "value": user}
    ).json()
    money = _money(running)
    asked = ask(running, "user", user)
    assert asked["state"] == "requested"
    done = complete(running, asked["id"])
    counts = _counts(done)
    assert counts["spans"] == (4, 0)
    assert counts["side_spans"] == (1, 0)
    assert counts["ledger"] == (3, 0)
    assert counts["dead letters"] == (1, 0)
    assert {each["name"]: each["before"] for each in preview["counts"]} == {
        name: before for name, (before, _) in counts.items()
    }
    for trace_id in (call.trace_id, span["traceId"]):
        for table in ("spans", "side_spans", "ledger", "scores"):
            assert rows(running, trace_id, table) == []
    assert len(rows(running, other.trace_id)) == 2
    assert _money(running) == money


def _money(running: Running) -> Any:
    found = running.services.warehouse.query(
        "SELECT sum(cost_usd) AS usd, count() AS n FROM ledger FINAL WHERE project_id = {project:String}",
        {"project": running.ours.project.id},
    )
    assert found[0]["usd"] > 0
    return found[0]


def test_no_file_of_the_warehouse_holds_the_text_when_it_is_complete(running: Running, warehouse: Any) -> None:
    # Of distinct letters, so that the engine has nothing to squeeze and stores it as it is.
    user, secret = f"u-{ids.new_span_id()}", "".join(random.sample(string.ascii_letters + string.digits, 40))
    deliver(running, gateway_call(running, user_id=user, feature=secret))
    folder = warehouse._folder
    held = [path for path in folder.rglob("*") if secret.encode() in bytes_of(path)]
    assert held
    complete(running, ask(running, "user", user)["id"])
    # A part's own files go; what is left of the money has the feature in it, as every number must be cut by that.
    left = [path for path in folder.rglob("*") if secret.encode() in bytes_of(path)]
    assert len(left) < len(held)
    assert [path for path in folder.rglob("*") if user.encode() in bytes_of(path)] == []


def test_the_proof_is_signed_chained_and_breaks_when_touched(running: Running) -> None:
    first = ask(running, "session", "nobody-1")
    early = running.ours.owner.get(f"{running.ours.path}/privacy/deletions/{first['id']}/proof")
    assert early.status_code == 409
    complete(running, first["id"])
    second = ask(running, "trace", ids.new_trace_id())
    complete(running, second["id"])
    key = running.ours.owner.get(f"{running.ours.path}/privacy/signing-key").json()["public_key"]
    one, two = _proof(running, first["id"]), _proof(running, second["id"])
    assert rule.verify(one, key).is_intact
    assert json.loads(one)["previous"] == rule.FIRST
    assert json.loads(two)["previous"] == rule.digest(one.decode())
    changed = json.loads(two)
    changed["requested_by"] = "Mallory"
    assert not rule.verify(json.dumps(changed).encode(), key).is_intact
    assert not rule.verify(two, "00" * 32).is_intact
    assert b"nobody-1" not in one


def test_a_subject_is_known_by_its_hash_alone_once_it_is_gone(running: Running) -> None:
    asked = ask(running, "user", "ada@example.com")
    assert "ada@example.com" not in json.dumps(complete(running, asked["id"]))
    entries = running.ours.owner.get(f"{running.ours.path}/audit").json()["items"]
    said = next(each for each in entries if each["action"] == "privacy.deletion.request")
    assert "ada@example.com" not in json.dumps(said)
    assert said["detail"]["subject_hash"] == asked["subject_hash"]


def test_a_user_whom_redaction_has_renamed_is_found_by_the_name_of_old(running: Running) -> None:
    wish = {"detectors": ["email"], "style": "hash"}
    assert running.ours.owner.put(f"{running.ours.path}/privacy/redaction", json=wish).status_code == 200
    user = f"{ids.new_span_id()}@example.com"
    call = gateway_call(running, user_id=user)
    deliver(running, call)
    assert len(rows(running, call.trace_id)) == 2
    complete(running, ask(running, "user", user)["id"])
    assert rows(running, call.trace_id) == []


def test_what_arrives_while_it_is_deleted_goes_too(running: Running) -> None:
    user = f"u-{ids.new_span_id()}"
    deliver(running, gateway_call(running, user_id=user))
    asked = ask(running, "user", user)
    running.services.deletions.work()
    late = gateway_call(running, user_id=user)
    deliver(running, late)
    complete(running, asked["id"])
    assert rows(running, late.trace_id) == []


def test_two_requests_for_one_subject_do_not_run_side_by_side(running: Running) -> None:
    ask(running, "user", "twice")
    answer = running.ours.owner.post(f"{running.ours.path}/privacy/deletions", json={"kind": "user", "value": "twice"})
    assert answer.status_code == 409


@pytest.mark.parametrize("value", ["", "   ", "x" * 300])
def test_a_subject_that_is_none_is_refused(running: Running, value: str) -> None:
    path = f"{running.ours.path}/privacy/deletions"
    assert running.ours.owner.post(path, json={"kind": "user", "value": value}).status_code == 400
    assert running.ours.owner.get(path).json()["items"] == []


def test_a_name_with_quotes_is_a_name(running: Running) -> None:
    user = "o'brien\\' OR 1=1 --"
    call, other = gateway_call(running, user_id=user), gateway_call(running, user_id="other")
    deliver(running, call, other)
    complete(running, ask(running, "user", user)["id"])
    assert rows(running, call.trace_id) == []
    assert len(rows(running, other.trace_id)) == 2


def test_unreadable_records_of_other_projects_are_neither_counted_nor_deleted(running: Running) -> None:
    user, letters = f"u-{ids.new_span_id()}", running.services.collector.dead_letters
    ours, theirs = running.ours.project.id, running.theirs.project.id
    for said in (f"\x01{ours}\x02{user}", f"\x01{theirs}\x02{user}", f"torn {user}", f"\x01{ours}\x02another"):
        letters.keep(said.encode(), "not readable")
    preview = running.ours.owner.post(
        f"{running.ours.path}/privacy/deletions/preview", json={"kind": "user", "value": user}
    ).json()
    assert {each["name"]: each["before"] for each in preview["counts"]} == {"dead letters": 1}
    assert _counts(complete(running, ask(running, "user", user)["id"]))["dead letters"] == (1, 0)
    left: list[bytes] = []
    letters.sift(lambda _day, payload: bool(left.append(payload)) or True)
    assert [user.encode() in payload for payload in left] == [True, True, False]
