"""LiteLLM's OpenTelemetry callback: `gen_ai` for the totals, and what they contain in its own metadata alone.

The usage is there as Python writes a dict, with the provider's details in OpenAI's form, whoever the provider is.
"""

import ast
from typing import Any, Final

from trimtab.traces.dialects import content, tokens
from trimtab.traces.dialects.reading import Reading
from trimtab.traces.otlp.value import Span

NAME: Final = "litellm"
ROOTS: Final = frozenset({"metadata", "hidden_params"})

_USAGE: Final = "metadata.usage_object"
_LONGEST: Final = 10_000


def read(span: Span) -> Reading | None:
    """Read one span, or None when it is not of this library."""
    found = span.attributes
    usage = _literal(found.get(_USAGE))
    if not usage:
        return None
    return Reading(
        role=None,
        usage=tokens.of_provider(usage),
        reported_cost_usd=content.dollars(found.get("gen_ai.cost.total_cost")),
        user_id=_named(found.get("metadata.user_api_key_end_user_id")),
        team=_named(found.get("metadata.user_api_key_team_alias")),
    )


def _literal(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any attribute
    """Return a dict that was written as JSON or as Python writes it; nothing is run."""
    found = content.as_object(value)
    if found or not isinstance(value, str) or len(value) > _LONGEST:
        return found
    try:
        read = ast.literal_eval(value)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return {}
    return read if isinstance(read, dict) else {}


def _named(value: Any) -> str:  # noqa: ANN401 - any attribute
    text = content.text(value)
    return "" if text == "None" else text
