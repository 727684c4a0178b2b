"""What a project lets in of the telemetry that its applications send. Pure.

A span of a model call, and all that lies above one, is kept. What has nothing to do with models is kept, put aside or
dropped, as the policy says. Rules go before that: they drop, or put aside, spans that fit a query, whatever they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from trimtab.base.errors import InvalidInput
from trimtab.query.evaluate import Subject, fits
from trimtab.query.expression import EVERYTHING, Expression, HasSpan, InOrder, Ref, refs, walk
from trimtab.query.field import BY_NAME, SCORES, TAG
from trimtab.query.parse import parse

MOST_RULES: Final = 50
UNRELATED: Final = "unrelated"
"""The reason of what happens to a span because it has nothing to do with a model call."""
SAMPLED_OUT: Final = "not in the sample"
"""The reason why a span is dropped that would be put aside, were its trace in the sample."""

_LATER: Final = frozenset({SCORES, TAG, "cost", "call", "root"})
_RANDOM_DIGITS: Final = 8
_PARTS: Final = 16**_RANDOM_DIGITS


class Fate(StrEnum):
    """What becomes of a span."""

    KEEP = "keep"
    """It is stored with its trace."""
    ASIDE = "aside"
    """It is put aside for three days, and comes back when a model call turns out to lie beneath it."""
    DROP = "drop"
    """It is counted, and forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What becomes of the spans that fit a query; make one with `rule`."""

    query: str
    fate: Fate
    where: Expression

    @property
    def reason(self) -> str:
        """How the rule is called where its work is counted."""
        return f"rule: {self.query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestPolicy:
    """The policy of one project; make one from what somebody wrote with `policy`."""

    unrelated: Fate = Fate.ASIDE
    """What becomes of spans that have nothing to do with a model call."""
    aside_percent: int = 100
    """Of how many traces in a hundred the spans to be put aside are put aside; those of the others are dropped."""
    deduplicates: bool = True
    """Whether one call that is reported twice counts once."""
    rules: tuple[Rule, ...] = ()
    """The first one that fits decides."""

    def rule_for(self, span: Subject) -> Rule | None:
        """Return the rule that decides about this span, or None when it is treated like all others."""
        return next((rule for rule in self.rules if fits(rule.where, span)), None)

    def samples(self, trace_id: str) -> bool:
        """Say whether spans of this trace are put aside at all: the same answer for all spans of a trace.

        The end of a trace id is random by the rules of W3C; its beginning may be a time.
        """
        return int(trace_id[-_RANDOM_DIGITS:], 16) * 100 < self.aside_percent * _PARTS

    def unneeded(self, trace_id: str, rule: Rule | None) -> tuple[Fate, str]:
        """Return what becomes of a span that no kept one needs, with the reason.

        `rule` puts it aside; without one it has nothing to do with a model call, and the policy does not keep such.
        """
        if rule is None and self.unrelated is Fate.DROP:
            return Fate.DROP, UNRELATED
        if not self.samples(trace_id):
            return Fate.DROP, SAMPLED_OUT
        return Fate.ASIDE, UNRELATED if rule is None else rule.reason

    def plain(self) -> dict[str, object]:
        """Return the policy as plain values, as it is kept and told."""
        return {
            "unrelated": self.unrelated.value,
            "aside_percent": self.aside_percent,
            "deduplicates": self.deduplicates,
            "rules": [{"query": rule.query, "fate": rule.fate.value} for rule in self.rules],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRecord:
    """A policy, and who last changed it. Nobody has changed one that is the installation's default."""

    policy: IngestPolicy
    updated_by: str = ""
    updated_at: datetime | None = None


class PolicySource(Protocol):
    """Answers which policy holds for a project. Asked with every batch, by many threads."""

    def of(self, project_id: str) -> IngestPolicy:
        """Return the policy that holds now."""
        ...


def policy(
    *, unrelated: Fate, aside_percent: int, deduplicates: bool, rules: Iterable[tuple[str, Fate]]
) -> IngestPolicy:
    """Return the policy that somebody asks for, its rules as queries with what becomes of the spans.

    Raises:
        InvalidInput: the share is no percentage, there are too many rules, or one cannot be applied to a single span.
        InvalidQuery: a rule cannot be read.
    """
    made = tuple(rule(query, fate) for query, fate in rules)
    if not 0 <= aside_percent <= 100:  # noqa: PLR2004 - a percentage
        raise InvalidInput(f"aside_percent must be from 0 to 100, found {aside_percent}")
    if len(made) > MOST_RULES:
        raise InvalidInput(f"a policy has at most {MOST_RULES} rules, found {len(made)}", hint="Join some with `or`.")
    return IngestPolicy(unrelated=unrelated, aside_percent=aside_percent, deduplicates=deduplicates, rules=made)


def rule(query: str, fate: Fate) -> Rule:
    """Return the rule that somebody wrote.

    Raises:
        InvalidInput: it is empty, keeps spans, or asks for more than the span itself.
        InvalidQuery: it cannot be read.
    """
    where = parse(query)
    if where == EVERYTHING:
        raise InvalidInput("a rule without a query would fit every span", hint='Write one, such as `name = "ping"`.')
    if fate is Fate.KEEP:
        raise InvalidInput("a rule drops spans or puts them aside", hint="What no rule fits is kept by the policy.")
    if any(isinstance(part, HasSpan | InOrder) for part in walk(where)):
        raise InvalidInput(
            f"the rule {query!r} asks for other spans of the trace, which may not have come yet",
            hint="Ask for what a span says of itself: its name, its attributes, its scope.",
        )
    for ref in refs(where):
        if _is_known_later(ref):
            raise InvalidInput(
                f"the rule {query!r} asks for {ref.name!r}, which is not known yet when a span arrives",
                hint="Ask for what a span says of itself: its name, its attributes, its scope.",
            )
    return Rule(query=query.strip(), fate=fate, where=where)


def _is_known_later(ref: Ref) -> bool:
    return ref.name in _LATER or BY_NAME[ref.name].is_of_trace
