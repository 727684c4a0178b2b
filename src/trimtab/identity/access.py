"""Who is asking, and what they may do: pure rules.

A tenant is an organisation; its projects hold everything else. A person has one role in the organisation. A key belongs
to one project and has scopes. Both end up as a `Principal` with a set of rights, and every service asks it before it
acts. Whoever may not even see a project is told that it does not exist.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from trimtab.base.errors import Forbidden, NotFound


class Right(StrEnum):
    """What can be done in a project."""

    CALL = "call"
    """Call models through the gateway."""
    READ = "read"
    """See everything in the project but secrets."""
    WRITE = "write"
    """Write prompts, providers' aliases, annotations."""
    RELEASE = "release"
    """Move a prompt to an environment."""
    ADMIN = "admin"
    """Change members, keys, providers and settings."""


class Role(StrEnum):
    """What a person is in an organisation."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"


ROLE_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.ADMIN: frozenset(Right),
    Role.EDITOR: frozenset({Right.CALL, Right.READ, Right.WRITE, Right.RELEASE}),
    Role.VIEWER: frozenset({Right.READ}),
}

Scope = Right
"""A key's scopes are rights: `call` for an application, `read`, `write`, `release` and `admin` for automation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who has been identified. `project_id` is None for a person, who sees all projects of the organisation.

    `system` is Trimtab itself, at the first start and for what the configuration file says.
    """

    kind: Literal["user", "key", "system"]
    id: str
    name: str
    organisation_id: str
    rights: frozenset[Right]
    project_id: str | None = None
    role: Role | None = None
    """A person's role; None for a key."""
    environment: str = ""
    """The environment that a key belongs to; empty for a person."""
    routes_projects: bool = False
    """Whether telemetry sent with this key may name another project of the organisation to go to."""

    def may(self, right: Right) -> bool:
        """Say whether this principal has the right, in the projects that it sees at all."""
        return right in self.rights

    def require(self, right: Right) -> None:
        """Let the caller go on, or raise `Forbidden` naming the right that is missing."""
        if right not in self.rights:
            held = ", ".join(sorted(self.rights)) or "none"
            raise Forbidden(
                f"this needs the right {right.value!r}; {self.kind} {self.name!r} has: {held}",
                hint="Ask an admin of the organisation for a role or a key scope that includes it.",
            )

    def require_person(self, right: Right) -> None:
        """Let the caller go on with something that concerns the whole organisation, which no key may do."""
        if self.project_id is not None:
            raise Forbidden(
                f"this concerns the whole organisation; key {self.name!r} belongs to one project",
                hint="Sign in as a person.",
            )
        self.require(right)

    def require_in(self, project_id: str, organisation_id: str, right: Right) -> None:
        """Let the caller go on in this project.

        Raises:
            NotFound: the project belongs to another organisation, or the key to another project.
            Forbidden: the project is visible, but the right is missing.
        """
        outside = organisation_id != self.organisation_id
        if outside or self.project_id not in (None, project_id):
            raise NotFound(
                f"there is no project {project_id!r}", hint="Check the id; GET /api/v1/projects lists yours."
            )
        self.require(right)


def system(organisation_id: str) -> Principal:
    """Return the principal for what Trimtab does by itself in an organisation."""
    return Principal(
        kind="system", id="system", name="Trimtab", organisation_id=organisation_id, rights=frozenset(Right)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What holds prompts, providers, keys and calls; belongs to one organisation."""

    id: str
    organisation_id: str
    slug: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ProjectAccess:
    """Somebody inside a project that they may see. Every service asks `require` before it acts."""

    project: Project
    principal: Principal

    def require(self, right: Right) -> None:
        """Let the caller go on, or raise `Forbidden` (`NotFound` when the project is not theirs to see)."""
        self.principal.require_in(self.project.id, self.project.organisation_id, right)
