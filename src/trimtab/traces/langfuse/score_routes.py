"""Langfuse's public API for scores: given one by one or in batches, listed in all three versions, taken back."""

import base64
import binascii
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from trimtab.base.errors import InvalidInput
from trimtab.identity.access import ProjectAccess
from trimtab.traces import named_ids as ids
from trimtab.traces.langfuse import scores
from trimtab.traces.langfuse.event import in_utc
from trimtab.traces.langfuse.routes import PREFIX, Access, access_of, body_of, json_of
from trimtab.traces.score import Kind
from trimtab.traces.scores import Asked, ScoreService
from trimtab.traces.store.scores import ScoreFilter

router = APIRouter(prefix=PREFIX, tags=["langfuse"], include_in_schema=False)

_MOST: Final = 100
_GROUPS: Final = frozenset({"details", "subject", "annotation"})


Moment = Annotated[datetime, AfterValidator(in_utc)]
"""A time in a query; it is in UTC when it names no zone."""


def _service(request: Request) -> ScoreService:
    return cast("ScoreService", request.app.state.services.scores)


Service = Annotated[ScoreService, Depends(_service)]


class ScoresQuery(BaseModel):
    """Which scores; the names of all three versions of the API."""

    model_config = ConfigDict(alias_generator=to_camel)

    page: int = Field(1, ge=1, le=100_000)
    limit: int = Field(50, ge=1, le=_MOST)
    cursor: str | None = Field(None, max_length=800)
    fields: str = ""
    name: str = ""
    source: str = ""
    data_type: str = ""
    environment: str = ""
    trace_id: str = ""
    observation_id: str = ""
    session_id: str = ""
    score_ids: str = ""
    id: str = ""
    from_timestamp: Moment | None = None
    to_timestamp: Moment | None = None

    def asked(self) -> Asked:
        """Return the conditions as the service takes them."""
        named = self.score_ids or self.id
        wanted = ScoreFilter(
            trace_id=ids.trace_id(self.trace_id) if self.trace_id else "",
            span_id=ids.span_id(self.observation_id) if self.observation_id else "",
            session_id=self.session_id,
            name=self.name,
            kind=_kind(self.data_type),
            source=self.source.lower(),
            environment=self.environment,
            ids=named.split(",") if named else (),
        )
        return Asked(wanted=wanted, start=self.from_timestamp, end=self.to_timestamp)


def _kind(said: str) -> str:
    if not said:
        return ""
    kind = Kind.__members__.get(said.upper())
    if kind is None:
        raise InvalidInput(f"`dataType` must be one of {', '.join(Kind.__members__)}, found {said!r:.100}")
    return kind.value


@router.post("/scores")
async def langfuse_give_scores(request: Request, service: Service) -> Response:
    """Keep one score, or a list of them, each judged by itself."""
    access = await run_in_threadpool(access_of, request)
    said = json_of(await body_of(request))
    if isinstance(said, list):
        return await run_in_threadpool(_give_all, service, access, said)
    if not isinstance(said, dict):
        raise InvalidInput("the body must be a score, or a list of scores")
    kept = await run_in_threadpool(service.record, access, scores.of_body(said))
    return JSONResponse({"id": kept.id})


def _give_all(service: ScoreService, access: ProjectAccess, said: list[Any]) -> Response:
    problems: list[str] = []
    for place, body in enumerate(said):
        try:
            if not isinstance(body, dict):
                raise InvalidInput(f"a score must be an object, found {type(body).__name__}")  # noqa: TRY301 - one of many
            service.record(access, scores.of_body(body))
        except InvalidInput as error:
            problems.append(f"score {place}: {error.message}")
    if not problems:
        return JSONResponse({"message": "Accepted"}, status_code=HTTPStatus.ACCEPTED)
    counts = {"accepted": len(said) - len(problems), "rejected": len(problems)}
    errors = [{"message": problem} for problem in problems]
    return JSONResponse(counts | {"errors": errors}, status_code=HTTPStatus.MULTI_STATUS)


@router.get("/scores")
@router.get("/v2/scores")
def langfuse_list_scores(access: Access, service: Service, query: Annotated[ScoresQuery, Query()]) -> dict[str, Any]:
    """List scores, the newest first, in numbered pages."""
    offset = (query.page - 1) * query.limit
    found, total = service.numbered(access, query.asked(), limit=query.limit, offset=offset)
    return {
        "data": [scores.shown(score, access.project.id) for score in found],
        "meta": pages(query.page, query.limit, total),
    }


@router.get("/v3/scores")
def langfuse_list_scores_v3(access: Access, service: Service, query: Annotated[ScoresQuery, Query()]) -> dict[str, Any]:
    """List scores, the newest first, from a cursor on."""
    groups = frozenset(filter(None, query.fields.split(",")))
    if groups - _GROUPS:
        raise InvalidInput(f"`fields` may name {', '.join(sorted(_GROUPS))}, found {query.fields!r:.100}")
    found = service.listing(access, query.asked(), limit=query.limit, cursor=_unpacked(query.cursor))
    meta: dict[str, Any] = {"limit": query.limit}
    if found.next is not None:
        meta["cursor"] = base64.urlsafe_b64encode(found.next.encode()).decode()
    return {"data": [scores.shown_v3(score, access.project.id, groups) for score in found.items], "meta": meta}


@router.get("/scores/{score_id}")
@router.get("/v2/scores/{score_id}")
def langfuse_get_score(access: Access, service: Service, score_id: str) -> dict[str, Any]:
    """Return one score."""
    return scores.shown(service.get(access, score_id), access.project.id)


@router.delete("/scores/{score_id}", status_code=202)
def langfuse_delete_score(access: Access, service: Service, score_id: str) -> dict[str, str]:
    """Take a score back."""
    service.take_back(access, score_id)
    return {"message": "Score deleted"}


def pages(page: int, limit: int, total: int) -> dict[str, int]:
    """Return what Langfuse says of a page."""
    return {"page": page, "limit": limit, "totalItems": total, "totalPages": -(-total // limit)}


def _unpacked(cursor: str | None) -> str | None:
    try:
        return None if cursor is None else base64.urlsafe_b64decode(cursor).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidInput(f"the cursor {cursor!r:.100} is not one of this list") from None
