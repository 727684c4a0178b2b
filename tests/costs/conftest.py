"""A project with calls in its past, to look at and to correct."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.conftest import Running

from trimtab.base import ids
from trimtab.llm import frames
from trimtab.llm.call import Attempt, Call
from trimtab.llm.usage import Usage, UsageSource

Json = dict[str, Any]
USAGE = Usage(input_uncached=1000, output_text=500)


class Past:
    """Calls of a new project that were made yesterday at noon, a second apart."""

    def __init__(self, running: Running) -> None:
        self.client = running.ours.owner
        made = self.client.post("/api/v1/projects", json={"slug": "past", "name": "Past"})
        assert made.status_code == 201, made.text
        self.project_id: str = made.json()["id"]
        self.path = f"/api/v1/projects/{self.project_id}"
        self.noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
        self.access = running.services.projects.enter(running.ours.access.principal, self.project_id)
        self._collector = running.services.collector
        self._made = 0

    @property
    def range(self) -> dict[str, str]:
        """The hour in which the calls were made."""
        return {"from": self.noon.isoformat(), "to": (self.noon + timedelta(hours=1)).isoformat()}

    def attempt(self, model: str = "house-llm", **facts: Any) -> Attempt:
        """Return an attempt with usage, but for what is said otherwise."""
        start = int(self.noon.timestamp() + self._made) * 10**9
        usual: dict[str, Any] = {
            "provider": "openai",
            "provider_kind": "openai",
            "status_code": 200,
            "usage": USAGE,
            "usage_source": UsageSource.PROVIDER,
        }
        return Attempt(
            span_id=ids.new_span_id(),
            model=model,
            started_ns=start + 1_000_000,
            ended_ns=start + 500_000_000,
            first_token_ns=start + 200_000_000,
            **(usual | facts),
        )

    def call(self, *attempts: Attempt, **facts: Any) -> Call:
        """Record a call with these attempts and return it."""
        start = int(self.noon.timestamp() + self._made) * 10**9
        self._made += 1
        call = Call(
            request_id=ids.new("req"),
            project_id=self.project_id,
            environment="production",
            key_id="key_1",
            trace_id=ids.new_trace_id(),
            span_id=ids.new_span_id(),
            requested_model="openai/house-llm",
            started_ns=start,
            ended_ns=start + 10**9,
            status_code=200,
            attempts=list(attempts),
            **facts,
        )
        receipt = self._collector.accept(frames.encode(msgspec.msgpack.encode(call)), replay=False)
        assert receipt.accepted == 1
        return call

    def set_price(self, **body: Any) -> Json:
        """Set a price that holds since the day before the calls."""
        rates = {"input_uncached": {"usd_per_million": "1"}, "output_text": {"usd_per_million": "4"}}
        start = (self.noon - timedelta(days=1)).isoformat()
        return self.post("/costs/prices", {"model": "house-llm", "rates": rates, "valid_from": start} | body, 201)

    def get(self, path: str, **query: Any) -> Json:
        """Return what a GET below the project answers."""
        answer = self.client.get(self.path + path, params=query)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def post(self, path: str, body: Json, status: int = 200) -> Json:
        """Return what a POST below the project answers."""
        answer = self.client.post(self.path + path, json=body)
        assert answer.status_code == status, answer.text
        found: Json = answer.json()
        return found

    def overview(self) -> Json:
        """Return the sums that the overview shows for the hour."""
        totals: Json = self.get("/overview", **self.range)["totals"]
        return totals

    def costs(self, calls: Sequence[Call]) -> list[tuple[str | None, list[str | None]]]:
        """Return the cost that the list of calls shows, and those of the spans beneath, for each call."""
        listed = {row["trace_id"]: row["cost_usd"] for row in self.get("/traces", **self.range)["items"]}
        shown = []
        for call in calls:
            spans = self.get(f"/traces/{call.trace_id}")["spans"]
            by_id = {span["span_id"]: span["cost_usd"] for span in spans}
            shown.append((listed[call.trace_id], [by_id[attempt.span_id] for attempt in call.attempts]))
        return shown


@pytest.fixture
def past(running: Running) -> Past:
    """Give a project with a past."""
    return Past(running)
