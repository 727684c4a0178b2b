"""A released prompt is called by its name: rendered with the caller's variables, under the release's rules."""

import json
from typing import Any

import pytest
from tests.gateway.stage import Gateway

VALUES = {"product": "Trimtab", "question": "How do I roll back?"}
RENDERED = [
    {"role": "system", "content": "You help with Trimtab."},
    {"role": "user", "content": "How do I roll back? (3)"},
]


def ask(**more: Any) -> dict[str, Any]:
    return {"model": "prompt:support/answer", "messages": [], "metadata": VALUES, **more}


def sent(gateway: Gateway) -> dict[str, Any]:
    return gateway.upstream.log.requests[-1].body


def test_an_unmodified_client_calls_a_prompt_with_variables_in_metadata(gateway: Gateway) -> None:
    answer = gateway.client().chat.completions.with_raw_response.create(
        model="prompt:support/answer", messages=[], metadata=VALUES
    )
    assert sent(gateway)["messages"] == RENDERED
    assert sent(gateway)["model"] == "fake"
    call = gateway.record(answer.headers["x-request-id"])
    assert call.prompt is not None
    assert (call.prompt.name, call.prompt.version, call.prompt.release_id) == ("support/answer", 3, "rel_answer")
    assert (call.prompt.environment, call.prompt.arm) == ("production", "main")
    assert json.loads(call.variables) == VALUES
    assert json.loads(call.input_messages) == RENDERED
    assert call.metadata == {}


@pytest.mark.parametrize("extra", [{"variables": VALUES}, {"prompt": {"variables": VALUES}}])
def test_variables_may_come_in_extra_body_and_are_not_sent_upstream(gateway: Gateway, extra: dict[str, Any]) -> None:
    gateway.client().chat.completions.create(model="prompt:support/answer", messages=[], extra_body=extra)
    assert sent(gateway)["messages"] == RENDERED
    assert not {"variables", "prompt", "metadata"} & sent(gateway).keys()


def test_the_callers_messages_follow_the_rendered_ones(gateway: Gateway) -> None:
    own = [{"role": "assistant", "content": "In the console."}, {"role": "user", "content": "And by command?"}]
    gateway.call(ask(messages=own))
    assert sent(gateway)["messages"] == RENDERED + own


def test_a_prompt_needs_no_messages_of_the_caller(gateway: Gateway) -> None:
    body = ask()
    del body["messages"]
    assert gateway.call(body).status == 200
    assert sent(gateway)["messages"] == RENDERED


def test_text_in_metadata_is_read_as_the_declared_type(gateway: Gateway) -> None:
    gateway.call(ask(metadata={**VALUES, "limit": "7"}))
    assert sent(gateway)["messages"][1]["content"] == "How do I roll back? (7)"


def test_metadata_that_is_no_variable_stays_metadata(gateway: Gateway) -> None:
    call = gateway.record_of(gateway.call(ask(metadata={**VALUES, "feature": "help", "ticket": "42"})))
    assert call.feature == "help"
    assert call.metadata == {"ticket": "42"}
    assert json.loads(call.variables) == VALUES


def test_the_releases_parameters_apply_and_the_callers_win_only_where_they_may(gateway: Gateway) -> None:
    answer = gateway.call(ask(temperature=1.0, max_tokens=5, top_p=0.5))
    assert sent(gateway)["temperature"] == 0.2
    assert sent(gateway)["max_tokens"] == 5
    assert "top_p" not in sent(gateway)
    assert answer.headers["x-trimtab-ignored-parameters"] == "temperature,top_p"
    assert json.loads(gateway.record_of(answer).parameters) == {"temperature": 0.2, "max_tokens": 5}


def test_a_release_may_leave_everything_to_the_caller(gateway: Gateway) -> None:
    answer = gateway.call({"model": "prompt:free", "temperature": 1.0, "seed": 7})
    assert (sent(gateway)["temperature"], sent(gateway)["seed"]) == (1.0, 7)
    assert "x-trimtab-ignored-parameters" not in answer.headers


def test_another_environment_is_named_behind_an_at(gateway: Gateway) -> None:
    call = gateway.record_of(gateway.call(ask(model="prompt:support/answer@staging")))
    assert call.prompt is not None
    assert (call.prompt.version, call.prompt.environment, call.environment) == (4, "staging", "production")


def test_a_prompt_can_be_streamed(gateway: Gateway) -> None:
    stream = gateway.client().chat.completions.create(
        model="prompt:support/answer", messages=[], metadata=VALUES, stream=True
    )
    assert [chunk for chunk in stream if chunk.choices]


def test_a_missing_variable_is_named_and_nothing_is_sent(gateway: Gateway) -> None:
    before = len(gateway.upstream.log.requests)
    answer = gateway.call(ask(metadata={"product": "Trimtab"}))
    assert (answer.status, answer.error["code"]) == (400, "missing_variable")
    assert "question" in answer.error["message"]
    assert len(gateway.upstream.log.requests) == before


def test_a_call_that_a_prompt_refuses_is_counted_under_it(gateway: Gateway) -> None:
    call = gateway.record_of(gateway.call(ask(metadata={"product": "Trimtab"})))
    assert call.prompt is not None
    assert (call.prompt.name, call.prompt.version, call.prompt.release_id) == ("support/answer", 3, "rel_answer")


@pytest.mark.parametrize(
    ("variables", "code"),
    [({**VALUES, "limit": "many"}, "wrong_variable_type"), ({**VALUES, "produkt": "x"}, "unknown_variable")],
)
def test_a_variable_that_does_not_fit_is_refused(gateway: Gateway, variables: dict[str, str], code: str) -> None:
    answer = gateway.call(ask(metadata={}, variables=variables))
    assert (answer.status, answer.error["code"]) == (400, code)


def test_an_unknown_prompt_is_refused_with_near_names(gateway: Gateway) -> None:
    answer = gateway.call(ask(model="prompt:support/anwser"))
    assert (answer.status, answer.error["code"], answer.error["param"]) == (404, "prompt_not_found", "model")
    assert "support/answer" in answer.error["hint"]


def test_a_prompt_that_is_released_elsewhere_says_where(gateway: Gateway) -> None:
    answer = gateway.call(ask(model="prompt:support/answer@development"))
    assert (answer.status, answer.error["code"]) == (404, "prompt_not_released")
    assert "production, staging" in answer.error["message"]


def test_a_release_whose_model_is_gone_says_so(gateway: Gateway) -> None:
    answer = gateway.call({"model": "prompt:lost"})
    assert (answer.status, answer.error["code"]) == (503, "release_model_unavailable")
