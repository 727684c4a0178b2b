"""Whatever a client gets wrong is said in OpenAI's shape, with a stable code, and nothing goes upstream."""

import json
from typing import Any

import openai
import pytest
from tests.gateway.stage import EXPIRED_KEY, KEY, OTHER_KEY, READ_ONLY_KEY, Gateway, chat, eventually, head_bytes

from trimtab.llm.call import Outcome


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        ("tt_nobody-knows-this", 401, "invalid_api_key"),
        (EXPIRED_KEY, 401, "expired_api_key"),
        (READ_ONLY_KEY, 403, "key_lacks_scope"),
    ],
)
def test_a_key_that_may_not_call_is_refused(gateway: Gateway, key: str, status: int, code: str) -> None:
    answer = gateway.call(chat(), key=key)
    assert (answer.status, answer.error["code"]) == (status, code)
    assert set(answer.error) == {"message", "type", "param", "code", "hint"}
    assert answer.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic dHQ6dHQ="}, {"authorization": "Bearer "}])
def test_no_key_is_refused(gateway: Gateway, headers: dict[str, str]) -> None:
    answer = gateway.send("POST", "/v1/chat/completions", b"{}", headers)
    assert (answer.status, answer.error["code"]) == (401, "missing_api_key")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_openai_client_raises_its_own_errors(gateway: Gateway) -> None:
    with pytest.raises(openai.AuthenticationError) as refusal:
        gateway.client("tt_wrong").chat.completions.create(
            model="fake/fake", messages=[{"role": "user", "content": "x"}]
        )
    assert refusal.value.code == "invalid_api_key"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"{'model': 'x'}",
        b'{"model": "fake/fake", "messages": [',
        b'{"model":"\xff"}',
        b"[" * 9000,
    ],
)
def test_a_body_that_is_not_a_json_object_is_refused(gateway: Gateway, body: bytes) -> None:
    answer = gateway.call(body)
    assert (answer.status, answer.error["code"]) == (400, "invalid_json")


@pytest.mark.parametrize(
    ("field", "value", "param"),
    [
        ("model", 7, "model"),
        ("model", None, "model"),
        ("messages", "Hello", "messages"),
        ("messages", ["Hello"], "messages[0]"),
        ("messages", [{"role": "user", "content": "x"}, {"content": "x"}], "messages[1]"),
        ("messages", [{"role": 7}], "messages[0].role"),
        ("stream", "yes", "stream"),
        ("stream_options", True, "stream_options"),
        ("metadata", ["a"], "metadata"),
        ("variables", "a", "variables"),
        ("prompt", {"variables": "a"}, "prompt.variables"),
        ("temperature", "hot", "temperature"),
        ("temperature", 10**400, "temperature"),
        ("model", "m" * 1001, "model"),
        ("max_tokens", "many", "max_tokens"),
        ("stop", 7, "stop"),
        ("tools", {}, "tools"),
        ("user", 7, "user"),
    ],
)
def test_a_field_of_the_wrong_type_is_named(gateway: Gateway, field: str, value: Any, param: str) -> None:
    before = len(gateway.upstream.log.requests)
    answer = gateway.call({**chat(), field: value})
    assert (answer.status, answer.error["code"], answer.error["param"]) == (400, "invalid_type", param)
    assert len(gateway.upstream.log.requests) == before


@pytest.mark.parametrize("body", [{"messages": []}, {"model": "fake/fake"}, {"model": "fake/fake", "messages": []}])
def test_a_field_that_is_missing_is_named(gateway: Gateway, body: dict[str, Any]) -> None:
    answer = gateway.call(body)
    assert (answer.status, answer.error["code"]) == (400, "missing_parameter")
    assert answer.error["param"] == ("messages" if "model" in body else "model")


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("fast2", "'fast'"),
        ("gpt", "provider/model"),
        ("fak/fake", "'fake'"),
        ("/", "provider/model"),
        ("fake/", "fake"),
        ("", "provider"),
    ],
)
def test_an_unknown_model_is_refused_with_near_names(gateway: Gateway, model: str, hint: str) -> None:
    answer = gateway.call(chat(model))
    assert (answer.status, answer.error["code"], answer.error["param"]) == (404, "model_not_found", "model")
    assert hint in answer.error["hint"]


def test_the_models_of_another_project_do_not_exist(gateway: Gateway) -> None:
    for model in ("fast", "fake/fake", "prompt:free"):
        answer = gateway.call(chat(model), key=OTHER_KEY)
        assert answer.status == 404
        assert "Did you mean" not in answer.error["hint"]
    assert gateway.get("/v1/models", OTHER_KEY).json()["data"] == []


def test_a_refused_call_has_a_record_that_says_why(gateway: Gateway) -> None:
    call = gateway.record_of(gateway.call(chat("nowhere/model")))
    assert (call.outcome, call.status_code, call.error_code) == (Outcome.REFUSED, 404, "model_not_found")
    assert (call.requested_model, call.attempts) == ("nowhere/model", [])


def test_a_refused_call_keeps_what_the_caller_sent(gateway: Gateway) -> None:
    messages = [{"role": "user", "content": "Do you wrap gifts?"}]
    body = chat("nowhere/model", messages=messages, temperature=0.5, user="ada", metadata={"team": "shop", "page": "7"})
    call = gateway.record_of(gateway.call(body))
    assert json.loads(call.input_messages) == messages
    assert json.loads(call.parameters)["temperature"] == 0.5
    assert (call.user_id, call.team, call.metadata, call.variables) == ("ada", "shop", {"page": "7"}, b"")


def test_a_refused_prompt_call_keeps_its_values_as_content_not_as_metadata(gateway: Gateway) -> None:
    values = {"product": "Trimtab", "feature": "help"}
    body = {"model": "prompt:support/answer", "messages": [], "metadata": values, "variables": {"limit": 3}}
    call = gateway.record_of(gateway.call(body))
    assert (call.error_code, call.feature, call.metadata) == ("missing_variable", "help", {})
    assert json.loads(call.variables) == {**values, "limit": 3}
    assert call.input_messages == b""


def test_a_body_that_is_too_large_is_refused_before_it_is_read(gateway: Gateway) -> None:
    with gateway.raw() as connection:
        connection.sendall(head_bytes("content-length: 200001"))
        head = connection.recv(65536)  # not a byte of the body was sent
    assert head.startswith(b"HTTP/1.1 413 ")


def test_a_body_without_a_length_is_read_up_to_the_limit(gateway: Gateway) -> None:
    def chunked(body: bytes) -> bytes:
        return head_bytes("transfer-encoding: chunked") + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)

    with gateway.raw() as connection:
        connection.sendall(chunked(json.dumps(chat()).encode()))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    with gateway.raw() as connection:
        connection.sendall(chunked(json.dumps(chat(x="y" * 200_000)).encode()))
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_body_just_within_the_limit_passes(gateway: Gateway) -> None:
    empty = json.dumps(chat(user="")).encode()
    assert gateway.call(chat(user="u" * (200_000 - len(empty)))).status == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/chat/completions", "POST"),
        ("POST", "/v1/models", "GET, HEAD"),
        ("PUT", "/health/live", "GET, HEAD"),
    ],
)
def test_a_method_that_a_path_does_not_take_is_refused(gateway: Gateway, method: str, path: str, allowed: str) -> None:
    answer = gateway.get(path, KEY, method=method)
    assert (answer.status, answer.error["code"], answer.headers["allow"]) == (405, "method_not_allowed", allowed)


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/completions", "/v1/chat/completions/", "/admin", "/v1/%2e%2e"])
def test_a_path_that_is_not_there_is_refused(gateway: Gateway, path: str) -> None:
    answer = gateway.get(path, KEY)
    assert (answer.status, answer.error["code"]) == (404, "path_not_found")


def test_names_that_no_header_can_hold_spoil_no_answer(gateway: Gateway) -> None:
    answer = gateway.call(
        {"model": "prompt:support/answer", "metadata": {"product": "a", "question": "b"}, "x\r\ny: é": 1}
    )
    assert answer.status == 200
    assert answer.headers["x-trimtab-ignored-parameters"] == "x??y???"


@pytest.mark.parametrize(
    "header", [b"authorization: Bearer \xff\xfe", b"x-trimtab-user: \xff", b"traceparent: \xff", b"x: " + b"y" * 9000]
)
def test_headers_that_are_no_text_do_no_harm(gateway: Gateway, header: bytes) -> None:
    raw = json.dumps(chat()).encode()
    with gateway.raw() as connection:
        connection.sendall(head_bytes(f"content-length: {len(raw)}")[:-2] + header + b"\r\n\r\n" + raw)
        assert connection.recv(65536)[:12] in {b"HTTP/1.1 200", b"HTTP/1.1 400", b"HTTP/1.1 401"}


def test_what_is_not_http_is_refused_and_the_gateway_serves_on(gateway: Gateway) -> None:
    with gateway.raw() as connection:
        connection.sendall(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ") or connection.recv(1) == b""
    assert gateway.call(chat()).status == 200


def test_a_client_that_vanishes_while_it_sends_leaves_nothing_in_the_air(gateway: Gateway) -> None:
    with gateway.raw() as connection:
        connection.sendall(head_bytes("content-length: 1000") + b"half")
        eventually(lambda: gateway.metric("calls_in_flight") == 1, "the call is in the air")
    eventually(lambda: gateway.metric("calls_in_flight") == 0, "the call has landed")


def test_no_error_is_an_internal_one(gateway: Gateway) -> None:
    assert 'code="internal"' not in gateway.get("/metrics").body.decode()
    assert '"level": "error"' not in gateway.log()
