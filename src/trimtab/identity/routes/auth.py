"""Sign in, sign out, who am I, change the password."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from trimtab.identity.access import Right, Role
from trimtab.identity.current import COOKIE, CurrentSignIn, auth_of
from trimtab.identity.model import SignIn
from trimtab.identity.paging import MAX_LIMIT
from trimtab.identity.service.auth import Auth
from trimtab.identity.service.organisations import OrganisationService
from trimtab.identity.service.projects import ProjectService

router = APIRouter(prefix="/auth", tags=["auth"])

AuthService = Annotated[Auth, Depends(auth_of)]


class Credentials(BaseModel):
    """What a person signs in with."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=254)
    password: str = Field(max_length=256)


class PasswordChange(BaseModel):
    """A new password, and the one it replaces."""

    model_config = ConfigDict(extra="forbid")

    current_password: str = Field(max_length=256)
    new_password: str = Field(max_length=256)


class UserView(BaseModel):
    """The person signed in."""

    id: str
    email: str
    name: str


class NamedView(BaseModel):
    """Something by its id and name."""

    id: str
    name: str


class ProjectChoice(BaseModel):
    """A project that the person can open."""

    id: str
    slug: str
    name: str


class SessionView(BaseModel):
    """Who is signed in, what they may do, and the token to send in `X-CSRF-Token` with every change."""

    user: UserView
    organisation: NamedView
    role: Role
    rights: list[Right]
    projects: list[ProjectChoice]
    csrf_token: str


@router.post("/login")
def login(request: Request, response: Response, credentials: Credentials, auth: AuthService) -> SessionView:
    """Sign in with an e-mail address and a password; sets the session cookie."""
    address = request.client.host if request.client else "unknown"
    token, found = auth.login(credentials.email, credentials.password, address)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(auth.policy.lifetime.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=_is_secure(request, auth),
        path="/",
    )
    response.headers["cache-control"] = "no-store"
    return _view(request, found)


@router.post("/logout", status_code=204)
def logout(request: Request, response: Response, current: CurrentSignIn, auth: AuthService) -> None:
    """Sign out; the cookie is worth nothing afterwards."""
    auth.logout(current)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=_is_secure(request, auth))


@router.get("/session")
def get_session(request: Request, response: Response, current: CurrentSignIn, auth: AuthService) -> SessionView:
    """Return who is signed in, and renew the cookie, which lasts as long as it is used."""
    response.set_cookie(
        COOKIE,
        request.cookies[COOKIE],
        max_age=int(auth.policy.lifetime.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=_is_secure(request, auth),
        path="/",
    )
    response.headers["cache-control"] = "no-store"
    return _view(request, current)


@router.post("/password", status_code=204)
def change_password(change: PasswordChange, current: CurrentSignIn, auth: AuthService) -> None:
    """Change one's own password; all other sign-ins end."""
    auth.change_password(current, change.current_password, change.new_password)


def _is_secure(request: Request, auth: Auth) -> bool:
    return auth.policy.is_secure or request.url.scheme == "https"


def _view(request: Request, found: SignIn) -> SessionView:
    organisations = cast("OrganisationService", request.app.state.services.organisations)
    projects = cast("ProjectService", request.app.state.services.projects)
    organisation = organisations.get(found.principal)
    visible = projects.listing(found.principal, limit=MAX_LIMIT, cursor=None).items
    return SessionView(
        user=UserView(id=found.member.id, email=found.member.email, name=found.member.name),
        organisation=NamedView(id=organisation.id, name=organisation.name),
        role=found.member.role,
        rights=sorted(found.principal.rights),
        projects=[ProjectChoice(id=project.id, slug=project.slug, name=project.name) for project in visible],
        csrf_token=found.session.csrf_token,
    )
