"""The shapes in which the API tells what became of telemetry, as they stand in the API document."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from trimtab.query.parse import MAX_LENGTH
from trimtab.traces.ingest_counts import Outcome
from trimtab.traces.ingest_policy import MOST_RULES, Fate
from trimtab.traces.views import Usd, View


class IngestView(View):
    """What was counted by name since the server started, and where gRPC is listened to; null when on any free port."""

    counts: dict[str, int]
    grpc_port: int | None


class DeadLetterView(View):
    """An item that was refused."""

    id: str
    at: datetime
    reason: str
    signal: Literal["traces", "logs", "metrics"]
    form: Literal["protobuf", "json", "value"]
    payload: Annotated[str, Field(description="As it was sent, in base64.")]
    readable: Annotated[str, Field(description="For people: JSON where it can be read, else the first bytes in hex.")]
    service: Annotated[str, Field(description="The `service.name` of the sender; empty when it gave none.")]


class DeadLetterPage(View):
    """The newest items that were refused."""

    items: list[DeadLetterView]
    next: str | None


class ReplayView(View):
    """What became of another try."""

    accepted: int
    rejected: int


class RuleShape(BaseModel):
    """What becomes of the spans that fit a query."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(max_length=MAX_LENGTH, description='In the filter language, such as `name = "GET /health"`.')
    fate: Fate = Field(description="`aside` or `drop`.")


class PolicyShape(BaseModel):
    """A project's ingest policy."""

    model_config = ConfigDict(extra="forbid")

    unrelated: Fate = Field(Fate.ASIDE, description="What becomes of spans that have nothing to do with a model call.")
    aside_percent: int = Field(
        100, ge=0, le=100, description="Of how many traces in a hundred such spans are put aside; others are dropped."
    )
    deduplicates: bool = Field(True, description="Whether one call that is reported twice counts once.")
    rules: list[RuleShape] = Field([], max_length=MOST_RULES, description="The first one that fits decides.")


class PolicyView(View):
    """The policy in force, and who changed it last; nobody did when it is the installation's default."""

    policy: PolicyShape
    updated_by: str | None
    updated_at: datetime | None


class PreviewReason(View):
    """How many spans would not have been kept, for one reason."""

    fate: Fate
    reason: str
    spans: int


class PreviewView(View):
    """What a policy would have done with the newest spans of the last hour; what was dropped then cannot be seen."""

    spans: Annotated[int, Field(description="Spans that were looked at.")]
    of_spans: Annotated[int, Field(description="Spans of the last hour; larger than `spans` when there were too many.")]
    kept: int
    aside: int
    dropped: int
    reasons: list[PreviewReason]
    calls_lost: Annotated[int, Field(description="Model calls among those not kept, missing from the ledger then.")]
    cost_lost_usd: Usd


class OutcomeStep(View):
    """What became of items in a step of time."""

    at: datetime
    stored: int = 0
    aside: int = 0
    dropped: int = 0
    deduplicated: int = 0
    refused: int = 0


class OutcomeReason(View):
    """How many items had an outcome for one reason, and when last, to the minute."""

    outcome: Outcome
    reason: str
    items: int
    last_at: datetime


class OutcomesView(View):
    """What became of telemetry over a range."""

    step_s: int
    steps: list[OutcomeStep]
    reasons: list[OutcomeReason]


class SenderView(View):
    """One library that reports spans."""

    source: Literal["gateway", "otlp"]
    dialect: Annotated[str, Field(description="The vocabulary; empty for spans that merely lie above a call.")]
    scope: Annotated[str, Field(description="The library; empty for the gateway.")]
    version: str
    services: list[str]
    spans: int
    calls: int
    duplicates: Annotated[int, Field(description="Reports of calls that are counted in other spans.")]
    spans_per_s: Annotated[float, Field(description="Over the last minute.")]
    last_at: datetime


class SenderPage(View):
    """Who reports spans, the busiest first. There is no further page."""

    items: list[SenderView]
    next: None
