"""How long sign-ins last, and what happens at once, on each engine."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from trimtab.base.clock import FixedClock
from trimtab.base.errors import Conflict, NotAuthenticated, TooManyRequests
from trimtab.identity.access import Role, system
from trimtab.identity.audit import Audit
from trimtab.identity.bootstrap import Bootstrap, FirstSteps, Wish
from trimtab.identity.service.auth import Auth, SessionPolicy
from trimtab.identity.service.keys import KeyService
from trimtab.identity.service.members import MemberService
from trimtab.identity.service.projects import ProjectService
from trimtab.storage.meta import Meta

_START = datetime(2026, 1, 1, tzinfo=UTC)
_PASSWORD = "a long enough password"
_EMAIL = "ada@example.com"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(_START)


@pytest.fixture
def auth(meta: Meta, clock: FixedClock) -> Auth:
    policy = SessionPolicy(lifetime=timedelta(days=14), is_secure=False)
    return Auth(meta, Audit(meta, clock), clock, policy)


@pytest.fixture
def first(meta: Meta, clock: FixedClock) -> FirstSteps:
    audit = Audit(meta, clock)
    bootstrap = Bootstrap(meta, audit, clock, ProjectService(meta, audit, clock), KeyService(meta, audit, clock))
    return bootstrap.run(Wish(organisation_name="O", project_slug="p", admin_email=_EMAIL, admin_password=_PASSWORD))


@pytest.mark.usefixtures("first")
def test_a_sign_in_ends_a_fortnight_after_it_was_last_used(auth: Auth, clock: FixedClock) -> None:
    token, _ = auth.login(_EMAIL, _PASSWORD, "127.0.0.1")
    for day in (13, 26, 39):
        clock.move_to(_START + timedelta(days=day))
        auth.by_session(token)
    clock.move_to(_START + timedelta(days=39 + 14))
    with pytest.raises(NotAuthenticated, match="has expired"):
        auth.by_session(token)


@pytest.mark.usefixtures("first")
def test_who_guesses_waits_longer_each_time_and_is_let_in_after_the_wait(auth: Auth, clock: FixedClock) -> None:
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            auth.login(_EMAIL, "not the password", "127.0.0.1")
    with pytest.raises(TooManyRequests) as caught:
        auth.login(_EMAIL, _PASSWORD, "127.0.0.1")
    assert caught.value.retry_after_s == 15
    auth.login(_EMAIL, _PASSWORD, "192.0.2.1")
    clock.move_to(_START + timedelta(seconds=15))
    auth.login(_EMAIL, _PASSWORD, "127.0.0.1")


@pytest.mark.usefixtures("first")
def test_guessing_at_once_wins_no_extra_attempts(auth: Auth) -> None:
    def guess(_: int) -> type[Exception] | None:
        try:
            auth.login(_EMAIL, "not the password", "127.0.0.1")
        except (NotAuthenticated, TooManyRequests) as error:
            return type(error)
        return None

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, range(24)))
    assert outcomes.count(NotAuthenticated) == 5
    assert outcomes.count(TooManyRequests) == 19


@pytest.mark.usefixtures("first")
def test_one_address_cannot_try_a_password_on_everybody(auth: Auth) -> None:
    for number in range(50):
        with pytest.raises(NotAuthenticated):
            auth.login(f"user{number}@example.com", "not the password", "127.0.0.1")
    with pytest.raises(TooManyRequests):
        auth.login(_EMAIL, _PASSWORD, "127.0.0.1")
    auth.login(_EMAIL, _PASSWORD, "192.0.2.1")


def test_two_owners_who_remove_one_another_at_once_leave_one(meta: Meta, clock: FixedClock, first: FirstSteps) -> None:
    service = MemberService(meta, Audit(meta, clock), clock)
    principal = system(first.organisation.id)
    service.add(principal, email="eve@example.com", name="Eve", role=Role.OWNER)
    owners = service.listing(principal, limit=10, cursor=None).items

    def attempt(action: Callable[[], object]) -> bool:
        try:
            action()
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(attempt, [lambda id_=owner.id: service.remove(principal, id_) for owner in owners]))
    assert sorted(done) == [False, True]
    assert len(service.listing(principal, limit=10, cursor=None).items) == 1
