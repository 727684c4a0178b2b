"""What the management API answers on the way to a call: completion of queries, histogram, groups."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from trimtab.identity.current import CurrentProject
from trimtab.query.parse import MAX_LENGTH
from trimtab.traces.explorer import ExplorerService
from trimtab.traces.explorer_views import CompletionView, Groups, Histogram
from trimtab.traces.filter import CallFilter
from trimtab.traces.routes.questions import MatchQuery
from trimtab.traces.service import Period

router = APIRouter(prefix="/projects/{project_id}", tags=["traces"])


def _service(request: Request) -> ExplorerService:
    return cast("ExplorerService", request.app.state.services.explorer)


Service = Annotated[ExplorerService, Depends(_service)]


class CompletionRequest(BaseModel):
    """A query that is being written, and where the cursor stands, in characters from 0."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=MAX_LENGTH)
    cursor: int = Field(ge=0, le=MAX_LENGTH)
    start: AwareDatetime | None = Field(None, alias="from", description="Values in use are looked for from here.")
    end: AwareDatetime | None = Field(None, alias="to")


class GroupQuery(MatchQuery):
    """Which calls, and the field to group them by."""

    by: str = Field(max_length=300, description='A field of the filter language, such as `attributes["http.route"]`.')


@router.post("/query/complete")
def complete_query(access: CurrentProject, service: Service, body: CompletionRequest) -> CompletionView:
    """Say what may come next in a query, and what is wrong with it. Changes nothing."""
    return service.complete(access, Period(start=body.start, end=body.end), body.text, body.cursor)


@router.get("/trace-histogram")
def get_trace_histogram(access: CurrentProject, service: Service, query: Annotated[MatchQuery, Query()]) -> Histogram:
    """Count calls over time."""
    return service.histogram(access, query.period(), CallFilter(where=query.where()))


@router.get("/trace-groups")
def list_trace_groups(access: CurrentProject, service: Service, query: Annotated[GroupQuery, Query()]) -> Groups:
    """Group calls by the values of any field."""
    return service.groups(access, query.period(), CallFilter(where=query.where()), query.by)
