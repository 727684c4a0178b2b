"""The shapes in which the explorer answers, as they stand in the API document."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from trimtab.traces.views import MessageView, TraceRow, Usd, View


class HistogramStep(View):
    """How many traces started in a step of time, and how many of them failed."""

    at: datetime
    traces: int
    errors: int


class Histogram(View):
    """Traces over a range, step by step; steps without traces are there with zeros."""

    step_s: int
    steps: list[HistogramStep]


class Group(View):
    """The traces that have one value in a field, and what their calls used.

    By a field that only calls have, such as the model, the numbers are those of the calls that have the value.
    """

    key: Annotated[str, Field(description="The value; empty for what has none.")]
    traces: Annotated[int, Field(description="As many as the list shows for the value.")]
    requests: Annotated[int, Field(description="The calls of models in these traces, as the overview counts them.")]
    errors: Annotated[int, Field(description="How many of the traces failed; by a field of calls, of the calls.")]
    error_rate: Annotated[float, Field(description="Their share, from 0 to 1.")]
    p50_ms: Annotated[float, Field(description="Of the traces; by a field of calls, of the calls.")]
    p95_ms: float
    input_tokens: int
    output_tokens: int
    cost_usd: Annotated[Usd | None, Field(description="Of the calls that have a price; null when none has.")]
    unpriced_requests: int


class Groups(View):
    """Traces by the values of a field, the most frequent first. There is no further page."""

    items: list[Group]
    next: None


class OptionView(View):
    """A text that may stand where the cursor is."""

    text: str
    kind: Literal["field", "operator", "value", "joint", "key"]
    about: str


class FaultView(View):
    """What cannot be read, from character `start` up to `end`."""

    start: int
    end: int
    message: str
    hint: str


class CompletionView(View):
    """What may come at the cursor, in place of the characters from `start` up to it, and what is wrong at present."""

    start: Annotated[int, Field(description="Counted in characters (Unicode code points) from 0.")]
    options: list[OptionView]
    fault: FaultView | None
    canonical: Annotated[str | None, Field(description="The query in its one written form; null when it has a fault.")]


class SessionRow(View):
    """One session: the calls of one conversation."""

    session_id: str
    user_id: Annotated[str, Field(description="Of its newest call.")]
    started_at: datetime
    last_at: datetime
    traces: Annotated[int, Field(description="As many as the list shows.")]
    requests: Annotated[int, Field(description="The calls of models in these traces, as the overview counts them.")]
    errors: Annotated[int, Field(description="How many of the traces failed.")]
    input_tokens: int
    output_tokens: int
    cost_usd: Annotated[Usd | None, Field(description="Of the requests that have a price; null when none has.")]
    unpriced_requests: int
    last_input: str


class SessionPage(View):
    """Some sessions, the one with the newest call first."""

    items: list[SessionRow]
    next: str | None


class UserRow(View):
    """One end user of the application."""

    user_id: str
    sessions: int
    first_at: datetime
    last_at: datetime
    traces: Annotated[int, Field(description="As many as the list shows.")]
    requests: Annotated[int, Field(description="The calls of models in these traces, as the overview counts them.")]
    errors: Annotated[int, Field(description="How many of the traces failed.")]
    input_tokens: int
    output_tokens: int
    cost_usd: Annotated[Usd | None, Field(description="Of the requests that have a price; null when none has.")]
    unpriced_requests: int


class UserPage(View):
    """Some users, the one with the newest call first."""

    items: list[UserRow]
    next: str | None


class Turn(View):
    """One call of a session, with what is new in it: what was said before is in the turns before."""

    trace: TraceRow
    input_messages: list[MessageView]
    output_messages: list[MessageView]


class TurnPage(View):
    """Some turns of a session, oldest first."""

    items: list[Turn]
    next: str | None
