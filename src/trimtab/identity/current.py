"""Who is calling, as FastAPI dependencies: write `principal: CurrentPrincipal` or `access: CurrentProject` in a route.

A caller is a person with the session cookie or an application with `Authorization: Bearer tt_…`. A request that
changes something with a cookie must also carry the session's token in `X-CSRF-Token`, which a foreign page cannot read.
"""

from typing import Annotated, Final, cast

from fastapi import Depends, Request

from trimtab.base.errors import Forbidden, NotAuthenticated
from trimtab.identity import secrets, tokens
from trimtab.identity.access import Principal, Project, ProjectAccess
from trimtab.identity.model import SignIn
from trimtab.identity.service.auth import Auth
from trimtab.identity.service.projects import ProjectService

__all__ = [
    "COOKIE",
    "CurrentPrincipal",
    "CurrentProject",
    "CurrentSignIn",
    "InternalCaller",
    "Principal",
    "Project",
    "ProjectAccess",
    "auth_of",
]

COOKIE: Final = "trimtab_session"
_CSRF_HEADER: Final = "x-csrf-token"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def auth_of(request: Request) -> Auth:
    """Return the service that knows callers."""
    return cast("Auth", request.app.state.services.auth)


def sign_in(request: Request) -> SignIn:
    """Return the sign-in behind the session cookie.

    Raises:
        NotAuthenticated: there is no cookie, or none that is known.
        Forbidden: the request changes something and does not carry the session's token.
    """
    token = request.cookies.get(COOKIE, "")
    if not token:
        raise NotAuthenticated(
            "this needs credentials, found none",
            hint="Sign in, or send an API key as `Authorization: Bearer tt_…`.",
        )
    found = auth_of(request).by_session(token)
    if request.method not in _SAFE_METHODS:
        sent = request.headers.get(_CSRF_HEADER, "")
        if not tokens.is_same(sent, found.session.csrf_token):
            raise Forbidden(
                "the header X-CSRF-Token is missing or is not that of this session",
                hint="GET /api/v1/auth/session returns the token to send.",
            )
    return found


def principal(request: Request) -> Principal:
    """Return whoever is calling; a key in the header goes before a cookie."""
    authorization = request.headers.get("authorization")
    if authorization is None:
        return sign_in(request).principal
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key.startswith(tokens.KEY_PREFIX):
        raise NotAuthenticated(
            "the header Authorization holds no API key of Trimtab",
            hint="It should read `Authorization: Bearer tt_…`.",
        )
    return auth_of(request).by_key(key.strip())


CurrentSignIn = Annotated[SignIn, Depends(sign_in)]
CurrentPrincipal = Annotated[Principal, Depends(principal)]


def project(request: Request, project_id: str, caller: CurrentPrincipal) -> ProjectAccess:
    """Return access to the project in the path, which the caller may at least see."""
    projects = cast("ProjectService", request.app.state.services.projects)
    return projects.enter(caller, project_id)


CurrentProject = Annotated[ProjectAccess, Depends(project)]


def internal(request: Request) -> None:
    """Let the gateway pass, which knows the internal token.

    Raises:
        NotAuthenticated: the header is missing or holds something else; an API key does not do.
    """
    token = cast("str", request.app.state.services.internal_token)
    if not secrets.is_internal(request.headers.get("authorization"), token):
        raise NotAuthenticated(
            "this is for the gateway alone, which has the internal token",
            hint="Do both planes have the same master key?",
        )


InternalCaller = Annotated[None, Depends(internal)]
"""Stands in the signature of a route that only the gateway may call."""
