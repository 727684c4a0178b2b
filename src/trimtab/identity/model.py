"""What the identity room keeps, as plain values. None holds a password, a session's token or the text of a key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from trimtab.identity.access import Principal, Right, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A tenant."""

    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in an organisation; an e-mail address belongs to one member of one organisation."""

    id: str
    organisation_id: str
    email: str
    name: str
    role: Role
    created_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where a prompt is released to, within a project; `position` orders them from development to production."""

    id: str
    project_id: str
    name: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key of a project, known by the hash of its text; `label` is its beginning, for people."""

    id: str
    project_id: str
    organisation_id: str
    name: str
    label: str
    digest: str
    scopes: frozenset[Right]
    environment: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    routes_projects: bool = False
    """Whether telemetry sent with it may name another project of the organisation to go to."""

    def is_usable(self, at: datetime) -> bool:
        """Say whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign-in of a member, known by the hash of its cookie."""

    digest: str
    member_id: str
    csrf_token: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Who a session cookie stands for."""

    principal: Principal
    member: Member
    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to which thing, and when. Written in the transaction of the change itself, never altered."""

    id: str
    organisation_id: str
    project_id: str | None
    at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str
    action: str
    subject: str
    summary: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries a person wants to see: conditions that must all hold; an empty one asks for nothing."""

    actor: str = ""
    """The id of the member or key that did it, or its kind, such as `system`."""
    action: str = ""
    """The whole action or its first parts: `prompt` and `prompt.version` both find `prompt.version.create`."""
    subject: str = ""
    """The id of what was changed."""
    start: datetime | None = None
    end: datetime | None = None
    """The first moment after the range."""
    text: str = ""
    """Words that must all stand in the action, the summary, the subject or the actor's name, in any case."""
