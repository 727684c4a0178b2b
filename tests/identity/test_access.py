"""Who may do what: the pure rules."""

import itertools
from datetime import UTC, datetime

import pytest

from trimtab.base.errors import Forbidden, NotFound
from trimtab.identity.access import ROLE_RIGHTS, Principal, Project, ProjectAccess, Right, Role, system

_PROJECT = Project(id="prj_1", organisation_id="org_1", slug="p", name="P", created_at=datetime(2026, 1, 1, tzinfo=UTC))


def _key(*rights: Right, project_id: str = "prj_1", organisation_id: str = "org_1") -> Principal:
    return Principal(
        kind="key",
        id="key_1",
        name="a key",
        organisation_id=organisation_id,
        rights=frozenset(rights),
        project_id=project_id,
    )


def test_each_role_can_do_all_that_a_lesser_one_can() -> None:
    lesser_first = (Role.VIEWER, Role.EDITOR, Role.ADMIN, Role.OWNER)
    for lesser, greater in itertools.pairwise(lesser_first):
        assert ROLE_RIGHTS[lesser] <= ROLE_RIGHTS[greater]


def test_a_viewer_changes_nothing() -> None:
    assert ROLE_RIGHTS[Role.VIEWER] == {Right.READ}


def test_a_missing_right_is_named_with_the_rights_held() -> None:
    with pytest.raises(Forbidden, match="needs the right 'write'; key 'a key' has: call, read"):
        ProjectAccess(_PROJECT, _key(Right.READ, Right.CALL)).require(Right.WRITE)


def test_a_key_of_another_project_is_told_that_there_is_none() -> None:
    with pytest.raises(NotFound, match="there is no project 'prj_1'"):
        ProjectAccess(_PROJECT, _key(Right.READ, project_id="prj_2")).require(Right.READ)


def test_another_organisation_is_told_that_there_is_none() -> None:
    stranger = Principal(kind="user", id="u", name="u", organisation_id="org_2", rights=frozenset(Right))
    with pytest.raises(NotFound, match="there is no project 'prj_1'"):
        ProjectAccess(_PROJECT, stranger).require(Right.READ)


def test_a_key_never_acts_on_the_whole_organisation() -> None:
    with pytest.raises(Forbidden, match="belongs to one project"):
        _key(*Right).require_person(Right.ADMIN)


def test_trimtab_itself_may_do_everything_in_its_organisation() -> None:
    ProjectAccess(_PROJECT, system("org_1")).require(Right.ADMIN)
    with pytest.raises(NotFound):
        ProjectAccess(_PROJECT, system("org_2")).require(Right.READ)
