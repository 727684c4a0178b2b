"""Members, their sign-ins, and the record of wrong passwords."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from trimtab.identity.access import Role
from trimtab.identity.model import Member, Session
from trimtab.identity.throttle import Attempts
from trimtab.storage.meta import Instant, insert_missing, metadata, refuse_duplicate

members = sa.Table(
    "members",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("organisation_id", sa.String(40), sa.ForeignKey("organisations.id", ondelete="CASCADE"), nullable=False),
    sa.Column("email", sa.String(254), nullable=False, unique=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("last_seen_at", Instant),
    sa.Index(None, "organisation_id"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("member_id", sa.String(40), sa.ForeignKey("members.id", ondelete="CASCADE"), nullable=False),
    sa.Column("csrf_token", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Index(None, "member_id"),
    sa.Index(None, "expires_at"),
)

login_attempts = sa.Table(
    "login_attempts",
    metadata,
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("last_at", Instant, nullable=False),
    sa.Index(None, "last_at"),
)

_PUBLIC = (
    members.c.id,
    members.c.organisation_id,
    members.c.email,
    members.c.name,
    members.c.role,
    members.c.created_at,
    members.c.last_seen_at,
)


def insert(connection: Connection, member: Member, password_hash: str) -> None:
    """Keep a new member.

    Raises:
        Conflict: the e-mail address belongs to a member already.
    """
    with refuse_duplicate(f"the e-mail address {member.email!r} has an account already"):
        connection.execute(
            sa.insert(members).values(
                id=member.id,
                organisation_id=member.organisation_id,
                email=member.email,
                name=member.name,
                role=member.role.value,
                password_hash=password_hash,
                created_at=member.created_at,
                last_seen_at=member.last_seen_at,
            )
        )


def find(connection: Connection, organisation_id: str, member_id: str) -> Member | None:
    """Return a member of the organisation."""
    row = connection.execute(
        sa.select(*_PUBLIC).where(members.c.id == member_id, members.c.organisation_id == organisation_id)
    ).one_or_none()
    return None if row is None else _member(row)


def find_by_email(connection: Connection, email: str) -> tuple[Member, str] | None:
    """Return the member with this address and the hash of the password."""
    row = connection.execute(sa.select(*_PUBLIC, members.c.password_hash).where(members.c.email == email)).one_or_none()
    return None if row is None else (_member(row), row.password_hash)


def password_hash(connection: Connection, member_id: str) -> str | None:
    """Return the hash of the member's password."""
    return connection.execute(sa.select(members.c.password_hash).where(members.c.id == member_id)).scalar()


def listing(connection: Connection, organisation_id: str, after: str | None, limit: int) -> list[Member]:
    """Return members of the organisation, oldest first, those after the id `after`."""
    query = sa.select(*_PUBLIC).where(members.c.organisation_id == organisation_id)
    if after:
        query = query.where(members.c.id > after)
    return [_member(row) for row in connection.execute(query.order_by(members.c.id).limit(limit))]


def count_with_role(connection: Connection, organisation_id: str, role: Role) -> int:
    """Return how many members of the organisation have the role."""
    query = sa.select(sa.func.count()).where(members.c.organisation_id == organisation_id, members.c.role == role.value)
    return int(connection.execute(query).scalar_one())


def set_role(connection: Connection, member_id: str, role: Role) -> None:
    """Give the member another role."""
    connection.execute(sa.update(members).where(members.c.id == member_id).values(role=role.value))


def set_password(connection: Connection, member_id: str, new_hash: str) -> None:
    """Keep another password."""
    connection.execute(sa.update(members).where(members.c.id == member_id).values(password_hash=new_hash))


def set_seen(connection: Connection, member_id: str, at: datetime) -> None:
    """Note when the member was last here."""
    connection.execute(sa.update(members).where(members.c.id == member_id).values(last_seen_at=at))


def delete(connection: Connection, member_id: str) -> None:
    """Forget the member; sign-ins go with it."""
    connection.execute(sa.delete(members).where(members.c.id == member_id))


def insert_session(connection: Connection, session: Session) -> None:
    """Keep a new sign-in."""
    connection.execute(
        sa.insert(sessions).values(
            digest=session.digest,
            member_id=session.member_id,
            csrf_token=session.csrf_token,
            created_at=session.created_at,
            seen_at=session.seen_at,
            expires_at=session.expires_at,
        )
    )


def find_session(connection: Connection, digest: str, at: datetime) -> tuple[Session, Member] | None:
    """Return the sign-in with this hash, unless it has expired, and whose it is."""
    row = connection.execute(
        sa.select(sessions, *(column.label(f"owner_{column.name}") for column in _PUBLIC))
        .join(members, members.c.id == sessions.c.member_id)
        .where(sessions.c.digest == digest, sessions.c.expires_at > at)
    ).one_or_none()
    if row is None:
        return None
    session = Session(
        digest=row.digest,
        member_id=row.member_id,
        csrf_token=row.csrf_token,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
    )
    member = Member(
        id=row.member_id,
        organisation_id=row.owner_organisation_id,
        email=row.owner_email,
        name=row.owner_name,
        role=Role(row.owner_role),
        created_at=row.owner_created_at,
        last_seen_at=row.owner_last_seen_at,
    )
    return session, member


def extend_session(connection: Connection, digest: str, seen_at: datetime, expires_at: datetime) -> None:
    """Let a sign-in last longer, because it is in use."""
    connection.execute(
        sa.update(sessions).where(sessions.c.digest == digest).values(seen_at=seen_at, expires_at=expires_at)
    )


def delete_session(connection: Connection, digest: str) -> None:
    """End a sign-in."""
    connection.execute(sa.delete(sessions).where(sessions.c.digest == digest))


def delete_sessions_of(connection: Connection, member_id: str, *, but: str = "") -> int:
    """End the member's sign-ins, all but the one with the hash `but`; return how many."""
    ended = connection.execute(sa.delete(sessions).where(sessions.c.member_id == member_id, sessions.c.digest != but))
    return ended.rowcount


def delete_expired(connection: Connection, at: datetime, forget_attempts_before: datetime) -> None:
    """Forget sign-ins that have expired and wrong passwords that no longer count."""
    connection.execute(sa.delete(sessions).where(sessions.c.expires_at <= at))
    connection.execute(sa.delete(login_attempts).where(login_attempts.c.last_at < forget_attempts_before))


def lock_attempts(connection: Connection, subject: str, at: datetime) -> Attempts:
    """Return the attempts on record for a subject, which nobody else changes before the caller commits."""
    insert_missing(connection, login_attempts, {"subject": subject, "count": 0, "last_at": at})
    row = connection.execute(
        sa.select(login_attempts.c.count.label("attempts"), login_attempts.c.last_at)
        .where(login_attempts.c.subject == subject)
        .with_for_update()
    ).one()
    return Attempts(count=row.attempts, last_at=row.last_at)


def keep_attempts(connection: Connection, subject: str, attempts: Attempts) -> None:
    """Replace the attempts on record for a subject that is locked."""
    connection.execute(
        sa.update(login_attempts)
        .where(login_attempts.c.subject == subject)
        .values(count=attempts.count, last_at=attempts.last_at)
    )


def delete_attempts(connection: Connection, subject: str) -> None:
    """Forget the attempts of a subject."""
    connection.execute(sa.delete(login_attempts).where(login_attempts.c.subject == subject))


def _member(row: Row[*tuple[Any, ...]]) -> Member:
    return Member(
        id=row.id,
        organisation_id=row.organisation_id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
    )
