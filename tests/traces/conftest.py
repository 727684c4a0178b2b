"""Calls as the gateway records them, and the room's services over a real warehouse."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from trimtab.base import ids
from trimtab.base.clock import FixedClock
from trimtab.costs.service import PriceBook
from trimtab.identity.access import Principal, Project, ProjectAccess, Right
from trimtab.llm import frames
from trimtab.llm.call import Attempt, Call, PromptRef
from trimtab.llm.usage import Usage, UsageSource
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.collector import CollectorService
from trimtab.traces.service import TraceService

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NOW_NS = int(NOW.timestamp()) * 10**9

MakeCall = Callable[..., Call]
Frame = Callable[[Iterable[Call]], bytes]


@pytest.fixture(scope="session")
def prices() -> PriceBook:
    """Give the price book, loaded once."""
    return PriceBook()


@pytest.fixture
def clock() -> FixedClock:
    """Give a clock that stands at noon on 2026-11-20."""
    return FixedClock(NOW)


@pytest.fixture
def project() -> Project:
    """Give a project that no other test has."""
    return Project(id=ids.new("prj"), organisation_id="org_1", slug="p", name="P", created_at=NOW)


@pytest.fixture
def access(project: Project) -> ProjectAccess:
    """Give the project to somebody who may only read it."""
    reader = Principal(kind="user", id="usr_1", name="Reader", organisation_id="org_1", rights=frozenset({Right.READ}))
    return ProjectAccess(project, reader)


@pytest.fixture
def collector(warehouse: Warehouse, prices: PriceBook, clock: FixedClock, tmp_path: Path) -> CollectorService:
    """Give the way in."""
    return CollectorService(warehouse, prices, clock, tmp_path / "dead-letters")


@pytest.fixture
def traces(warehouse: Warehouse, clock: FixedClock) -> TraceService:
    """Give the way out."""
    return TraceService(warehouse, clock)


@pytest.fixture
def make_attempt() -> Callable[..., Attempt]:
    """Give a function that makes one good attempt at gpt-4o, $0.0005125, but for what is said otherwise."""

    def make(at_ns: int = NOW_NS - 10**9, **facts: Any) -> Attempt:
        usual: dict[str, Any] = {
            "span_id": ids.new_span_id(),
            "provider": "openai",
            "provider_kind": "openai",
            "model": "gpt-4o",
            "started_ns": at_ns + 1_000_000,
            "ended_ns": at_ns + 900_000_000,
            "first_token_ns": at_ns + 200_000_000,
            "status_code": 200,
            "response_id": "chatcmpl-1",
            "response_model": "gpt-4o-2024-08-06",
            "finish_reasons": ["stop"],
            "usage": Usage(input_uncached=100, cache_read=50, output_text=20),
            "usage_source": UsageSource.PROVIDER,
        }
        return Attempt(**(usual | facts))

    return make


@pytest.fixture
def make_call(project: Project, make_attempt: Callable[..., Attempt]) -> MakeCall:
    """Give a function that makes a good streamed call that took one second, but for what is said otherwise."""

    def make(at_ns: int = NOW_NS - 10**9, **facts: Any) -> Call:
        usual: dict[str, Any] = {
            "request_id": ids.new("req"),
            "project_id": project.id,
            "environment": "production",
            "key_id": "key_1",
            "trace_id": ids.new_trace_id(),
            "span_id": ids.new_span_id(),
            "requested_model": "prompt:support/answer",
            "stream": True,
            "started_ns": at_ns,
            "ended_ns": at_ns + 1_000_000_000,
            "status_code": 200,
            "prompt": PromptRef(name="support/answer", version=3, release_id="rel_1", environment="production"),
            "feature": "chat",
            "user_id": "user-1",
            "session_id": "session-1",
            "team": "red",
            "input_messages": b'[{"role":"system","content":"Be kind."},{"role":"user","content":"Where is Oslo?"}]',
            "parameters": b'{"temperature":0.2}',
            "output_messages": b'[{"message":{"role":"assistant","content":"In Norway."},"finish_reason":"stop"}]',
        }
        if "attempts" not in facts:
            usual["attempts"] = [make_attempt(at_ns)]
        return Call(**(usual | facts))

    return make


@pytest.fixture
def frame() -> Frame:
    """Give a function that frames calls as the spool does."""
    return lambda calls: b"".join(frames.encode(msgspec.msgpack.encode(call)) for call in calls)
