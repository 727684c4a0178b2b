"""The shapes in which the API answers about privacy, and takes what a project wants."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from trimtab.traces.privacy.deletion import MOST_CHARS as MOST_SUBJECT_CHARS
from trimtab.traces.privacy.deletion import Count, Deletion, State, SubjectKind
from trimtab.traces.privacy.expiry import Plan
from trimtab.traces.privacy.pattern import BUILT_IN, MOST_CHARS
from trimtab.traces.privacy.policy import (
    MOST_DAYS,
    MOST_KEPT_NAMES,
    MOST_PATTERNS,
    Content,
    Engine,
    Kind,
    OnFailure,
    OwnPattern,
    Place,
    Policy,
    Redaction,
    Style,
)
from trimtab.traces.privacy.service import MOST_TRIED_CHARS, Status
from trimtab.traces.views import View


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OwnPatternShape(_Strict):
    """A regular expression of the project's own, in RE2's language."""

    name: str = Field(max_length=40, description="What stands in the place of a find: a-z, 0-9, _ and -.")
    expression: str = Field(max_length=MOST_CHARS)


class RedactionShape(_Strict):
    """What is taken out of texts before they are stored."""

    detectors: list[str] = Field([], max_length=50, description="Names of built-in detectors.")
    patterns: list[OwnPatternShape] = Field([], max_length=MOST_PATTERNS)
    engine: Engine = Engine.NONE
    use_callback: bool = Field(False, description="Whether the installation's callback sees every text.")
    style: Style = Style.MASK
    places: list[Place] = Field(list(Place), description="Where to look.")
    pseudonymise_users: bool = Field(False, description="Whether every user id becomes a name that says nothing.")
    on_failure: OnFailure = Field(
        OnFailure.CLOSED,
        description="What becomes of content on which an engine fails: dropped, or stored all the same.",
    )

    def wanted(self) -> Redaction:
        """Return it as a value."""
        return Redaction(
            detectors=tuple(dict.fromkeys(self.detectors)),
            patterns=tuple(OwnPattern(name=each.name, expression=each.expression) for each in self.patterns),
            engine=self.engine,
            use_callback=self.use_callback,
            style=self.style,
            places=tuple(dict.fromkeys(self.places)),
            pseudonymise_users=self.pseudonymise_users,
            on_failure=self.on_failure,
        )

    @classmethod
    def of(cls, found: Redaction) -> Self:
        """Return the shape of a value."""
        return cls(
            detectors=list(found.detectors),
            patterns=[OwnPatternShape(name=each.name, expression=each.expression) for each in found.patterns],
            engine=found.engine,
            use_callback=found.use_callback,
            style=found.style,
            places=list(found.places),
            pseudonymise_users=found.pseudonymise_users,
            on_failure=found.on_failure,
        )


class ContentShape(_Strict):
    """Whose messages are kept."""

    environments: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        {}, description="The share of traces whose messages are kept, by environment: 0 never, 1 always."
    )
    keep_attributes: list[str] = Field(
        [],
        max_length=MOST_KEPT_NAMES,
        description="Attributes that stay although their span's content goes; `acme.*` stands for all that begin so.",
    )


class RetentionShape(_Strict):
    """How many days each kind of data is kept; null is for good."""

    content: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
    spans: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
    side_spans: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
    logs: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
    scores: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
    ledger: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
    dead_letters: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
    media: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
    audit: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None

    def wanted(self) -> dict[Kind, int]:
        """Return the days by kind."""
        return {Kind(name): days for name, days in self if days is not None}


class DetectorView(View):
    """A built-in detector."""

    name: str
    label: str
    help: str


class PrivacyView(View):
    """What a project wants about its data, what can be chosen, and what was done since the server started."""

    redaction: RedactionShape
    content: ContentShape
    retention: RetentionShape
    detectors: list[DetectorView]
    has_presidio: bool
    has_callback: bool
    removed: dict[str, int]
    counts: dict[str, int]


class RedactionTrial(_Strict):
    """A text to try a redaction on."""

    redaction: RedactionShape
    text: str = Field(max_length=MOST_TRIED_CHARS)


class RedactionTrialView(View):
    """What became of the text, and how much was found by its label."""

    text: str
    found: dict[str, int]


class RetentionRunView(View):
    """What the last run did for one kind of data."""

    kind: Kind
    ran_at: datetime
    before_day: str
    """Everything of earlier days is gone."""
    removed: int
    removed_in_all: int
    error: str


class RetentionPlanView(View):
    """When old data goes next, and what went last."""

    next_run_at: datetime
    runs: list[RetentionRunView]


class SubjectShape(_Strict):
    """Whom or what to delete: the id of a user, of a session, or of a trace."""

    kind: SubjectKind
    value: str = Field(max_length=MOST_SUBJECT_CHARS)


class CountView(View):
    """What one table or folder holds, or held, of the subject; `after` is null until rows were removed."""

    name: str
    action: str
    before: int
    after: int | None


class DeletionPreview(View):
    """What a deletion would remove."""

    counts: list[CountView]


class DeletionView(View):
    """A request for deletion. Of the subject, nothing but a keyed hash is shown."""

    id: str
    kind: SubjectKind
    subject_hash: str
    state: State
    requested_by: str
    requested_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    waiting_for: str
    counts: list[CountView]


class DeletionPage(View):
    """Some requests, newest first."""

    items: list[DeletionView]
    next: str | None


class SigningKeyView(View):
    """The public key, in hex, that checks this installation's proofs (Ed25519)."""

    public_key: str


def count_views(counts: Iterable[Count]) -> list[CountView]:
    """Return the shapes of counts."""
    return [CountView(name=each.name, action=each.action, before=each.before, after=each.after) for each in counts]


def deletion_view(found: Deletion) -> DeletionView:
    """Return the shape of a request."""
    return DeletionView(
        id=found.id,
        kind=found.kind,
        subject_hash=found.subject_hash,
        state=found.state,
        requested_by=found.requested_by,
        requested_at=found.requested_at,
        updated_at=found.updated_at,
        completed_at=found.completed_at,
        waiting_for=found.waiting_for,
        counts=count_views(found.counts),
    )


def plan_view(plan: Plan) -> RetentionPlanView:
    """Return the shape of a plan."""
    return RetentionPlanView(
        next_run_at=plan.next_run_at,
        runs=[
            RetentionRunView(
                kind=run.kind,
                ran_at=run.ran_at,
                before_day=run.before_day,
                removed=run.removed,
                removed_in_all=run.removed_in_all,
                error=run.error,
            )
            for run in plan.runs
        ],
    )


def privacy_view(status: Status) -> PrivacyView:
    """Return the shape of a status."""
    found = status.policy
    return PrivacyView(
        redaction=RedactionShape.of(found.redaction),
        content=content_shape(found),
        retention=retention_shape(found),
        detectors=[DetectorView(name=each.name, label=each.label, help=each.help) for each in BUILT_IN.values()],
        has_presidio=status.has_presidio,
        has_callback=status.has_callback,
        removed=dict(status.removed),
        counts=dict(status.counts),
    )


def content_shape(found: Policy) -> ContentShape:
    """Return the shape of whose messages are kept."""
    return ContentShape(
        environments=dict(found.content.environments), keep_attributes=list(found.content.keep_attributes)
    )


def content_of(shape: ContentShape) -> Content:
    """Return it as a value."""
    return Content(environments=dict(shape.environments), keep_attributes=tuple(dict.fromkeys(shape.keep_attributes)))


def retention_shape(found: Policy) -> RetentionShape:
    """Return the shape of how long data is kept."""
    return RetentionShape(**{kind.value: days for kind, days in found.retention.items()})
