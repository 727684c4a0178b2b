"""A judgement about a trace, a span or a session: its kinds, and what makes one that can be kept. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from trimtab.base.errors import InvalidInput

MOST_NAME: Final = 200
MOST_LABEL: Final = 500
MOST_TEXT: Final = 100_000
MOST_COMMENT: Final = 10_000
MOST_ID: Final = 200


class Kind(StrEnum):
    """What a score says, and so which of its fields holds it."""

    NUMERIC = "numeric"
    """A number, in `value`."""
    CATEGORICAL = "categorical"
    """One of some words, in `label`."""
    BOOLEAN = "boolean"
    """Yes or no: 1 or 0 in `value`, `true` or `false` in `label`."""
    TEXT = "text"
    """Free words, in `text`."""
    CORRECTION = "correction"
    """What the answer should have been, in `text`."""


class Source(StrEnum):
    """Who judged."""

    API = "api"
    """An application, such as with the feedback of its users."""
    ANNOTATION = "annotation"
    """A person at the console."""
    EVAL = "eval"
    """A scorer or a judge."""
    OTLP = "otlp"
    """A log record or an attribute that came with telemetry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a score is about: a session, a trace, or with `span_id` one span of it."""

    trace_id: str = ""
    span_id: str = ""
    session_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewScore:
    """A score to keep. The same `id` again replaces what was kept under it; an empty one makes a new id."""

    name: str
    kind: Kind
    about: Judged
    id: str = ""
    value: float | None = None
    label: str = ""
    text: str = ""
    comment: str = ""
    source: Source = Source.API
    author: str = ""
    """Who judged, by name; empty for the caller's own."""
    environment: str = ""
    metadata: Mapping[str, object] = field(default_factory=dict)
    at: datetime | None = None
    """When it was judged; None for now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score that is kept."""

    id: str
    name: str
    kind: Kind
    about: Judged
    value: float | None
    label: str
    text: str
    comment: str
    source: str
    author: str
    environment: str
    metadata: Mapping[str, object]
    at: datetime
    updated_at: datetime


def checked(new: NewScore) -> NewScore:
    """Return a score whose fields agree with its kind.

    Raises:
        InvalidInput: it has no name or subject, or what it says does not fit its kind.
    """
    _bounded("the name", new.name, MOST_NAME)
    if not new.name.strip():
        raise InvalidInput("a score needs a name, found an empty one")
    _bounded("the id", new.id, MOST_ID)
    _bounded("the comment", new.comment, MOST_COMMENT)
    if not new.about.trace_id and not new.about.session_id:
        raise InvalidInput(
            "a score must be about a trace, a span of one or a session, found neither",
            hint="Give `trace_id`, `trace_id` with `span_id`, or `session_id`.",
        )
    for what in (new.about.trace_id, new.about.span_id, new.about.session_id):
        _bounded("the id of what is judged", what, 1000)
    value, label, text = _said(new)
    return replace(new, name=new.name.strip(), value=value, label=label, text=text)


def _said(new: NewScore) -> tuple[float | None, str, str]:
    match new.kind:
        case Kind.NUMERIC:
            if new.value is None or not math.isfinite(new.value):
                raise InvalidInput(f"a numeric score needs a finite number as value, found {new.value!r}")
            return float(new.value), new.label, ""
        case Kind.BOOLEAN:
            if new.value not in (0, 1):
                raise InvalidInput(f"a boolean score needs 0 or 1 as value, found {new.value!r}")
            return float(new.value), "true" if new.value else "false", ""
        case Kind.CATEGORICAL:
            _bounded("the label", new.label, MOST_LABEL)
            if not new.label:
                raise InvalidInput("a categorical score needs a label, found none")
            return new.value, new.label, ""
        case _:
            _bounded("the text", new.text, MOST_TEXT)
            if not new.text:
                raise InvalidInput(f"a score of kind {new.kind.value!r} needs a text, found none")
            return None, "", new.text


def _bounded(what: str, text: str, most: int) -> None:
    if len(text) > most:
        raise InvalidInput(f"{what} of a score may have {most} characters, found {len(text)}")
