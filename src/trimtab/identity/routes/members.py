"""The members of the caller's organisation."""

from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from trimtab.identity.access import Role
from trimtab.identity.current import CurrentPrincipal
from trimtab.identity.model import Member
from trimtab.identity.paging import DEFAULT_LIMIT, Cursor, Limit
from trimtab.identity.service.members import MemberService

router = APIRouter(prefix="/members", tags=["members"])


def _service(request: Request) -> MemberService:
    return cast("MemberService", request.app.state.services.members)


Service = Annotated[MemberService, Depends(_service)]


class MemberView(BaseModel):
    """A person in the organisation."""

    id: str
    email: str
    name: str
    role: Role
    created_at: datetime
    last_seen_at: datetime | None


class MemberPage(BaseModel):
    """Some members."""

    items: list[MemberView]
    next: str | None


class NewMember(BaseModel):
    """A person to add."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=300)
    name: str = Field(max_length=200)
    role: Role


class AddedMember(BaseModel):
    """The new member and the first password, which is shown this once."""

    member: MemberView
    initial_password: str


class RoleChange(BaseModel):
    """Another role."""

    model_config = ConfigDict(extra="forbid")

    role: Role


@router.get("")
def list_members(
    principal: CurrentPrincipal, service: Service, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> MemberPage:
    """List the members, oldest first."""
    found = service.listing(principal, limit=limit, cursor=cursor)
    return MemberPage(items=[_view(member) for member in found.items], next=found.next)


@router.post("", status_code=201)
def add_member(principal: CurrentPrincipal, service: Service, new: NewMember) -> AddedMember:
    """Add a member; the answer has a first password, which is shown this once."""
    member, password = service.add(principal, email=new.email, name=new.name, role=new.role)
    return AddedMember(member=_view(member), initial_password=password)


@router.patch("/{member_id}")
def change_member_role(principal: CurrentPrincipal, service: Service, member_id: str, change: RoleChange) -> MemberView:
    """Give a member another role."""
    return _view(service.change_role(principal, member_id, change.role))


@router.delete("/{member_id}", status_code=204)
def remove_member(principal: CurrentPrincipal, service: Service, member_id: str) -> None:
    """Remove a member."""
    service.remove(principal, member_id)


def _view(member: Member) -> MemberView:
    return MemberView(
        id=member.id,
        email=member.email,
        name=member.name,
        role=member.role,
        created_at=member.created_at,
        last_seen_at=member.last_seen_at,
    )
