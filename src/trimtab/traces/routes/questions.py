"""What the management API answers about calls. A query parameter that is not known is refused, not ignored."""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from trimtab.identity.current import CurrentProject
from trimtab.identity.paging import DEFAULT_LIMIT, MAX_LIMIT
from trimtab.query.expression import Expression
from trimtab.query.parse import MAX_LENGTH, parse
from trimtab.traces.filter import CallFilter
from trimtab.traces.service import Period, TraceService
from trimtab.traces.views import Facets, Overview, TraceDetail, TracePage

router = APIRouter(prefix="/projects/{project_id}", tags=["traces"])


def _service(request: Request) -> TraceService:
    return cast("TraceService", request.app.state.services.traces)


Service = Annotated[TraceService, Depends(_service)]
TraceId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


class PeriodQuery(BaseModel):
    """A range of time; without an end it ends now, without a start it is 24 hours long."""

    model_config = ConfigDict(extra="forbid")

    start: AwareDatetime | None = Field(None, alias="from", description="RFC 3339 with an offset, such as Z.")
    end: AwareDatetime | None = Field(None, alias="to", description="RFC 3339 with an offset, such as Z.")

    def period(self) -> Period:
        """Return the range as the service takes it."""
        return Period(start=self.start, end=self.end)


class MatchQuery(PeriodQuery):
    """A range of time, and which calls in it."""

    filter: str | None = Field(
        None, max_length=MAX_LENGTH, description="In the filter language, such as `status = error and cost > 0.01`."
    )

    def where(self) -> Expression:
        """Return what the filter asks for."""
        return parse(self.filter or "")


class TraceQuery(MatchQuery):
    """Which calls to list. An empty text asks for calls without the thing."""

    status: Literal["ok", "error"] | None = None
    model: str | None = Field(None, description="`gpt-4o` or `openai/gpt-4o`.")
    provider: str | None = None
    prompt: str | None = Field(None, description="The prompt's name.")
    feature: str | None = None
    user: str | None = None
    session: str | None = None
    environment: str | None = None
    sample: bool | None = Field(None, description="Whether only, or no, sample calls of the first start.")
    min_duration_ms: int | None = Field(None, ge=0, le=1_000_000_000)
    q: str | None = Field(
        None, max_length=500, description="Text in the messages, in any case; or a trace or request id."
    )
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before.")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)

    def wanted(self) -> CallFilter:
        """Return the conditions as the service takes them."""
        return CallFilter(
            status=self.status,
            model=self.model,
            provider=self.provider,
            prompt=self.prompt,
            feature=self.feature,
            user=self.user,
            session=self.session,
            environment=self.environment,
            sample=self.sample,
            min_duration_ms=self.min_duration_ms,
            text=self.q,
            where=self.where(),
        )


class OverviewQuery(MatchQuery):
    """Of which range, and what to cut the breakdown by."""

    by: Literal["prompt", "model", "feature", "environment"] = "model"
    environment: str | None = Field(None, description="Only calls of this environment.")

    def wanted(self) -> CallFilter:
        """Return the conditions as the service takes them."""
        return CallFilter(environment=self.environment, where=self.where())


@router.get("/traces")
def list_traces(access: CurrentProject, service: Service, query: Annotated[TraceQuery, Query()]) -> TracePage:
    """List calls, newest first."""
    found = service.listing(access, query.period(), query.wanted(), cursor=query.cursor, limit=query.limit)
    return TracePage(items=found.items, next=found.next)


@router.get("/traces/facets")
def list_trace_facets(access: CurrentProject, service: Service, query: Annotated[MatchQuery, Query()]) -> Facets:
    """List the values that the filters can take."""
    return service.facets(access, query.period(), CallFilter(where=query.where()))


@router.get("/traces/{trace_id}")
def get_trace(access: CurrentProject, service: Service, trace_id: TraceId) -> TraceDetail:
    """Return one trace: its spans, messages, and ledger with the lines of its price."""
    return service.get(access, trace_id)


@router.get("/overview")
def get_overview(access: CurrentProject, service: Service, query: Annotated[OverviewQuery, Query()]) -> Overview:
    """Return requests, errors, latencies, tokens and money over a range."""
    return service.overview(access, query.period(), query.by, query.wanted())
