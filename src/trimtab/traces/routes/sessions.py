"""Sessions and users in the management API."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from trimtab.identity.current import CurrentProject
from trimtab.identity.paging import DEFAULT_LIMIT, MAX_LIMIT
from trimtab.traces.explorer_views import SessionPage, TurnPage, UserPage
from trimtab.traces.filter import CallFilter
from trimtab.traces.routes.questions import MatchQuery, PeriodQuery
from trimtab.traces.sessions import SessionService

router = APIRouter(prefix="/projects/{project_id}", tags=["traces"])

_CURSOR = "`next` of the page before."


def _service(request: Request) -> SessionService:
    return cast("SessionService", request.app.state.services.sessions)


Service = Annotated[SessionService, Depends(_service)]


class OwnerQuery(MatchQuery):
    """Whose calls count, and which page."""

    cursor: str | None = Field(None, max_length=1000, description=_CURSOR)
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)


class TurnQuery(PeriodQuery):
    """Which session, and which page."""

    session: str = Field(min_length=1, max_length=1000)
    cursor: str | None = Field(None, max_length=400, description=_CURSOR)
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)


@router.get("/sessions")
def list_sessions(access: CurrentProject, service: Service, query: Annotated[OwnerQuery, Query()]) -> SessionPage:
    """List sessions, the one with the newest call first."""
    wanted = CallFilter(where=query.where())
    found = service.sessions(access, query.period(), wanted, cursor=query.cursor, limit=query.limit)
    return SessionPage(items=found.items, next=found.next)


@router.get("/session-turns")
def list_session_turns(access: CurrentProject, service: Service, query: Annotated[TurnQuery, Query()]) -> TurnPage:
    """List the calls of a session as a conversation, oldest first, each with what is new in it."""
    found = service.turns(access, query.period(), query.session, cursor=query.cursor, limit=query.limit)
    return TurnPage(items=found.items, next=found.next)


@router.get("/users")
def list_users(access: CurrentProject, service: Service, query: Annotated[OwnerQuery, Query()]) -> UserPage:
    """List end users, the one with the newest call first."""
    wanted = CallFilter(where=query.where())
    found = service.users(access, query.period(), wanted, cursor=query.cursor, limit=query.limit)
    return UserPage(items=found.items, next=found.next)
