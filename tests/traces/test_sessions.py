"""Sessions as conversations, and users, over a real warehouse."""

from collections.abc import Callable, Iterable

import msgspec
import pytest
from tests.traces.conftest import NOW_NS

from trimtab.base.clock import FixedClock
from trimtab.base.errors import Forbidden, InvalidInput
from trimtab.identity.access import Principal, ProjectAccess
from trimtab.llm.call import Attempt, Call, Outcome
from trimtab.query.parse import parse
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.collector import CollectorService
from trimtab.traces.filter import CallFilter
from trimtab.traces.service import Period, TraceService
from trimtab.traces.sessions import SessionService

MakeCall = Callable[..., Call]
MakeAttempt = Callable[..., Attempt]
Frame = Callable[[Iterable[Call]], bytes]

ALL = CallFilter()
SECOND = 10**9


@pytest.fixture
def sessions(warehouse: Warehouse, clock: FixedClock, traces: TraceService) -> SessionService:
    """Give the service."""
    return SessionService(warehouse, clock, traces)


def _said(*texts: str) -> bytes:
    roles = ("user", "assistant")
    return msgspec.json.encode(
        [{"role": "system", "content": "Be kind."}]
        + [{"role": roles[number % 2], "content": text} for number, text in enumerate(texts)]
    )


def _answer(text: str) -> bytes:
    return msgspec.json.encode([{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}])


@pytest.fixture
def stored(collector: CollectorService, frame: Frame, make_call: MakeCall, make_attempt: MakeAttempt) -> list[Call]:
    """Store a conversation of two turns, one of one turn that failed and has no price, and a call without a session."""
    unpriced = make_attempt(NOW_NS - 20 * SECOND, model="no-such-model", response_model="")
    calls = [
        make_call(
            NOW_NS - 40 * SECOND,
            session_id="one",
            user_id="anna",
            input_messages=_said("Hi"),
            output_messages=_answer("Hello!"),
        ),
        make_call(
            NOW_NS - 30 * SECOND,
            session_id="one",
            user_id="anna",
            input_messages=_said("Hi", "Hello!", "Where is Oslo?"),
            output_messages=_answer("In Norway."),
        ),
        make_call(
            NOW_NS - 20 * SECOND,
            session_id="two",
            user_id="anna",
            outcome=Outcome.UPSTREAM_ERROR,
            attempts=[unpriced],
        ),
        make_call(NOW_NS - 10 * SECOND, session_id="", user_id="bert"),
    ]
    assert collector.accept(frame(calls), replay=False).accepted == len(calls)
    return calls


@pytest.mark.usefixtures("stored")
def test_sessions_are_summed_and_the_newest_comes_first(sessions: SessionService, access: ProjectAccess) -> None:
    two, one = sessions.sessions(access, Period(), ALL, cursor=None, limit=10).items
    assert one.model_dump(mode="json") == {
        "session_id": "one",
        "user_id": "anna",
        "started_at": "2026-11-20T11:59:20Z",
        "last_at": "2026-11-20T11:59:30Z",
        "traces": 2,
        "requests": 2,
        "errors": 0,
        "input_tokens": 300,
        "output_tokens": 40,
        "cost_usd": "0.001025",
        "unpriced_requests": 0,
        "last_input": "Where is Oslo?",
    }
    assert (two.session_id, two.requests, two.errors) == ("two", 1, 1)
    assert (two.cost_usd, two.unpriced_requests) == (None, 1)


@pytest.mark.usefixtures("stored")
def test_users_are_counted_with_their_sessions(sessions: SessionService, access: ProjectAccess) -> None:
    users = sessions.users(access, Period(), ALL, cursor=None, limit=10).items
    assert [(user.user_id, user.sessions, user.requests, user.errors) for user in users] == [
        ("bert", 0, 1, 0),
        ("anna", 2, 3, 1),
    ]


@pytest.mark.usefixtures("stored")
def test_filter_says_which_calls_count(sessions: SessionService, access: ProjectAccess) -> None:
    wanted = CallFilter(where=parse("'oslo' and session = one"))
    (one,) = sessions.sessions(access, Period(), wanted, cursor=None, limit=10).items
    assert (one.requests, one.input_tokens) == (1, 150)


@pytest.mark.usefixtures("stored")
def test_lists_come_page_by_page(sessions: SessionService, access: ProjectAccess) -> None:
    first = sessions.sessions(access, Period(), ALL, cursor=None, limit=1)
    assert [row.session_id for row in first.items] == ["two"]
    rest = sessions.sessions(access, Period(), ALL, cursor=first.next, limit=1)
    assert ([row.session_id for row in rest.items], rest.next) == (["one"], None)
    turn = sessions.turns(access, Period(), "one", cursor=None, limit=1)
    other = sessions.turns(access, Period(), "one", cursor=turn.next, limit=1)
    assert (len(turn.items), len(other.items), other.next) == (1, 1, None)


def test_session_reads_as_a_conversation(sessions: SessionService, access: ProjectAccess, stored: list[Call]) -> None:
    turns = sessions.turns(access, Period(), "one", cursor=None, limit=10).items
    assert [turn.trace.trace_id for turn in turns] == [stored[0].trace_id, stored[1].trace_id]
    said = [[(each.role, each.content) for each in (*turn.input_messages, *turn.output_messages)] for turn in turns]
    assert said == [
        [("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello!")],
        [("user", "Where is Oslo?"), ("assistant", "In Norway.")],
    ]


def test_a_session_that_is_not_there_has_no_turns(sessions: SessionService, access: ProjectAccess) -> None:
    assert sessions.turns(access, Period(), "nowhere", cursor=None, limit=10).items == []


def test_cursor_of_something_else_is_refused(sessions: SessionService, access: ProjectAccess) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        sessions.sessions(access, Period(), ALL, cursor="x", limit=1)


def test_needs_the_right_to_read(sessions: SessionService, access: ProjectAccess) -> None:
    nobody = Principal(kind="user", id="usr_2", name="N", organisation_id="org_1", rights=frozenset())
    closed = ProjectAccess(access.project, nobody)
    with pytest.raises(Forbidden):
        sessions.sessions(closed, Period(), ALL, cursor=None, limit=1)
    with pytest.raises(Forbidden):
        sessions.users(closed, Period(), ALL, cursor=None, limit=1)
    with pytest.raises(Forbidden):
        sessions.turns(closed, Period(), "one", cursor=None, limit=1)
