"""Members: who belongs to an organisation, and with which role."""

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import Conflict, Forbidden, NotFound
from trimtab.identity import naming, passwords, tokens
from trimtab.identity.access import Principal, Right, Role
from trimtab.identity.audit import Audit, difference
from trimtab.identity.model import Member
from trimtab.identity.paging import Page, page
from trimtab.identity.store import members as store
from trimtab.identity.store import organisations as organisation_store
from trimtab.storage.meta import Meta


class MemberService:
    """Adds, changes and removes members. Only an owner makes or unmakes owners, and one always stays."""

    def __init__(self, meta: Meta, audit: Audit, clock: Clock) -> None:
        """Work on `meta`."""
        self._meta = meta
        self._audit = audit
        self._clock = clock

    def listing(self, principal: Principal, *, limit: int, cursor: str | None) -> Page[Member]:
        """Return the members, oldest first."""
        principal.require_person(Right.READ)
        with self._meta.read() as connection:
            rows = store.listing(connection, principal.organisation_id, cursor, limit + 1)
        return page(rows, limit, lambda member: member.id)

    def add(self, principal: Principal, *, email: str, name: str, role: Role) -> tuple[Member, str]:
        """Return the new member and the first password, which is shown this once.

        Raises:
            Conflict: the address has an account already.
        """
        principal.require_person(Right.ADMIN)
        _require_owner_for(principal, role)
        member = Member(
            id=ids.new("usr"),
            organisation_id=principal.organisation_id,
            email=naming.email(email),
            name=naming.name(name, "the name of a member"),
            role=role,
            created_at=self._clock.now(),
            last_seen_at=None,
        )
        password = tokens.new_password()
        password_hash = passwords.hash_of(password)
        with self._meta.write() as connection:
            store.insert(connection, member, password_hash)
            detail = difference({}, _audited(member))
            self._note(connection, principal, member, "member.add", f"added {member.email} as {role.value}", detail)
        return member, password

    def change_role(self, principal: Principal, member_id: str, role: Role) -> Member:
        """Give a member another role; it counts from the member's next request.

        Raises:
            Forbidden: an owner is concerned and the caller is none.
            Conflict: the last owner would be lost.
        """
        principal.require_person(Right.ADMIN)
        with self._meta.write() as connection:
            member = self._find(connection, principal, member_id)
            _require_owner_for(principal, member.role, role)
            if role is not Role.OWNER:
                _keep_an_owner(connection, member)
            store.set_role(connection, member.id, role)
            summary = f"made {member.email} {role.value}, was {member.role.value}"
            detail = difference({"role": member.role.value}, {"role": role.value})
            self._note(connection, principal, member, "member.role.change", summary, detail)
            return self._find(connection, principal, member_id)

    def remove(self, principal: Principal, member_id: str) -> None:
        """Remove a member; their sign-ins end at once.

        Raises:
            Forbidden: the member is an owner and the caller is none.
            Conflict: the member is the last owner.
        """
        principal.require_person(Right.ADMIN)
        with self._meta.write() as connection:
            member = self._find(connection, principal, member_id)
            _require_owner_for(principal, member.role)
            _keep_an_owner(connection, member)
            store.delete(connection, member.id)
            detail = difference(_audited(member), {})
            self._note(connection, principal, member, "member.remove", f"removed {member.email}", detail)

    def _find(self, connection: Connection, principal: Principal, member_id: str) -> Member:
        organisation_store.lock(connection, principal.organisation_id)
        member = store.find(connection, principal.organisation_id, member_id)
        if member is None:
            raise NotFound(f"there is no member {member_id!r}", hint="GET /api/v1/members lists them.")
        return member

    def _note(
        self,
        connection: Connection,
        principal: Principal,
        member: Member,
        action: str,
        summary: str,
        detail: Mapping[str, object],
    ) -> None:
        self._audit.record(
            connection, principal=principal, action=action, subject=member.id, summary=summary, detail=detail
        )


def _audited(member: Member) -> dict[str, object]:
    return {"email": member.email, "name": member.name, "role": member.role.value}


def _require_owner_for(principal: Principal, *roles: Role) -> None:
    if Role.OWNER in roles and principal.role is not Role.OWNER and principal.kind != "system":
        raise Forbidden("only an owner can make, change or remove an owner", hint="Ask an owner of the organisation.")


def _keep_an_owner(connection: Connection, member: Member) -> None:
    is_owner = member.role is Role.OWNER
    if is_owner and store.count_with_role(connection, member.organisation_id, Role.OWNER) == 1:
        raise Conflict(
            f"{member.email} is the last owner of the organisation", hint="Make somebody else an owner first."
        )
