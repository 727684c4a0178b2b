"""What a project has decided about its data, as values; checked before they are kept. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from trimtab.base.errors import InvalidInput
from trimtab.traces.privacy import pattern

MOST_PATTERNS: Final = 50
MOST_DAYS: Final = 3650
MOST_KEPT_NAMES: Final = 100


class Style(StrEnum):
    """What stands in the place of a find."""

    MASK = "mask"
    """Its kind, as `[email]`."""
    HASH = "hash"
    """Its kind and a name that is the same for equal values in one project, as `[email:1f0c…]`."""
    REMOVE = "remove"
    """Nothing."""


class Place(StrEnum):
    """Which part of a span a text stands in."""

    INPUTS = "inputs"
    OUTPUTS = "outputs"
    TOOL_ARGUMENTS = "tool_arguments"
    METADATA = "metadata"
    ATTRIBUTES = "attributes"
    USER_IDS = "user_ids"


class OnFailure(StrEnum):
    """What becomes of a span when an engine or the callback fails on it."""

    CLOSED = "closed"
    """Its content is dropped."""
    OPEN = "open"
    """It is stored with what the patterns alone have taken out."""


class Engine(StrEnum):
    """Who else looks for what must go, beside the patterns."""

    NONE = "none"
    PRESIDIO = "presidio"


class OwnPattern(msgspec.Struct, frozen=True, kw_only=True):
    """A project's own regular expression; `name` is what stands in the place of a find."""

    name: str
    expression: str


class Redaction(msgspec.Struct, frozen=True, kw_only=True):
    """What is taken out of texts before they are stored."""

    detectors: tuple[str, ...] = ()
    """Names of built-in detectors."""
    patterns: tuple[OwnPattern, ...] = ()
    engine: Engine = Engine.NONE
    use_callback: bool = False
    """Whether the callback of the installation sees every text."""
    style: Style = Style.MASK
    places: tuple[Place, ...] = tuple(Place)
    pseudonymise_users: bool = False
    """Whether every user id becomes a name that says nothing, whatever it looks like."""
    on_failure: OnFailure = OnFailure.CLOSED

    @property
    def is_on(self) -> bool:
        """Say whether there is anything to do."""
        looks = self.detectors or self.patterns or self.engine is not Engine.NONE or self.use_callback
        return bool(self.pseudonymise_users or (looks and self.places))


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Whose messages are kept: of which share of the traces of an environment."""

    environments: dict[str, float] = {}
    """From 0, never, to 1, always; an environment that is not named keeps all."""
    keep_attributes: tuple[str, ...] = ()
    """Names of attributes that stay although their span's content goes; `acme.*` stands for all that begin so."""

    @property
    def is_on(self) -> bool:
        """Say whether there is anything to do."""
        return any(share < 1 for share in self.environments.values())

    def keeps_all(self, environment: str) -> bool:
        """Say whether every message of an environment is kept."""
        return self.environments.get(environment, 1.0) >= 1


class Kind(StrEnum):
    """A kind of data that is kept for a time of its own."""

    CONTENT = "content"
    SPANS = "spans"
    SIDE_SPANS = "side_spans"
    LOGS = "logs"
    SCORES = "scores"
    LEDGER = "ledger"
    DEAD_LETTERS = "dead_letters"
    MEDIA = "media"
    AUDIT = "audit"


Retention = Mapping[Kind, int]
"""Days by kind; a kind that is not named is kept for good."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """All that a project has decided."""

    redaction: Redaction = Redaction()
    content: Content = Content()
    retention: dict[Kind, int] = {}


NOTHING: Final = Policy()
"""The policy of a project that has decided nothing: everything is stored as it came, and stays."""


def check_redaction(wanted: Redaction) -> Redaction:
    """Return the redaction when it can be carried out.

    Raises:
        InvalidInput: a detector is unknown, or a pattern cannot be used.
    """
    unknown = [name for name in wanted.detectors if name not in pattern.BUILT_IN]
    if unknown:
        raise InvalidInput(f"there is no detector {unknown[0]!r}", hint=f"There are: {', '.join(pattern.BUILT_IN)}.")
    if len(wanted.patterns) > MOST_PATTERNS:
        raise InvalidInput(f"{len(wanted.patterns)} patterns were given; at most {MOST_PATTERNS} are allowed")
    names = [each.name for each in wanted.patterns]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f"two patterns are called {twice!r}", hint="Give each one a name of its own.")
    for each in wanted.patterns:
        pattern.own(each.name, each.expression)
    return wanted


def check_content(wanted: Content) -> Content:
    """Return the content policy when it can be carried out.

    Raises:
        InvalidInput: a share is not from 0 to 1, or there are too many names.
    """
    for environment, share in wanted.environments.items():
        if not 0 <= share <= 1:
            raise InvalidInput(f"the share of {environment!r} is {share!r}; expected 0 (never) to 1 (always)")
    if len(wanted.keep_attributes) > MOST_KEPT_NAMES:
        raise InvalidInput(f"{len(wanted.keep_attributes)} names were given; at most {MOST_KEPT_NAMES} are allowed")
    for name in wanted.keep_attributes:
        if not name.strip("*. "):
            raise InvalidInput(f"{name!r} would keep every attribute", hint="Name one, or a beginning as `acme.*`.")
    return wanted


def check_retention(wanted: Retention) -> dict[Kind, int]:
    """Return the days by kind when they can be carried out.

    Raises:
        InvalidInput: a number of days is not from 1 to 3650, or content would outlive its spans.
    """
    for kind, days in wanted.items():
        if not 1 <= days <= MOST_DAYS:
            raise InvalidInput(f"{kind.value} would be kept for {days} days; expected 1 to {MOST_DAYS}, or nothing")
    spans, content = wanted.get(Kind.SPANS), wanted.get(Kind.CONTENT)
    if spans is not None and content is not None and content > spans:
        raise InvalidInput(
            f"content would be kept for {content} days and the spans that hold it for {spans}",
            hint="Keep content for at most as long as spans.",
        )
    return dict(wanted)
