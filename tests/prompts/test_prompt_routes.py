"""Prompts over REST: versions are written once, numbered, attributed and compared."""

from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from tests.conftest import Running

from trimtab.identity.access import Right

Json = dict[str, Any]


def draft(text: str, **changes: Any) -> Json:
    messages = [{"role": "system", "template": "Be brief."}, {"role": "user", "template": text}]
    return {"messages": messages, "variables": [{"name": "question"}], "message": "why"} | changes


def create(client: TestClient, path: str, name: str = "support/answer", **changes: Any) -> Json:
    body = {"name": name, "kind": "chat", "description": "Answers.", "version": draft("{{ question }}")} | changes
    answer = client.post(f"{path}/prompts", json=body)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def refusal(answer: Any, status: int) -> Json:
    assert answer.status_code == status, answer.text
    error: Json = answer.json()["error"]
    return error


def test_a_new_prompt_has_one_version_with_its_author_its_reason_and_its_hash(running: Running) -> None:
    made = create(running.ours.owner, running.ours.path)
    version = made["version"]
    assert (made["name"], made["kind"], made["latest_version"], made["live"]) == ("support/answer", "chat", 1, [])
    assert (version["number"], version["message"], version["author"]["kind"]) == (1, "why", "user")
    assert version["variables"] == [
        {"name": "question", "type": "string", "required": True, "default": None, "description": ""}
    ]
    assert len(version["content_hash"]) == 64
    assert running.ours.owner.get(f"{running.ours.path}/prompts/{made['id']}").json() == made


def test_versions_are_numbered_and_listed_newest_first_in_pages(running: Running) -> None:
    client, made = running.ours.owner, create(running.ours.owner, running.ours.path)
    versions = f"{running.ours.path}/prompts/{made['id']}/versions"
    for number in (2, 3):
        answer = client.post(versions, json=draft(f"{{{{ question }}}} {number}"))
        assert (answer.status_code, answer.json()["number"]) == (201, number)
    first = client.get(versions, params={"limit": 2}).json()
    second = client.get(versions, params={"limit": 2, "cursor": first["next"]}).json()
    assert [version["number"] for version in first["items"] + second["items"]] == [3, 2, 1]
    assert second["next"] is None
    assert client.get(f"{versions}/2").json() == first["items"][1]


def test_writing_the_newest_once_more_changes_nothing(running: Running) -> None:
    client, made = running.ours.owner, create(running.ours.owner, running.ours.path)
    versions = f"{running.ours.path}/prompts/{made['id']}/versions"
    again = client.post(versions, json=draft("{{ question }}", message="another reason", base_version=1))
    assert again.status_code == 200
    assert again.json()["message"] == "why"
    assert len(client.get(versions).json()["items"]) == 1


def test_a_version_written_on_top_of_an_old_one_is_refused(running: Running) -> None:
    client, made = running.ours.owner, create(running.ours.owner, running.ours.path)
    versions = f"{running.ours.path}/prompts/{made['id']}/versions"
    assert client.post(versions, json=draft("{{ question }} two", base_version=1)).status_code == 201
    error = refusal(client.post(versions, json=draft("{{ question }} three", base_version=1)), 409)
    assert error["code"] == "stale_base_version"
    assert "at version 2" in error["message"]
    refusal(client.post(versions, json=draft("{{ question }} three", base_version=9)), 400)
    assert len(client.get(versions).json()["items"]) == 2


def test_no_route_alters_a_version(running: Running) -> None:
    made = create(running.ours.owner, running.ours.path)
    version = f"{running.ours.path}/prompts/{made['id']}/versions/1"
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        assert running.ours.owner.request(method, version, json=draft("x")).status_code == 405


def test_the_store_itself_refuses_to_alter_a_version(running: Running) -> None:
    create(running.ours.owner, running.ours.path)
    with (
        pytest.raises(sa.exc.DBAPIError, match="a version of a prompt is never altered"),
        running.services.meta.write() as connection,
    ):
        connection.exec_driver_sql("UPDATE prompt_versions SET message = 'x'")


@pytest.mark.parametrize("name", ["", "a b", "/a", "a/", "a//b", "a/../b", ".", "é", "a:b", "a@b", "x" * 256])
def test_a_name_that_cannot_stand_in_a_call_is_refused(running: Running, name: str) -> None:
    body = {"name": name, "version": draft("{{ question }}")}
    error = refusal(running.ours.owner.post(f"{running.ours.path}/prompts", json=body), 400)
    assert "prompt" in error["message"]


def test_a_name_that_differs_in_case_alone_is_taken(running: Running) -> None:
    create(running.ours.owner, running.ours.path, "Support/answer")
    body = {"name": "support/Answer", "version": draft("{{ question }}")}
    assert refusal(running.ours.owner.post(f"{running.ours.path}/prompts", json=body), 409)["code"] == "conflict"
    create(running.theirs.owner, running.theirs.path, "support/Answer")


def test_prompts_are_found_by_a_part_of_their_name_or_description(running: Running) -> None:
    client, path = running.ours.owner, running.ours.path
    for name, description in (("b/greet", "Says hello"), ("a/answer", ""), ("c_d", "100% plain")):
        create(client, path, name, description=description)

    def found(q: str) -> list[str]:
        return [item["name"] for item in client.get(f"{path}/prompts", params={"q": q}).json()["items"]]

    assert found("") == ["a/answer", "b/greet", "c_d"]
    assert found("HELLO") == ["b/greet"]
    assert found("%") == ["c_d"]
    assert found("_") == ["c_d"]
    page = client.get(f"{path}/prompts", params={"limit": 2}).json()
    rest = client.get(f"{path}/prompts", params={"limit": 2, "cursor": page["next"]}).json()
    assert [item["name"] for item in page["items"] + rest["items"]] == ["a/answer", "b/greet", "c_d"]


def test_a_template_that_does_not_hold_together_is_refused_and_nothing_is_kept(running: Running) -> None:
    client, path = running.ours.owner, running.ours.path
    made = create(client, path)
    body = draft("one\n{{ qestion }}")
    error = refusal(client.post(f"{path}/prompts/{made['id']}/versions", json=body), 400)
    assert error["code"] == "undeclared_variable"
    assert "message 2 (user), line 2: variable 'qestion' is not declared" in error["message"]
    assert error["hint"] == "Did you mean 'question'?"
    assert client.get(f"{path}/prompts/{made['id']}").json()["latest_version"] == 1


def test_a_text_prompt_has_exactly_one_message(running: Running) -> None:
    client, path = running.ours.owner, running.ours.path
    one = draft("", messages=[{"role": "user", "template": "{{ question }}"}])
    assert create(client, path, "text", kind="text", version=one)["version"]["kind"] == "text"
    body = {"name": "texts", "kind": "text", "version": draft("{{ question }}")}
    assert "one message" in refusal(client.post(f"{path}/prompts", json=body), 400)["message"]


def test_a_declared_variable_that_nothing_uses_is_told_to_the_writer(running: Running) -> None:
    version = draft("{{ question }}", variables=[{"name": "question"}, {"name": "spare"}])
    made = create(running.ours.owner, running.ours.path, version=version)
    assert made["version"]["warnings"] == ["variable 'spare' is declared but no message uses it"]


def test_a_preview_renders_without_keeping_anything(running: Running) -> None:
    client, path = running.ours.owner, running.ours.path
    body = {
        "messages": [{"role": "user", "template": "{{ n + 1 }} {{ who }}"}],
        "variables": [{"name": "n", "type": "integer"}, {"name": "who", "required": False, "default": "you"}],
        "values": {"n": "41"},
    }
    answer = client.post(f"{path}/prompts/render", json=body)
    assert answer.json() == {"messages": [{"role": "user", "content": "42 you"}], "warnings": []}
    assert client.get(f"{path}/prompts").json()["items"] == []
    error = refusal(client.post(f"{path}/prompts/render", json=body | {"values": {"n": "x"}}), 400)
    assert error["code"] == "wrong_variable_type"


def test_two_versions_are_compared_by_message_line_and_word(running: Running) -> None:
    client, made = running.ours.owner, create(running.ours.owner, running.ours.path)
    prompt = f"{running.ours.path}/prompts/{made['id']}"
    changed = draft("{{ question }} now", variables=[{"name": "question", "description": "What is asked"}])
    client.post(f"{prompt}/versions", json=changed)
    diff = client.get(f"{prompt}/diff", params={"from": 1, "to": 2}).json()
    assert (diff["from"], diff["to"]) == (1, 2)
    assert [message["change"] for message in diff["messages"]] == ["same", "changed"]
    assert [(line["op"], line["text"]) for line in diff["messages"][1]["lines"]] == [
        ("removed", "{{ question }}"),
        ("added", "{{ question }} now"),
    ]
    assert diff["messages"][1]["lines"][1]["words"] == [
        {"op": "same", "text": "{{ question }}"},
        {"op": "added", "text": " now"},
    ]
    assert [(each["name"], each["change"]) for each in diff["variables"]] == [("question", "changed")]
    assert refusal(client.get(f"{prompt}/diff", params={"from": 1, "to": 3}), 404)["hint"]


def test_a_prompt_can_be_deleted_until_it_is_released(running: Running) -> None:
    client, path = running.ours.owner, running.ours.path
    made = create(client, path)
    assert client.delete(f"{path}/prompts/{made['id']}").status_code == 204
    assert client.get(f"{path}/prompts/{made['id']}").status_code == 404


def test_a_description_can_be_changed_and_the_log_shows_from_what(running: Running) -> None:
    client, path = running.ours.owner, running.ours.path
    made = create(client, path)
    url = f"{path}/prompts/{made['id']}"
    changed = client.patch(url, json={"description": "Answers customers"}).json()
    assert (changed["description"], changed["version"]) == ("Answers customers", made["version"])
    assert client.get(url).json()["description"] == "Answers customers"
    entry = client.get(f"{path}/audit").json()["items"][0]
    assert (entry["action"], entry["subject"]) == ("prompt.describe", made["id"])
    assert entry["detail"] == {
        "before": {"description": made["description"]},
        "after": {"description": "Answers customers"},
    }
    client.patch(url, json={"description": "Answers customers"}).raise_for_status()
    assert client.get(f"{path}/audit").json()["items"][0]["id"] == entry["id"], "nothing has changed"


@pytest.mark.parametrize("change", [{"description": "x" * 2001}, {"description": None}, {"name": "other"}, {}])
def test_nothing_but_a_description_of_some_length_can_be_changed(running: Running, change: dict[str, Any]) -> None:
    made = create(running.ours.owner, running.ours.path)
    answer = running.ours.owner.patch(f"{running.ours.path}/prompts/{made['id']}", json=change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_input")


def test_each_write_is_in_the_audit_log(running: Running) -> None:
    client, path = running.ours.owner, running.ours.path
    made = create(client, path)
    client.post(f"{path}/prompts/{made['id']}/versions", json=draft("{{ question }}!"))
    client.delete(f"{path}/prompts/{made['id']}")
    actions = [entry["action"] for entry in client.get(f"{path}/audit").json()["items"] if "prompt" in entry["action"]]
    assert actions == ["prompt.delete", "prompt.version.create", "prompt.version.create", "prompt.create"]


def test_reading_takes_read_and_writing_takes_write(running: Running) -> None:
    made = create(running.ours.owner, running.ours.path)
    prompt = f"{running.ours.path}/prompts/{made['id']}"
    reader, caller = running.key_with(Right.READ), running.key_with(Right.CALL)
    assert reader.get(prompt).status_code == 200
    assert reader.post(f"{prompt}/versions", json=draft("{{ question }}!")).status_code == 403
    assert reader.delete(prompt).status_code == 403
    writer = running.key_with(Right.WRITE)
    assert writer.post(f"{prompt}/versions", json=draft("{{ question }}!")).status_code == 201
    assert writer.get(prompt).status_code == 403
    assert caller.get(prompt).status_code == 403
    assert running.theirs.owner.get(prompt).status_code == 404
    assert running.theirs.owner.get(f"{running.theirs.path}/prompts/{made['id']}").status_code == 404
