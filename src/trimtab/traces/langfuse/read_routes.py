"""Langfuse's public API for reading: traces and observations, in numbered pages or from a cursor on."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from trimtab.traces import named_ids as ids
from trimtab.traces.langfuse import shapes
from trimtab.traces.langfuse.reads import Asked, ReadService
from trimtab.traces.langfuse.routes import PREFIX, Access
from trimtab.traces.langfuse.score_routes import Moment, pages
from trimtab.traces.langfuse.store import SpanFilter

router = APIRouter(prefix=PREFIX, tags=["langfuse"], include_in_schema=False)


def _service(request: Request) -> ReadService:
    return cast("ReadService", request.app.state.services.langfuse_reads)


Service = Annotated[ReadService, Depends(_service)]


class TracesQuery(BaseModel):
    """Which traces."""

    model_config = ConfigDict(alias_generator=to_camel)

    page: int = Field(1, ge=1, le=100_000)
    limit: int = Field(50, ge=1, le=100)
    user_id: str = ""
    name: str = ""
    session_id: str = ""
    environment: str = ""
    tags: list[str] = []
    from_timestamp: Moment | None = None
    to_timestamp: Moment | None = None

    def asked(self) -> Asked:
        """Return the conditions as the service takes them."""
        wanted = SpanFilter(
            roots_only=True,
            user=self.user_id,
            name=self.name,
            session=self.session_id,
            environment=self.environment,
            tags=self.tags,
        )
        offset = (self.page - 1) * self.limit
        return Asked(wanted=wanted, start=self.from_timestamp, end=self.to_timestamp, limit=self.limit, offset=offset)


class ObservationsQuery(BaseModel):
    """Which observations; the names of both versions of the API."""

    model_config = ConfigDict(alias_generator=to_camel)

    page: int = Field(1, ge=1, le=100_000)
    limit: int = Field(50, ge=1, le=1000)
    cursor: int | None = Field(None, ge=0, le=1_000_000)
    name: str = ""
    user_id: str = ""
    type: str = ""
    trace_id: str = ""
    parent_observation_id: str = ""
    environment: str = ""
    from_start_time: Moment | None = None
    to_start_time: Moment | None = None

    def asked(self) -> Asked:
        """Return the conditions as the service takes them."""
        wanted = SpanFilter(
            name=self.name,
            user=self.user_id,
            role=shapes.ROLES.get(self.type.upper(), "other") if self.type else "",
            trace=ids.trace_id(self.trace_id) if self.trace_id else "",
            parent=ids.span_id(self.parent_observation_id) if self.parent_observation_id else "",
            environment=self.environment,
        )
        offset = (self.page - 1) * self.limit if self.cursor is None else self.cursor
        return Asked(wanted=wanted, start=self.from_start_time, end=self.to_start_time, limit=self.limit, offset=offset)


@router.get("/traces")
def langfuse_list_traces(access: Access, service: Service, query: Annotated[TracesQuery, Query()]) -> dict[str, Any]:
    """List traces, the newest first."""
    found, total = service.traces(access, query.asked())
    return {"data": found, "meta": pages(query.page, query.limit, total)}


@router.get("/traces/{trace_id}")
def langfuse_get_trace(access: Access, service: Service, trace_id: str) -> dict[str, Any]:
    """Return a trace with its observations and scores."""
    return service.trace(access, trace_id)


@router.get("/observations")
def langfuse_list_observations(
    access: Access, service: Service, query: Annotated[ObservationsQuery, Query()]
) -> dict[str, Any]:
    """List observations, the newest first, in numbered pages."""
    found, total = service.observations(access, query.asked())
    return {"data": found, "meta": pages(query.page, query.limit, total)}


@router.get("/v2/observations")
def langfuse_list_observations_v2(
    access: Access, service: Service, query: Annotated[ObservationsQuery, Query()]
) -> dict[str, Any]:
    """List observations, the newest first, from a cursor on."""
    found, total = service.observations(access, query.asked())
    passed = (query.cursor or 0) + len(found)
    return {"data": found, "meta": {"cursor": str(passed)} if found and passed < total else {}}


@router.get("/observations/{observation_id}")
def langfuse_get_observation(access: Access, service: Service, observation_id: str) -> dict[str, Any]:
    """Return one observation."""
    return service.observation(access, observation_id)
