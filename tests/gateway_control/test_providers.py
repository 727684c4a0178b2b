"""Providers and aliases over REST: a secret goes in and never comes out."""

from typing import Any

import pytest
from tests.conftest import Running

from trimtab.base.errors import Conflict
from trimtab.gateway.providers import KINDS
from trimtab.gateway.service import NewProvider
from trimtab.identity.access import Right, Role
from trimtab.identity.secrets import SealBroken, provider_context

Json = dict[str, Any]
SECRET = "sk-test-0123456789abcdef"


def connect(running: Running, **changes: Any) -> Any:
    body = {"name": "openai", "kind": "openai", "secret": SECRET} | changes
    return running.ours.owner.post(f"{running.ours.path}/providers", json=body)


def refusal(answer: Any, status: int) -> Json:
    assert answer.status_code == status, answer.text
    error: Json = answer.json()["error"]
    return error


def test_every_kind_says_what_it_needs(running: Running) -> None:
    items = running.ours.owner.get("/api/v1/provider-kinds").json()["items"]
    assert {item["kind"] for item in items} == {
        *("openai", "anthropic", "gemini", "azure_openai", "bedrock", "mistral", "groq", "openrouter"),
        *("ollama", "vllm", "local", "openai_compatible"),
    }
    assert all(item["title"] and item["docs_note"] and item["base_url"] for item in items)
    assert all(item["secret_hint"] for item in items if item["needs_secret"])


@pytest.mark.parametrize("kind", KINDS)
def test_one_form_connects_each_kind(running: Running, kind: str) -> None:
    known = KINDS[kind]
    body = {"name": "up", "kind": kind, "secret": SECRET if known.needs_secret else ""}
    if known.needs_base_url:
        refusal(connect(running, **body), 400)
        body["base_url"] = "https://one.example/v1/"
    made = connect(running, **body)
    assert made.status_code == 201, made.text
    expected = "https://one.example/v1" if known.needs_base_url else known.base_url
    assert (made.json()["base_url"], made.json()["keep_alive"]) == (expected, known.keep_alive)


def test_a_secret_is_sealed_and_only_its_end_is_ever_shown(running: Running) -> None:
    made = connect(running)
    assert (made.json()["has_secret"], made.json()["secret_hint"]) == (True, "cdef")
    path = running.ours.path
    shown = [made.text] + [
        running.ours.owner.get(f"{path}/{what}").text for what in ("providers", "audit", "models", "setup")
    ]
    assert not any(SECRET in text for text in shown)
    with running.services.meta.read() as connection:
        sealed = connection.exec_driver_sql("SELECT sealed_secret FROM providers").scalar_one()
    assert SECRET.encode() not in sealed
    context = provider_context(running.ours.project.id, "openai")
    assert running.services.secrets.open(sealed, context) == SECRET
    with pytest.raises(SealBroken):
        running.services.secrets.open(sealed, provider_context(running.theirs.project.id, "openai"))


def test_a_refusal_never_repeats_a_secret(running: Running) -> None:
    for changes in ({"secret": f"{SECRET} {SECRET}"}, {"secret": [SECRET]}, {"secret": SECRET, "kind": "none"}):
        assert SECRET not in connect(running, **changes).text


def test_a_change_leaves_the_rest_as_it_was(running: Running) -> None:
    made = connect(running, models=["gpt-5"]).json()
    provider = f"{running.ours.path}/providers/{made['id']}"
    changed = running.ours.owner.patch(provider, json={"models": ["gpt-5", "gpt-5-mini", "gpt-5"]}).json()
    assert changed["models"] == ["gpt-5", "gpt-5-mini"]
    assert (changed["secret_hint"], changed["base_url"]) == ("cdef", made["base_url"])
    other = running.ours.owner.patch(provider, json={"secret": "sk-another-secret-wxyz"}).json()
    assert other["secret_hint"] == "wxyz"
    refusal(running.ours.owner.patch(provider, json={"secret": ""}), 400)
    refusal(running.ours.owner.patch(provider, json={"name": "other"}), 400)


def test_a_stored_secret_is_never_sent_to_another_server(running: Running) -> None:
    path = f"{running.ours.path}/providers/{connect(running).json()['id']}"
    elsewhere = {"base_url": "https://elsewhere.example/v1"}
    error = refusal(running.ours.owner.patch(path, json=elsewhere), 400)
    assert (error["code"], SECRET in error["message"]) == ("secret_needed", False)
    assert running.ours.owner.patch(path, json={"base_url": "https://api.openai.com/v2"}).status_code == 200
    assert running.ours.owner.patch(path, json=elsewhere | {"secret": "sk-another-0123456789"}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "Open AI"}, "cannot name a provider"),
        ({"name": "prompt"}, "cannot name a provider"),
        ({"kind": "openia"}, "no kind of provider"),
        ({"secret": ""}, "needs a secret"),
        ({"secret": "sk one"}, "spaces"),
        ({"secret": "sk\r\nx: y"}, "spaces"),
        ({"base_url": "ftp://x"}, "http or https URL"),
        ({"base_url": "file:///etc/passwd"}, "http or https URL"),
        ({"base_url": "http://"}, "http or https URL"),
        ({"base_url": "http://user:pw@x"}, "no user"),
        ({"base_url": "http://x?y=1"}, "no user, query"),
        ({"base_url": "http://x/v1/chat/completions"}, "before /chat/completions"),
        ({"base_url": "https://{resource}.openai.azure.com"}, "http or https URL"),
        ({"headers": {"authorization": "x"}}, "cannot be an extra header"),
        ({"headers": {"Host": "x"}}, "cannot be an extra header"),
        ({"headers": {"x y": "z"}}, "cannot be an extra header"),
        ({"headers": {"x": "a\r\nb: c"}}, "not ASCII"),
        ({"models": ["a b"]}, "cannot name a model"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_was_expected(running: Running, changes: Json, says: str) -> None:
    error = refusal(connect(running, **changes), 400)
    assert says in error["message"]
    assert running.ours.owner.get(f"{running.ours.path}/providers").json()["items"] == []


def test_a_name_is_taken_once_in_a_project(running: Running) -> None:
    assert connect(running).status_code == 201
    refusal(connect(running), 409)


def test_an_alias_stands_for_a_model_of_a_provider_that_is_there(running: Running) -> None:
    client, path = running.ours.owner, running.ours.path
    connect(running)
    assert client.put(f"{path}/aliases/fast", json={"target": "openai/gpt-5-mini"}).status_code == 200
    assert client.put(f"{path}/aliases/fast", json={"target": "openai/gpt-5"}).json()["target"] == "openai/gpt-5"
    assert [each["alias"] for each in client.get(f"{path}/aliases").json()["items"]] == ["fast"]
    for target in ("nowhere/x", "fast", "openai/", "openai"):
        refusal(client.put(f"{path}/aliases/other", json={"target": target}), 400)
    refusal(client.put(f"{path}/aliases/a b", json={"target": "openai/x"}), 400)
    assert client.delete(f"{path}/aliases/fast").status_code == 204
    refusal(client.delete(f"{path}/aliases/fast"), 404)


def test_what_is_needed_cannot_be_removed(running: Running) -> None:
    client, path = running.ours.owner, running.ours.path
    provider = f"{path}/providers/{connect(running).json()['id']}"
    client.put(f"{path}/aliases/fast", json={"target": "openai/gpt-5"})
    assert "alias fast" in refusal(client.delete(provider), 409)["message"]
    version = {"messages": [{"role": "user", "template": "x"}]}
    prompt = client.post(f"{path}/prompts", json={"name": "p", "version": version}).json()
    plan = {"prompt_id": prompt["id"], "environment": "production", "version": 1, "model": "fast"}
    assert client.post(f"{path}/releases", json=plan).status_code == 201
    assert "p@production" in refusal(client.delete(f"{path}/aliases/fast"), 409)["message"]
    client.post(f"{path}/releases", json=plan | {"model": "openai/gpt-5"})
    assert client.delete(f"{path}/aliases/fast").status_code == 204
    assert "p@production" in refusal(client.delete(provider), 409)["message"]
    spare = connect(running, name="spare").json()["id"]
    assert client.delete(f"{path}/providers/{spare}").status_code == 204


def test_models_are_what_a_call_can_name(running: Running) -> None:
    client, path = running.ours.owner, running.ours.path
    connect(running, models=["gpt-5"])
    client.put(f"{path}/aliases/fast", json={"target": "openai/gpt-5"})
    assert client.get(f"{path}/models").json()["items"] == [
        {"id": "openai/gpt-5", "kind": "model"},
        {"id": "fast", "kind": "alias"},
    ]


def test_the_set_up_page_sees_how_far_a_project_has_come(running: Running) -> None:
    # In a project of its own: other tests send calls to the tenant's first one.
    client = running.ours.owner
    path = f"/api/v1/projects/{client.post('/api/v1/projects', json={'slug': 'fresh', 'name': 'F'}).json()['id']}"
    first = client.get(f"{path}/setup").json()
    assert first == {
        "gateway_url": "http://127.0.0.1:4000",
        "sample": None,
        "has_provider": False,
        "has_calls": False,
    }
    client.post(f"{path}/providers", json={"name": "openai", "kind": "openai", "secret": SECRET}).raise_for_status()
    assert client.get(f"{path}/setup").json()["has_provider"] is True


def test_wanting_a_provider_twice_changes_it_only_when_something_differs(running: Running) -> None:
    service, access = running.services.providers, running.ours.access
    wanted = NewProvider(name="file", kind="openai", secret=SECRET, models=["a"])
    made, is_new = service.ensure(access, wanted)
    assert is_new
    assert service.ensure(access, wanted) == (made, False)
    changed, was_changed = service.ensure(
        access, NewProvider(name="file", kind="openai", secret="sk-other-secret-9999")
    )
    assert (was_changed, changed.secret_hint, changed.models) == (True, "9999", ())
    with pytest.raises(Conflict, match="with the kind 'openai', wanted 'groq'"):
        service.ensure(access, NewProvider(name="file", kind="groq", secret=SECRET))


def test_each_write_is_audited_and_moves_the_gateways_revision(running: Running) -> None:
    client, path = running.ours.owner, running.ours.path
    before = running.services.snapshots.revision()
    provider = f"{path}/providers/{connect(running).json()['id']}"
    client.patch(provider, json={"models": ["gpt-5"], "secret": "sk-another-secret-wxyz"})
    client.put(f"{path}/aliases/fast", json={"target": "openai/gpt-5"})
    client.delete(f"{path}/aliases/fast")
    client.delete(provider)
    assert running.services.snapshots.revision() == before + 5
    entries = client.get(f"{path}/audit").json()["items"][:5]
    assert [entry["action"] for entry in entries] == [
        "provider.delete",
        "alias.delete",
        "alias.put",
        "provider.change",
        "provider.create",
    ]
    assert entries[3]["summary"] == "changed secret, models of the provider 'openai'"


def test_an_entry_shows_what_a_provider_was_and_is_without_its_secrets(running: Running) -> None:
    client, path = running.ours.owner, running.ours.path
    provider = f"{path}/providers/{connect(running).json()['id']}"
    client.patch(provider, json={"headers": {"x-team": "hidden"}, "secret": "sk-another-secret-wxyz"})
    client.put(f"{path}/aliases/fast", json={"target": "openai/a"})
    client.put(f"{path}/aliases/fast", json={"target": "openai/b"})
    client.delete(f"{path}/aliases/fast")
    log = client.get(f"{path}/audit")
    assert not any(secret in log.text for secret in ("hidden", SECRET, "sk-another"))
    removed, moved, named, changed, made = (entry["detail"] for entry in log.json()["items"][:5])
    assert (removed["before"], removed["after"]) == ({"target": "openai/b"}, {})
    assert (moved["before"], moved["after"]) == ({"target": "openai/a"}, {"target": "openai/b"})
    assert (named["before"], named["after"]) == ({}, {"target": "openai/a"})
    assert changed["before"] == {"secret_hint": "cdef", "headers": []}
    assert changed["after"] == {"secret_hint": "wxyz", "headers": ["x-team"]}
    assert (made["before"], made["after"]["secret_hint"]) == ({}, "cdef")


def test_connecting_takes_admin_and_naming_takes_write(running: Running) -> None:
    path = running.ours.path
    editor = running.member(Role.EDITOR)
    assert editor.post(f"{path}/providers", json={"name": "x", "kind": "ollama"}).status_code == 403
    made = connect(running).json()
    assert editor.patch(f"{path}/providers/{made['id']}", json={"models": []}).status_code == 403
    assert editor.post(f"{path}/providers/{made['id']}/check").status_code == 403
    assert editor.put(f"{path}/aliases/fast", json={"target": "openai/x"}).status_code == 200
    assert running.key_with(Right.READ).put(f"{path}/aliases/fast", json={"target": "openai/y"}).status_code == 403
    theirs = running.theirs
    assert theirs.owner.get(f"{theirs.path}/providers").json()["items"] == []
    assert theirs.owner.delete(f"{theirs.path}/providers/{made['id']}").status_code == 404
    assert theirs.owner.post(f"{theirs.path}/providers/{made['id']}/check").status_code == 404
