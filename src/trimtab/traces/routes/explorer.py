"""What the management API answers on the way to a call: completion of queries, histogram, groups."""

from typing import Annotated, Final, cast

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from trimtab.identity.current import CurrentProject
from trimtab.query.parse import MAX_LENGTH
from trimtab.traces.explorer import ExplorerService
from trimtab.traces.explorer_views import CompletionView, Groups, Histogram
from trimtab.traces.export import ExportService, Form
from trimtab.traces.filter import CallFilter
from trimtab.traces.routes.questions import MatchQuery
from trimtab.traces.service import Period

router = APIRouter(prefix="/projects/{project_id}", tags=["traces"])


_MEDIA_TYPES: Final = {Form.JSONL: "application/jsonl", Form.PARQUET: "application/vnd.apache.parquet"}


def _export_service(request: Request) -> ExportService:
    return cast("ExportService", request.app.state.services.trace_export)


def _service(request: Request) -> ExplorerService:
    return cast("ExplorerService", request.app.state.services.explorer)


Service = Annotated[ExplorerService, Depends(_service)]
Exporter = Annotated[ExportService, Depends(_export_service)]


class CompletionRequest(BaseModel):
    """A query that is being written, and where the cursor stands, in characters from 0."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=MAX_LENGTH)
    cursor: int = Field(ge=0, le=MAX_LENGTH)
    start: AwareDatetime | None = Field(None, alias="from", description="Values in use are looked for from here.")
    end: AwareDatetime | None = Field(None, alias="to")


class ExportQuery(MatchQuery):
    """Which calls, and in which form."""

    form: Form = Field(Form.JSONL, description="`jsonl`: one JSON object a line. `parquet`: columns, compressed.")


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


@router.get(
    "/trace-export",
    response_class=StreamingResponse,
    responses={200: {"description": "The file.", "content": {kind: {} for kind in _MEDIA_TYPES.values()}}},
)
def export_traces(
    access: CurrentProject, service: Exporter, query: Annotated[ExportQuery, Query()]
) -> StreamingResponse:
    """Return the calls that fit as a file, newest first, with their messages; at most 100,000."""
    pieces = service.export(access, query.period(), CallFilter(where=query.where()), query.form)
    name = f"traces.{query.form.value}"
    return StreamingResponse(
        pieces,
        media_type=_MEDIA_TYPES[query.form],
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
