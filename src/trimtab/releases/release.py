"""A release binds a version, a model and parameters to an environment. It is a fact of history: never altered.

What serves in an environment is its newest release. Going back is a release too: a new one that says what an earlier
one said, so that the history tells what happened.
"""

import difflib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from trimtab.base.errors import InvalidInput
from trimtab.prompts.version import Author, JsonValue

MAIN_ARM: Final = "main"
ANY: Final = "*"
"""In `overridable`: the caller's explicit value wins for every parameter."""

_MAX_PARAMETERS_CHARS: Final = 100_000
_MAX_MODEL_CHARS: Final = 300
_MODEL = re.compile(r"[A-Za-z0-9][^\s\x00-\x1f\x7f]*")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}", re.ASCII)

KNOWN_PARAMETERS: Final = frozenset(
    {
        "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "max_completion_tokens",
        "max_tokens", "metadata", "min_p", "modalities", "n", "parallel_tool_calls", "prediction", "presence_penalty",
        "prompt_cache_key", "reasoning", "reasoning_effort", "repetition_penalty", "response_format",
        "safety_identifier", "seed", "service_tier", "stop", "store", "stream", "stream_options", "temperature",
        "tool_choice", "tools", "top_k", "top_logprobs", "top_p", "user", "verbosity", "web_search_options",
    }
)  # fmt: skip
"""What OpenAI's chat completions take, and what is common beside them. Others are passed on with a warning."""

NOT_PARAMETERS: Final = frozenset({"model", "messages", "stream", "stream_options"})
"""What a release cannot fix: it has a model and messages of its own, and the caller says whether it streams."""


class Action(StrEnum):
    """How a release came about."""

    RELEASE = "release"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release as it was made."""

    id: str
    project_id: str
    prompt_id: str
    prompt_name: str
    environment: str
    version: int
    arm: str
    model: str
    """`provider/model` or an alias of the project."""
    parameters: dict[str, JsonValue]
    overridable: tuple[str, ...]
    action: Action
    note: str
    author: Author
    created_at: datetime
    previous_id: str | None
    """What was live before, if anything was."""
    restores_id: str | None
    """The release that a rollback went back to, as it was first made: never a rollback itself."""
    is_live: bool


def check_model(model: str) -> None:
    """Let the caller go on with something that can name a model.

    Raises:
        InvalidInput: it cannot.
    """
    if len(model) > _MAX_MODEL_CHARS or not _MODEL.fullmatch(model):
        raise InvalidInput(
            f"{model[:80]!r} cannot name a model", hint="Write 'provider/model', such as 'openai/gpt-5', or an alias."
        )


def check_parameters(parameters: Mapping[str, JsonValue]) -> list[str]:
    """Return a warning for each parameter that is not known, which is passed on as it is.

    Raises:
        InvalidInput: one cannot be a parameter of a release, or all together are too large.
    """
    for name in parameters:
        if name in NOT_PARAMETERS:
            raise InvalidInput(
                f"{name!r} is not a parameter of a release",
                hint="The release has a model and messages of its own; whether to stream is the caller's choice.",
            )
        if not _PARAMETER.fullmatch(name):
            raise InvalidInput(f"{name[:80]!r} cannot name a parameter", hint="Use letters, digits, '_', '.' and '-'.")
    for name, (least, most) in _RANGES.items():
        _check_range(name, parameters.get(name), least, most)
    try:
        size = len(json.dumps(parameters, allow_nan=False))
    except ValueError as error:
        raise InvalidInput(f"the parameters are not JSON: {error}") from error
    if size > _MAX_PARAMETERS_CHARS:
        raise InvalidInput(
            f"the parameters have {size} characters of JSON; at most {_MAX_PARAMETERS_CHARS} are allowed"
        )
    return [_unknown(name) for name in parameters if name not in KNOWN_PARAMETERS]


_RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "frequency_penalty": (-2, 2),
    "presence_penalty": (-2, 2),
    "max_tokens": (1, math.inf),
    "max_completion_tokens": (1, math.inf),
    "n": (1, 128),
}


def _check_range(name: str, value: JsonValue, least: float, most: float) -> None:
    if value is None:
        return
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not least <= float(value) <= most:  # type: ignore[arg-type]
        bounds = f"from {least:g} to {most:g}" if math.isfinite(most) else f"of at least {least:g}"
        raise InvalidInput(f"parameter {name!r} takes a number {bounds}, found {json.dumps(value)[:60]}")


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, sorted(KNOWN_PARAMETERS), n=1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"parameter {name!r} is not one of OpenAI's; it is sent as it is{meant}"


def check_overridable(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names in order, each once.

    Raises:
        InvalidInput: one cannot name a parameter that a caller may set.
    """
    for name in names:
        if name in NOT_PARAMETERS - {"model"} or (name != ANY and not _PARAMETER.fullmatch(name)):
            raise InvalidInput(
                f"{name[:80]!r} cannot be overridable", hint="Name parameters such as 'temperature', or '*' for all."
            )
    return tuple(sorted(set(names)))
