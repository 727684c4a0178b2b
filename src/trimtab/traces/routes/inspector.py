"""One trace in the management API, part by part."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from trimtab.identity.current import CurrentProject
from trimtab.traces.inspector import TraceInspector
from trimtab.traces.inspector_views import CostDetail, Found, SpanDetail, TraceSummary, TreeWindow
from trimtab.traces.routes.questions import TraceId
from trimtab.traces.tree import Unfolding

router = APIRouter(prefix="/projects/{project_id}/traces/{trace_id}", tags=["traces"])

_MOST_LINES = 500
SPAN_ID = "^[0-9a-f]{16}$"
_SPAN_IDS = "^([0-9a-f]{16}(,[0-9a-f]{16})*)?$"


def _inspector(request: Request) -> TraceInspector:
    return cast("TraceInspector", request.app.state.services.inspector)


Inspector = Annotated[TraceInspector, Depends(_inspector)]
SpanId = Annotated[str, Path(pattern=SPAN_ID)]


class TreeQuery(BaseModel):
    """Which lines of the tree, and what is unfolded in it."""

    model_config = ConfigDict(extra="forbid")

    offset: int = Field(0, ge=0, description="How many lines to leave out.")
    limit: int = Field(200, ge=1, le=_MOST_LINES)
    levels: int | None = Field(None, ge=0, le=10_000, description="Unfold so many levels; everything when not said.")
    opened: str = Field("", pattern=_SPAN_IDS, max_length=34_000, description="Spans to unfold all the same, by comma.")
    closed: str = Field("", pattern=_SPAN_IDS, max_length=17_000, description="Spans to fold all the same, by comma.")
    locate: str | None = Field(None, pattern=SPAN_ID, description="A span whose line to tell; unfolds what is above.")

    def unfolding(self) -> Unfolding:
        """Return what is unfolded."""
        return Unfolding(self.levels, _ids(self.opened), _ids(self.closed))


@router.get("/summary")
def get_trace_summary(access: CurrentProject, inspector: Inspector, trace_id: TraceId) -> TraceSummary:
    """Return a trace as a whole, whatever its size: its sums, and where to look first."""
    return inspector.summary(access, trace_id)


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"description": "The trace.", "content": {"application/json": {"schema": {"type": "object"}}}}},
)
def export_trace(access: CurrentProject, inspector: Inspector, trace_id: TraceId) -> StreamingResponse:
    """Return a whole trace as a file, whatever its size: its sums, every span with its messages, and its ledger."""
    headers = {"content-disposition": f'attachment; filename="trace-{trace_id[:8]}.json"'}
    return StreamingResponse(inspector.export(access, trace_id), media_type="application/json", headers=headers)


@router.get("/tree")
def get_trace_tree(
    access: CurrentProject, inspector: Inspector, trace_id: TraceId, query: Annotated[TreeQuery, Query()]
) -> TreeWindow:
    """Return some lines of a trace's tree of spans, each with the sums of all beneath it."""
    return inspector.window(
        access, trace_id, query.unfolding(), offset=query.offset, limit=query.limit, locate=query.locate
    )


@router.get("/find")
def find_spans(
    access: CurrentProject, inspector: Inspector, trace_id: TraceId, q: Annotated[str, Query(max_length=500)] = ""
) -> Found:
    """Find the spans of a trace that hold a text in their name, messages, error or attributes; failures without one."""
    return inspector.find(access, trace_id, q)


@router.get("/spans/{span_id}")
def get_span(access: CurrentProject, inspector: Inspector, trace_id: TraceId, span_id: SpanId) -> SpanDetail:
    """Return one span: its messages, attributes and events, and what lies above it."""
    return inspector.span(access, trace_id, span_id)


@router.get("/cost")
def explain_trace_cost(
    access: CurrentProject,
    inspector: Inspector,
    trace_id: TraceId,
    span_id: Annotated[str | None, Query(pattern=SPAN_ID, description="Only this span and all beneath it.")] = None,
) -> CostDetail:
    """Explain a cost: buckets times price rows, and their sum."""
    return inspector.cost(access, trace_id, span_id)


def _ids(listed: str) -> frozenset[str]:
    return frozenset(listed.split(",")) if listed else frozenset()
