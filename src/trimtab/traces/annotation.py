"""What a person says about a trace or one of its spans: a comment, a tag, or how an answer should have been. Pure."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from trimtab.base.errors import InvalidInput

MOST_CHARACTERS: Final = 10_000
"""Of a comment."""
MOST_CORRECTED: Final = 1_000_000
"""Characters of a correction."""

TAG_PATTERN: Final = r"^[\w.:+-]{1,64}$"
_TAG: Final = re.compile(TAG_PATTERN)


class Kind(StrEnum):
    """What an annotation is for."""

    COMMENT = "comment"
    TAG = "tag"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One of them. An empty `span_id` stands for the trace as a whole."""

    id: str
    kind: Kind
    trace_id: str
    span_id: str
    text: str
    """The comment, the tag, or the corrected output."""
    author_id: str
    """Empty for what a program wrote."""
    author: str
    at_ns: int
    """When the trace started."""
    created_at: datetime
    revised_at: datetime


def comment_text(text: str) -> str:
    """Return a comment without the space around it.

    Raises:
        InvalidInput: nothing is left, or too much.
    """
    trimmed = text.strip()
    if not trimmed or len(trimmed) > MOST_CHARACTERS:
        raise InvalidInput(f"a comment has 1 to {MOST_CHARACTERS:,} characters, found {len(trimmed):,}")
    return trimmed


def tag_name(tag: str) -> str:
    """Return a tag as it is kept: in lower case, so that two people's tags are one.

    Raises:
        InvalidInput: it cannot be a tag.
    """
    lowered = tag.strip().lower()
    if not _TAG.fullmatch(lowered):
        raise InvalidInput(
            f"{tag!r} cannot be a tag", hint="A tag has 1 to 64 letters, digits, dots, colons, plus signs or hyphens."
        )
    return lowered


def corrected_text(text: str) -> str:
    """Return a correction as it was written.

    Raises:
        InvalidInput: it is empty or too long.
    """
    if not text.strip() or len(text) > MOST_CORRECTED:
        raise InvalidInput(f"a correction has 1 to {MOST_CORRECTED:,} characters, found {len(text):,}")
    return text


def id_of(kind: Kind, trace_id: str, span_id: str, text: str = "") -> str:
    """Return the id of what can be there once only, whoever says it."""
    parts = (kind.value, trace_id, span_id, text)
    return f"{kind.value[:3]}_{hashlib.sha256('/'.join(parts).encode()).hexdigest()[:26]}"
