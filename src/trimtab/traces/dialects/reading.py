"""What a dialect understood of a span. Empty text and None mean that it said nothing about that."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from trimtab.llm.usage import Usage


class Role(StrEnum):
    """What kind of work a span stands for."""

    MODEL = "model"
    """One request to a model that writes: it is billed."""
    EMBEDDING = "embedding"
    """One request to an embedding or reranking model: it is billed."""
    AGENT = "agent"
    """An agent, chain or workflow: what it reports is the sum over what lies beneath it, and is never billed."""
    TOOL = "tool"
    RETRIEVER = "retriever"
    OTHER = "other"
    """Part of an LLM application, but none of the above."""


BILLED = frozenset({Role.MODEL, Role.EMBEDDING})


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A judgement about a span, sent along with it."""

    name: str
    value: float | None = None
    label: str = ""
    explanation: str = ""
    source: str = ""


class Reading(msgspec.Struct, kw_only=True, gc=False):
    """One dialect's reading, or several laid over one another."""

    role: Role | None = None
    operation: str = ""
    """In the words of `gen_ai.operation.name`."""
    provider: str = ""
    request_model: str = ""
    response_model: str = ""
    response_id: str = ""
    service_tier: str = ""
    usage: Usage | None = None
    input_messages: str = ""
    """JSON of messages in `gen_ai`'s shape of parts or OpenAI's shape, or any other text as it was sent."""
    output_messages: str = ""
    parameters: dict[str, Any] = {}
    stream: bool | None = None
    ttft_ns: int | None = None
    first_token_at_ns: int | None = None
    """When the first token came, for dialects that say the moment and not the time passed."""
    is_error: bool = False
    status_message: str = ""
    error_type: str = ""
    user_id: str = ""
    session_id: str = ""
    environment: str = ""
    feature: str = ""
    team: str = ""
    prompt_name: str = ""
    prompt_version: int | None = None
    reported_cost_usd: Decimal | None = None
    """What the sender says that it cost: it counts when no price is known for the model, and is kept in any case."""
    scores: list[Score] = []
    read_keys: frozenset[str] = frozenset()
    """Attributes whose content is in the fields above in full, so that it need not be stored a second time."""


_FIELDS = tuple(name for name in Reading.__struct_fields__ if name not in {"parameters", "scores", "read_keys"})


def lay_over(first: Reading, second: Reading) -> Reading:
    """Return `first` with its gaps filled from `second`; changes and returns `first`."""
    for name in _FIELDS:
        if not getattr(first, name) and (found := getattr(second, name)):
            setattr(first, name, found)
    first.parameters = second.parameters | first.parameters
    first.scores = [*first.scores, *second.scores]
    first.read_keys |= second.read_keys
    return first
