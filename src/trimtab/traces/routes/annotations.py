"""Comments, tags and corrections of traces in the management API."""

from datetime import datetime
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Path, Query, Request, status
from pydantic import BaseModel, ConfigDict, Field

from trimtab.identity.current import CurrentProject
from trimtab.traces.annotation import MOST_CHARACTERS, MOST_CORRECTED, Annotation
from trimtab.traces.annotations import AnnotationService, Target
from trimtab.traces.routes.inspector import SPAN_ID
from trimtab.traces.routes.questions import PeriodQuery, TraceId
from trimtab.traces.views import View

router = APIRouter(prefix="/projects/{project_id}", tags=["traces"])


def _service(request: Request) -> AnnotationService:
    return cast("AnnotationService", request.app.state.services.annotations)


Service = Annotated[AnnotationService, Depends(_service)]
TagName = Annotated[str, Path(min_length=1, max_length=100, description="Letters, digits, `.`, `:`, `+`, `-`.")]
OfSpan = Annotated[str, Query(pattern=f"{SPAN_ID}|^$", description="One span of the trace; the whole trace without.")]


class AnnotationView(View):
    """What somebody says about a trace, or about one span of it."""

    id: str
    kind: Literal["comment", "tag", "correction"]
    span_id: Annotated[str, Field(description="Empty when it is about the trace as a whole.")]
    text: Annotated[str, Field(description="The comment, the tag, or the corrected output.")]
    author_id: Annotated[str, Field(description="Of the member; empty for what a program wrote.")]
    author: str
    created_at: datetime
    revised_at: datetime


class Annotations(View):
    """All that is said about a trace, the oldest first."""

    items: list[AnnotationView]
    next: str | None


class TagCount(View):
    """A tag, and how many traces have it."""

    tag: str
    count: int


class TagCounts(View):
    """Tags, the most frequent first."""

    items: list[TagCount]
    next: str | None


class NewComment(BaseModel):
    """A comment to make."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=MOST_CHARACTERS)
    span_id: str = Field("", pattern=f"{SPAN_ID}|^$", description="The span that it is about; else the trace.")


class CommentChange(BaseModel):
    """What a comment should say instead."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=MOST_CHARACTERS)


class NewCorrection(BaseModel):
    """What the output should have been."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=MOST_CORRECTED)


@router.get("/trace-tags")
def list_trace_tags(access: CurrentProject, service: Service, query: Annotated[PeriodQuery, Query()]) -> TagCounts:
    """List the tags of the traces of a range, the most frequent first."""
    found = service.tags(access, query.period())
    return TagCounts(items=[TagCount(tag=tag, count=count) for tag, count in found], next=None)


@router.get("/traces/{trace_id}/annotations")
def list_annotations(access: CurrentProject, service: Service, trace_id: TraceId) -> Annotations:
    """List the comments, tags and corrections of a trace and its spans, the oldest first."""
    return Annotations(items=[_shape(each) for each in service.of_trace(access, trace_id)], next=None)


@router.post("/traces/{trace_id}/comments", status_code=status.HTTP_201_CREATED)
def create_comment(access: CurrentProject, service: Service, trace_id: TraceId, body: NewComment) -> AnnotationView:
    """Comment on a trace, or on one span of it."""
    return _shape(service.comment(access, Target(trace_id, body.span_id), body.text))


@router.patch("/traces/{trace_id}/comments/{comment_id}")
def update_comment(
    access: CurrentProject, service: Service, trace_id: TraceId, comment_id: str, body: CommentChange
) -> AnnotationView:
    """Change a comment of one's own."""
    return _shape(service.edit_comment(access, trace_id, comment_id, body.text))


@router.delete("/traces/{trace_id}/comments/{comment_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_comment(access: CurrentProject, service: Service, trace_id: TraceId, comment_id: str) -> None:
    """Delete a comment of one's own; an admin may delete any."""
    service.delete_comment(access, trace_id, comment_id)


@router.put("/traces/{trace_id}/tags/{tag}")
def put_tag(
    access: CurrentProject, service: Service, trace_id: TraceId, tag: TagName, span_id: OfSpan = ""
) -> AnnotationView:
    """Put a tag on a trace, or on one span of it. Twice is once."""
    return _shape(service.tag(access, Target(trace_id, span_id), tag))


@router.delete("/traces/{trace_id}/tags/{tag}", status_code=status.HTTP_204_NO_CONTENT)
def delete_tag(access: CurrentProject, service: Service, trace_id: TraceId, tag: TagName, span_id: OfSpan = "") -> None:
    """Take a tag off."""
    service.untag(access, Target(trace_id, span_id), tag)


@router.put("/traces/{trace_id}/correction")
def put_correction(
    access: CurrentProject, service: Service, trace_id: TraceId, body: NewCorrection, span_id: OfSpan = ""
) -> AnnotationView:
    """Say what the output of a trace, or of one span of it, should have been."""
    return _shape(service.correct(access, Target(trace_id, span_id), body.text))


@router.delete("/traces/{trace_id}/correction", status_code=status.HTTP_204_NO_CONTENT)
def delete_correction(access: CurrentProject, service: Service, trace_id: TraceId, span_id: OfSpan = "") -> None:
    """Take a correction back."""
    service.withdraw(access, Target(trace_id, span_id))


def _shape(said: Annotation) -> AnnotationView:
    return AnnotationView(
        id=said.id,
        kind=said.kind.value,
        span_id=said.span_id,
        text=said.text,
        author_id=said.author_id,
        author=said.author,
        created_at=said.created_at,
        revised_at=said.revised_at,
    )
