"""Scores in the management API."""

from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from trimtab.identity.current import CurrentProject
from trimtab.identity.paging import DEFAULT_LIMIT, MAX_LIMIT
from trimtab.traces import score as rule
from trimtab.traces.score import Judged, Kind, NewScore, Score, Source
from trimtab.traces.scores import Asked, ScoreService
from trimtab.traces.store.scores import ScoreFilter
from trimtab.traces.views import View

router = APIRouter(prefix="/projects/{project_id}/scores", tags=["traces"])


def _service(request: Request) -> ScoreService:
    return cast("ScoreService", request.app.state.services.scores)


Service = Annotated[ScoreService, Depends(_service)]

_SESSION = "The session that is judged as a whole."
_TRACE = "The trace that is judged, or that holds the span."
_SPAN = "The span that is judged; empty for the whole trace."


class ScoreView(View):
    """One judgement."""

    id: str
    name: str
    kind: Kind
    trace_id: str
    span_id: str
    session_id: str
    value: float | None
    label: str
    text: str
    comment: str
    source: str
    author: str
    environment: str
    metadata: dict[str, Any]
    at: datetime
    updated_at: datetime


class ScorePage(View):
    """Some scores, the newest first."""

    items: list[ScoreView]
    next: str | None


class ScoreBody(BaseModel):
    """A judgement to keep. The same id again replaces what was kept under it."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field("", max_length=rule.MOST_ID, description="Empty for a new one.")
    name: str = Field(min_length=1, max_length=rule.MOST_NAME)
    kind: Kind = Kind.NUMERIC
    trace_id: str = Field("", max_length=64, description=_TRACE)
    span_id: str = Field("", max_length=64, description=_SPAN)
    session_id: str = Field("", max_length=1000, description=_SESSION)
    value: float | None = Field(None, description="Of a numeric score, or 0 and 1 of a boolean one.")
    label: str = Field("", max_length=rule.MOST_LABEL, description="Of a categorical score.")
    text: str = Field("", max_length=rule.MOST_TEXT, description="Of a text or a correction.")
    comment: str = Field("", max_length=rule.MOST_COMMENT)
    source: Source | None = Field(None, description="By default `annotation` of a person, `api` of a key.")
    author: str = Field("", max_length=200)
    environment: str = Field("", max_length=100)
    metadata: dict[str, Any] = {}
    at: AwareDatetime | None = None

    def score(self, source: Source) -> NewScore:
        """Return it as the service takes it."""
        about = Judged(trace_id=self.trace_id, span_id=self.span_id, session_id=self.session_id)
        fields = self.model_dump(exclude={"trace_id", "span_id", "session_id", "source"})
        return NewScore(about=about, source=self.source or source, **fields)


class ScoreQuery(BaseModel):
    """Which scores to list."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    trace_id: str = Field("", max_length=64, description=_TRACE)
    span_id: str = Field("", max_length=64, description=_SPAN)
    session_id: str = Field("", max_length=1000, description=_SESSION)
    name: str = Field("", max_length=rule.MOST_NAME)
    kind: Kind | None = None
    source: Source | None = None
    start: AwareDatetime | None = Field(None, alias="from", description="RFC 3339 with an offset, such as Z.")
    end: AwareDatetime | None = Field(None, alias="to", description="RFC 3339 with an offset, such as Z.")
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before.")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)

    def asked(self) -> Asked:
        """Return the conditions as the service takes them."""
        wanted = ScoreFilter(
            trace_id=self.trace_id,
            span_id=self.span_id,
            session_id=self.session_id,
            name=self.name,
            kind=self.kind.value if self.kind else "",
            source=self.source.value if self.source else "",
        )
        return Asked(wanted=wanted, start=self.start, end=self.end)


@router.get("")
def list_scores(access: CurrentProject, service: Service, query: Annotated[ScoreQuery, Query()]) -> ScorePage:
    """List scores, the newest first."""
    found = service.listing(access, query.asked(), limit=query.limit, cursor=query.cursor)
    return ScorePage(items=[score_view(score) for score in found.items], next=found.next)


@router.post("", status_code=status.HTTP_201_CREATED)
def create_score(access: CurrentProject, service: Service, body: ScoreBody) -> ScoreView:
    """Keep a judgement about a trace, a span or a session."""
    source = Source.ANNOTATION if access.principal.kind == "user" else Source.API
    return score_view(service.record(access, body.score(source)))


@router.get("/{score_id}")
def get_score(access: CurrentProject, service: Service, score_id: str) -> ScoreView:
    """Return one score."""
    return score_view(service.get(access, score_id))


@router.delete("/{score_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_score(access: CurrentProject, service: Service, score_id: str) -> None:
    """Take a score back."""
    service.delete(access, score_id)


def score_view(score: Score) -> ScoreView:
    """Return a score as it is shown."""
    return ScoreView(
        id=score.id,
        name=score.name,
        kind=score.kind,
        trace_id=score.about.trace_id,
        span_id=score.about.span_id,
        session_id=score.about.session_id,
        value=score.value,
        label=score.label,
        text=score.text,
        comment=score.comment,
        source=score.source,
        author=score.author,
        environment=score.environment,
        metadata=dict(score.metadata),
        at=score.at,
        updated_at=score.updated_at,
    )
