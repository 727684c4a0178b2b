"""Tags that applications send are tags: found, listed, counted and taken off like those that people put on."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.traces.application import Application
from tests.traces.langfuse.sending import at, event, taken
from tests.traces.payload import accepted, chat, child, span

from trimtab.base import ids
from trimtab.traces import named_ids

_AGENT = {"gen_ai.operation.name": "invoke_agent"}
_NAMES: dict[str, Callable[[list[str]], dict[str, Any]]] = {
    "langfuse": lambda tags: {"langfuse.trace.tags": tags},
    "langfuse as text": lambda tags: {"langfuse.trace.tags": json.dumps(tags)},
    "openinference": lambda tags: {"tag.tags": tags, "openinference.span.kind": "CHAIN"},
}


def _tag() -> str:
    return f"t-{ids.new_span_id()}"


def _stored(app: Application, trace_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = app.get(f"/traces/{trace_id}/annotations")["items"]
    return [each for each in found if each["kind"] == "tag"]


def _found(app: Application, tag: str) -> list[str]:
    return [row["trace_id"] for row in app.traces(filter=f'tag = "{tag}"')]


@pytest.mark.parametrize("dialect", _NAMES)
def test_tags_that_were_sent_are_found_listed_and_counted(app: Application, dialect: str) -> None:
    one, two = _tag(), _tag()
    root = span("root", _AGENT | _NAMES[dialect]([one.upper(), f" {two}", one]))
    accepted(app, child(root, "chat", chat()), root)
    accepted(app, root)
    assert _found(app, one) == [root["traceId"]]
    assert app.traces()[0]["tags"] == sorted((one, two))
    assert sorted(each["text"] for each in _stored(app, root["traceId"])) == sorted((one, two))
    assert {"tag": one, "count": 1} in app.get("/trace-tags")["items"]


def test_every_part_of_a_trace_may_name_the_same_tags_and_they_are_there_once(app: Application) -> None:
    tags = {"langfuse.trace.tags": [_tag()]}
    root = span("root", _AGENT | tags)
    for each in (child(root, "late", chat(**tags), at_ns=int(root["startTimeUnixNano"]) + 10**8), root):
        accepted(app, each)
    assert len(_stored(app, root["traceId"])) == 1


def test_what_no_tag_may_hold_becomes_a_hyphen_and_what_is_no_text_is_left_out(app: Application) -> None:
    root = span("root", chat(**{"langfuse.trace.tags": ["Beta Users!", 7, "", "x" * 100]}))
    accepted(app, root)
    assert sorted(each["text"] for each in _stored(app, root["traceId"])) == ["beta-users-", "x" * 64]


def test_a_tag_that_was_taken_off_does_not_come_back_with_the_same_spans(app: Application) -> None:
    tag = _tag()
    root = span("root", chat(**{"langfuse.trace.tags": [tag]}))
    accepted(app, root)
    path = f"/api/v1/projects/{app.project_id}/traces/{root['traceId']}/tags/{tag}"
    assert app.running.ours.owner.delete(path).status_code == 204
    accepted(app, root)
    _forget(app)
    accepted(app, root)
    assert _stored(app, root["traceId"]) == []
    assert _found(app, tag) == []


def _forget(app: Application) -> None:
    """Take away what the process remembers, as a restart does."""
    tags = app.running.services.receiver._tags
    tags._seen.clear()
    tags._started_ns = app.running.services.receiver._clock.now_ns()


def test_tags_of_the_older_langfuse_api_are_tags_and_its_own_api_returns_them(app: Application) -> None:
    tag, name = _tag(), _tag()
    taken(app, event("trace-create", 0, id=name, timestamp=at(0), name="chat", tags=[tag]))
    taken(app, event("generation-create", 1, id=f"{name}-g", traceId=name, name="llm", model="gpt-4o", startTime=at(1)))
    assert _found(app, tag) == [named_ids.trace_id(name)]


def test_tags_that_are_remarked_about_a_trace_from_elsewhere_are_tags(app: Application) -> None:
    tag = _tag()
    root = span("root", chat())
    accepted(app, root)
    taken(app, event("trace-create", 0, id=root["traceId"], tags=[tag]))
    assert _found(app, tag) == [root["traceId"]]
