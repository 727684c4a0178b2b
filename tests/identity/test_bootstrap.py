"""The first start makes what is needed to begin, whole or not at all, and a second one changes nothing."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from trimtab.base.clock import FixedClock
from trimtab.base.errors import BadSetting, Conflict, InvalidInput
from trimtab.identity.access import Right, Role
from trimtab.identity.audit import Audit
from trimtab.identity.bootstrap import Bootstrap, FirstSteps, Wish, check_master_key
from trimtab.identity.secrets import MasterKey
from trimtab.identity.service.auth import Auth, SessionPolicy
from trimtab.identity.service.keys import KeyService
from trimtab.identity.service.projects import ProjectService
from trimtab.identity.store.audit import audit_entries
from trimtab.identity.store.keys import api_keys
from trimtab.identity.store.members import members
from trimtab.identity.store.organisations import organisations
from trimtab.identity.store.projects import projects
from trimtab.storage.meta import Meta

_CLOCK = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
_WISH = Wish(organisation_name="Ours", project_slug="first-project", admin_email="Ada@example.com")


def _bootstrap(meta: Meta) -> Bootstrap:
    audit = Audit(meta, _CLOCK)
    return Bootstrap(meta, audit, _CLOCK, ProjectService(meta, audit, _CLOCK), KeyService(meta, audit, _CLOCK))


def _auth(meta: Meta) -> Auth:
    policy = SessionPolicy(lifetime=_CLOCK.now() - datetime(2025, 12, 31, tzinfo=UTC), is_secure=False)
    return Auth(meta, Audit(meta, _CLOCK), _CLOCK, policy)


def _count(meta: Meta, table: sa.Table) -> int:
    with meta.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _password(steps: FirstSteps) -> str:
    assert steps.admin_password is not None
    return steps.admin_password


def test_the_first_start_makes_an_owner_who_can_sign_in_and_keys_that_work(meta: Meta) -> None:
    steps = _bootstrap(meta).run(_WISH)
    _, found = _auth(meta).login("ada@example.com", _password(steps), "127.0.0.1")
    assert found.member.role is Role.OWNER
    assert steps.project.name == "First project"
    assert steps.key is not None
    assert steps.command_key is not None
    assert _auth(meta).by_key(steps.key).rights == {Right.CALL, Right.READ}
    assert _auth(meta).by_key(steps.command_key).rights == frozenset(Right)


def test_a_second_start_changes_nothing_and_knows_no_secret(meta: Meta) -> None:
    first = _bootstrap(meta).run(_WISH)
    entries = _count(meta, audit_entries)
    again = _bootstrap(meta).run(Wish(organisation_name="Other", project_slug="other", admin_email="eve@example.com"))
    assert (again.organisation, again.project, again.admin_email) == (
        first.organisation,
        first.project,
        first.admin_email,
    )
    assert (again.admin_password, again.key, again.command_key) == (None, None, None)
    assert _count(meta, audit_entries) == entries


def test_a_password_that_was_given_is_used_and_not_told(meta: Meta) -> None:
    wish = Wish(organisation_name="O", project_slug="p", admin_email="a@b", admin_password="given by the operator")
    assert _bootstrap(meta).run(wish).admin_password is None
    _auth(meta).login("a@b", "given by the operator", "127.0.0.1")


@pytest.mark.parametrize("done", ["organisation", "project"])
def test_a_first_start_that_was_cut_short_is_completed_by_the_next(meta: Meta, done: str) -> None:
    lost = _bootstrap(meta).run(_WISH)
    with meta.write() as connection:
        connection.execute(sa.delete(api_keys))
        if done == "organisation":
            connection.execute(sa.delete(projects))
    steps = _bootstrap(meta).run(_WISH)
    assert _password(steps) != lost.admin_password
    _auth(meta).login("ada@example.com", _password(steps), "127.0.0.1")
    assert steps.key is not None
    assert steps.project.slug == "first-project"
    assert _count(meta, organisations) == _count(meta, members) == _count(meta, projects) == 1


def test_a_password_is_not_changed_once_somebody_has_signed_in(meta: Meta) -> None:
    password = _password(_bootstrap(meta).run(_WISH))
    _auth(meta).login("ada@example.com", password, "127.0.0.1")
    with meta.write() as connection:
        connection.execute(sa.delete(api_keys))
    assert _bootstrap(meta).run(_WISH).admin_password is None
    _auth(meta).login("ada@example.com", password, "127.0.0.1")


@pytest.mark.parametrize(
    "wish",
    [
        Wish(organisation_name="", project_slug="p", admin_email="a@b"),
        Wish(organisation_name="O", project_slug="Not A Slug", admin_email="a@b"),
        Wish(organisation_name="O", project_slug="p", admin_email="nobody"),
        Wish(organisation_name="O", project_slug="p", admin_email="a@b", admin_password="short"),
    ],
)
def test_a_wish_that_cannot_be_met_makes_nothing(meta: Meta, wish: Wish) -> None:
    with pytest.raises(InvalidInput):
        _bootstrap(meta).run(wish)
    assert _count(meta, organisations) == _count(meta, members) == _count(meta, audit_entries) == 0


def test_another_tenant_with_an_address_that_is_taken_makes_nothing(meta: Meta) -> None:
    _bootstrap(meta).run(_WISH)
    with pytest.raises(Conflict, match=r"ada@example\.com"):
        _bootstrap(meta).add_tenant(_WISH)
    assert _count(meta, organisations) == 1


def test_the_master_key_of_the_first_start_is_insisted_on(meta: Meta) -> None:
    first, other = MasterKey(bytes(32)), MasterKey(bytes(31) + b"\x01")
    check_master_key(meta, first, _CLOCK)
    check_master_key(meta, first, _CLOCK)
    with pytest.raises(BadSetting, match="not the one that this store was made with"):
        check_master_key(meta, other, _CLOCK)
