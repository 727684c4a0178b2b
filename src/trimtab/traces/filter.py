"""Which calls a person wants to see. Pure; the store turns it into SQL."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from trimtab.query.expression import EVERYTHING, Compare, Expression, Ref, all_of
from trimtab.query.field import Op

_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_REQUEST_ID = re.compile(r"req_[0-9a-z]{26}")

_NAMED: Final = ("status", "model", "provider", "prompt", "feature", "user", "session", "environment", "sample")
"""The conditions that ask for one value of the field of the same name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Conditions that must all hold; None asks for nothing. An empty text asks for calls without the thing."""

    status: str | None = None
    model: str | None = None
    """`gpt-4o`, or `openai/gpt-4o` as the product shows it."""
    provider: str | None = None
    prompt: str | None = None
    feature: str | None = None
    user: str | None = None
    session: str | None = None
    environment: str | None = None
    sample: bool | None = None
    min_duration_ms: int | None = None
    where: Expression = EVERYTHING
    """What the filter language asks for."""
    text: str | None = None
    """Found anywhere in the messages, whatever its case; a trace id or a request id finds what it names."""

    @property
    def trace_id(self) -> str | None:
        """The trace that `text` names, when it is a trace id."""
        wanted = (self.text or "").strip().lower()
        return wanted if _TRACE_ID.fullmatch(wanted) else None

    @property
    def request_id(self) -> str | None:
        """The call that `text` names, when it is a request id as in the header `x-request-id`."""
        wanted = (self.text or "").strip().lower()
        return wanted if _REQUEST_ID.fullmatch(wanted) else None

    @property
    def expression(self) -> Expression:
        """All the conditions as one query of the filter language."""
        return all_of(part for part in (*self._conditions(), self.where) if part != EVERYTHING)

    def _conditions(self) -> Iterator[Expression]:
        for name in _NAMED:
            value = getattr(self, name)
            if value is not None:
                yield Compare(Ref(name), Op.EQ, value)
        if self.min_duration_ms is not None:
            yield Compare(Ref("duration"), Op.GE, Decimal(self.min_duration_ms * 1_000_000))
        if self.trace_id is not None:
            yield Compare(Ref("trace.id"), Op.EQ, self.trace_id)
        elif self.request_id is not None:
            yield Compare(Ref("request.id"), Op.EQ, self.request_id)
        elif self.text and self.text.strip():
            yield Compare(Ref("message"), Op.CONTAINS, self.text.strip())
