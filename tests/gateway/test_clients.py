"""A client that leaves, or is slow, costs nobody anything, and its call still has a complete record."""

import json
import threading
import time

from tests.gateway.stage import Gateway, chat, eventually, request_bytes

from trimtab.llm.call import Call, Outcome
from trimtab.llm.usage import UsageSource


def newest(gateway: Gateway, user: str) -> Call:
    """Return the record of the call that was made for `user`, as soon as it was delivered."""
    return eventually(
        lambda: next((call for call in gateway.plane.kept().values() if call.user_id == user), None),
        f"a record for {user}",
    )


def test_a_client_that_leaves_a_stream_leaves_a_record_of_what_was_seen(gateway: Gateway) -> None:
    with gateway.raw() as connection:
        connection.sendall(request_bytes(chat("fake/fake?chunks=100&gap_ms=50", stream=True, user="leaver")))
        eventually(lambda: b'" is"' in connection.recv(65536), "the stream has begun")
    call = newest(gateway, "leaver")
    assert (call.outcome, call.status_code, call.error_code) == (Outcome.CLIENT_GONE, 499, "client_gone")
    assert json.loads(call.output_messages)[0]["message"]["content"].startswith("This is")
    attempt = call.attempts[0]
    assert attempt.usage_source is UsageSource.ESTIMATED
    assert attempt.usage is not None
    assert 2 <= attempt.usage.output_text < 100
    assert attempt.first_token_ns is not None


def test_the_request_upstream_is_cut_when_the_client_of_a_stream_leaves(gateway: Gateway) -> None:
    with gateway.raw() as connection:
        connection.sendall(request_bytes(chat("fake/fake?chunks=1000&gap_ms=20", stream=True, user="cutter")))
        eventually(lambda: b'" is"' in connection.recv(65536), "the stream has begun")
        upstream = gateway.upstream.log.requests[-1]
    eventually(lambda: upstream.cut_by_peer, "the request upstream is cut", within_s=2)


def test_a_client_that_leaves_before_the_first_token_is_noticed(gateway: Gateway) -> None:
    with gateway.raw() as connection:
        connection.sendall(request_bytes(chat("fake/fake?latency_ms=800", stream=True, user="early")))
        eventually(lambda: gateway.metric("calls_in_flight") == 1, "the call is in the air")
    began = time.monotonic()
    assert newest(gateway, "early").outcome is Outcome.CLIENT_GONE
    assert time.monotonic() - began < 0.7


def test_a_client_that_leaves_a_plain_call_leaves_a_record_with_the_answer_and_its_usage(gateway: Gateway) -> None:
    with gateway.raw() as connection:
        connection.sendall(request_bytes(chat("fake/fake?latency_ms=500", user="plain-leaver")))
        eventually(lambda: gateway.metric("calls_in_flight") == 1, "the call is in the air")
    call = newest(gateway, "plain-leaver")
    assert (call.outcome, call.status_code) == (Outcome.CLIENT_GONE, 499)
    assert call.attempts[0].usage_source is UsageSource.PROVIDER
    assert json.loads(call.output_messages)[0]["message"]["content"] == "This is a fake answer."


def test_clients_that_leave_leave_nothing_in_the_air(gateway: Gateway) -> None:
    def leave() -> None:
        with gateway.raw() as connection:
            connection.sendall(request_bytes(chat("fake/fake?chunks=50&gap_ms=20", stream=True)))
            connection.recv(100)

    threads = [threading.Thread(target=leave) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: gateway.metric("calls_in_flight") == 0, "all have landed")
    assert '"level": "error"' not in gateway.log()


def test_many_requests_on_one_connection_are_answered_in_order(gateway: Gateway) -> None:
    with gateway.raw() as connection:
        for user in ("a", "b", "c"):
            connection.sendall(request_bytes(chat(user=user)))
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_the_record_is_there_before_the_client_can_see_the_end(gateway: Gateway) -> None:
    # The spool is what survives a kill. When the last byte is here, the record must be in it, or be delivered already.
    before = gateway.metric("records_written_total")
    for number, stream in enumerate((False, True, False, True), start=1):
        assert gateway.call(chat(stream=stream)).status == 200
        assert gateway.metric("records_written_total") == before + number
