"""Who is calling: passwords, session cookies and API keys become principals.

A session is a random token in a cookie, kept as its hash, that lasts while it is used. A password that changes ends
all other sessions of its owner; a role that changes counts from the next request, because rights are read anew.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy.engine import Connection

from trimtab.base.clock import Clock
from trimtab.base.errors import InvalidInput, NotAuthenticated, NotFound, TooManyRequests
from trimtab.identity import naming, passwords, throttle, tokens
from trimtab.identity.access import ROLE_RIGHTS, Principal, system
from trimtab.identity.audit import Audit
from trimtab.identity.model import Member, Session, SignIn
from trimtab.identity.service.keys import is_due
from trimtab.identity.store import keys as key_store
from trimtab.identity.store import members as store
from trimtab.storage.meta import Meta

# A sign-in in use is noted at most this often: reading must not turn every request into a write.
_NOTE_EVERY: Final = timedelta(minutes=1)
_EXTEND_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPolicy:
    """How long sign-ins last, and whether browsers may send the cookie over HTTPS only."""

    lifetime: timedelta
    is_secure: bool


class Auth:
    """Signs people in and recognises them and keys."""

    def __init__(self, meta: Meta, audit: Audit, clock: Clock, policy: SessionPolicy) -> None:
        """Keep sign-ins in `meta`."""
        self._meta = meta
        self._audit = audit
        self._clock = clock
        self.policy = policy

    def login(self, email: str, password: str, address: str) -> tuple[str, SignIn]:
        """Return the token for the cookie and who signed in.

        Args:
            email: of the account, in any case.
            password: as typed.
            address: the network address that the attempt comes from, to slow down guessing.

        Raises:
            NotAuthenticated: no such account or another password; which of them is not said.
            TooManyRequests: too many wrong passwords lately.
        """
        email = email.strip().lower()
        subjects = _subjects(email, address)
        self._count_attempt(subjects)
        with self._meta.read() as connection:
            found = store.find_by_email(connection, email)
        # Outside of any transaction: it takes some 30 ms on purpose.
        if not passwords.is_right(password, found[1] if found else None) or found is None:
            self._record_failure(found[0] if found else None, address)
            raise NotAuthenticated("the e-mail address or the password is wrong")
        member, kept = found
        fresh = passwords.hash_of(password) if passwords.is_outdated(kept) else None
        with self._meta.write() as connection:
            store.delete_attempts(connection, subjects[0][0])
            if fresh:
                store.set_password(connection, member.id, fresh)
            return self._start(connection, member)

    def by_session(self, token: str) -> SignIn:
        """Return who the cookie stands for, and let the sign-in last longer.

        Raises:
            NotAuthenticated: it is not known, has expired or was ended.
        """
        now = self._clock.now()
        with self._meta.read() as connection:
            found = store.find_session(connection, tokens.digest(token), now)
        if found is None:
            raise NotAuthenticated("the sign-in has expired", hint="Sign in again.")
        session, member = found
        if now - session.seen_at >= _EXTEND_EVERY:
            with self._meta.write() as connection:
                store.extend_session(connection, session.digest, now, now + self.policy.lifetime)
        if member.last_seen_at is None or now - member.last_seen_at >= _NOTE_EVERY:
            with self._meta.write() as connection:
                store.set_seen(connection, member.id, now)
        return SignIn(principal=_principal(member), member=member, session=session)

    def by_key(self, text: str) -> Principal:
        """Return the principal of an API key.

        Raises:
            NotAuthenticated: it is not known, was revoked or has expired.
        """
        now = self._clock.now()
        with self._meta.read() as connection:
            key = key_store.find_by_digest(connection, tokens.digest(text))
        if key is None or not key.is_usable(now):
            state = "not known" if key is None else "revoked" if key.revoked_at else "expired"
            raise NotAuthenticated(
                f"the API key {tokens.label(text)!r} is {state}",
                hint="Make a key in the console under API keys, and send it as `Authorization: Bearer tt_…`.",
            )
        if is_due(key.last_used_at, now):
            with self._meta.write() as connection:
                key_store.set_used(connection, {key.id: now})
        return Principal(
            kind="key",
            id=key.id,
            name=key.name,
            organisation_id=key.organisation_id,
            rights=key.scopes,
            project_id=key.project_id,
            environment=key.environment,
            routes_projects=key.routes_projects,
        )

    def logout(self, sign_in: SignIn) -> None:
        """End this sign-in."""
        with self._meta.write() as connection:
            store.delete_session(connection, sign_in.session.digest)
            self._note(connection, sign_in.member, "auth.logout", "signed out")

    def change_password(self, sign_in: SignIn, current: str, new: str) -> None:
        """Give the member another password and end all other sign-ins.

        Raises:
            InvalidInput: the current password is another one, or the new one is too short.
            TooManyRequests: too many wrong passwords lately.
        """
        member = sign_in.member
        passwords.check(new)
        subject = tokens.digest(f"password/{member.id}")
        self._count_attempt([(subject, throttle.PER_ACCOUNT_AND_ADDRESS)])
        with self._meta.read() as connection:
            kept = store.password_hash(connection, member.id)
        if not passwords.is_right(current, kept):
            raise InvalidInput("the current password is another one")
        new_hash = passwords.hash_of(new)
        with self._meta.write() as connection:
            store.delete_attempts(connection, subject)
            store.set_password(connection, member.id, new_hash)
            ended = store.delete_sessions_of(connection, member.id, but=sign_in.session.digest)
            self._note(
                connection, member, "auth.password.change", f"changed the password; {ended} other sign-ins ended"
            )

    def reset_password(self, email: str) -> str:
        """Return a new random password for a member and end all their sign-ins; for whoever runs this machine.

        Raises:
            NotFound: no member has this address.
        """
        password = tokens.new_password()
        password_hash = passwords.hash_of(password)
        with self._meta.write() as connection:
            found = store.find_by_email(connection, naming.email(email))
            if found is None:
                raise NotFound(f"no member has the address {email!r}", hint="Look under Members in the console.")
            member, _ = found
            store.set_password(connection, member.id, password_hash)
            ended = store.delete_sessions_of(connection, member.id)
            self._audit.record(
                connection,
                principal=system(member.organisation_id),
                action="auth.password.reset",
                subject=member.id,
                summary=f"reset the password of {member.email} from the command line; {ended} sign-ins ended",
            )
        return password

    def _start(self, connection: Connection, member: Member) -> tuple[str, SignIn]:
        now = self._clock.now()
        store.delete_expired(connection, now, now - throttle.FORGET_AFTER)
        token = tokens.new_token()
        session = Session(
            digest=tokens.digest(token),
            member_id=member.id,
            csrf_token=tokens.new_token(),
            created_at=now,
            seen_at=now,
            expires_at=now + self.policy.lifetime,
        )
        store.insert_session(connection, session)
        store.set_seen(connection, member.id, now)
        self._note(connection, member, "auth.login", "signed in")
        return token, SignIn(principal=_principal(member), member=member, session=session)

    def _count_attempt(self, subjects: list[tuple[str, throttle.Limit]]) -> None:
        """Count the attempt before it is checked, so that many at once cannot slip through; refuse it if too many."""
        now = self._clock.now()
        with self._meta.write() as connection:
            records = [(subject, limit, store.lock_attempts(connection, subject, now)) for subject, limit in subjects]
            waits = [throttle.wait(limit, record, now) for _, limit, record in records]
            if max(waits) > timedelta(0):
                raise _slow_down(max(waits))
            for subject, _, record in records:
                store.keep_attempts(connection, subject, throttle.after(record, now))

    def _record_failure(self, member: Member | None, address: str) -> None:
        if member is None:
            return
        with self._meta.write() as connection:
            self._note(connection, member, "auth.login.failed", f"a wrong password from {address}")

    def _note(self, connection: Connection, member: Member, action: str, summary: str) -> None:
        self._audit.record(connection, principal=_principal(member), action=action, subject=member.id, summary=summary)


def _principal(member: Member) -> Principal:
    return Principal(
        kind="user",
        id=member.id,
        name=member.name,
        organisation_id=member.organisation_id,
        rights=ROLE_RIGHTS[member.role],
        role=member.role,
    )


def _subjects(email: str, address: str) -> list[tuple[str, throttle.Limit]]:
    """Return what an attempt counts for, hashed: whoever reads the store learns no address that was tried.

    The right password forgets the first one only: an account of one's own must not reset the count of an address.
    """
    return [
        (tokens.digest(f"login/{email}/{address}"), throttle.PER_ACCOUNT_AND_ADDRESS),
        (tokens.digest(f"login/{address}"), throttle.PER_ADDRESS),
    ]


def _slow_down(wait: timedelta) -> TooManyRequests:
    seconds = -(-wait // timedelta(seconds=1))
    return TooManyRequests("too many wrong passwords", retry_after_s=seconds, hint=f"Try again in {seconds} seconds.")
