"""What privacy keeps in the meta store holds on SQLite and on PostgreSQL alike."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from trimtab.base import ids
from trimtab.base.clock import FixedClock
from trimtab.identity.access import Project
from trimtab.identity.audit import Audit
from trimtab.identity.bootstrap import Bootstrap, Wish
from trimtab.identity.service.keys import KeyService
from trimtab.identity.service.projects import ProjectService
from trimtab.storage.meta import Meta
from trimtab.traces.medium import Medium, Use
from trimtab.traces.privacy.deletion import Count, Deletion, State, SubjectKind
from trimtab.traces.privacy.policy import Content, Kind, OnFailure, OwnPattern, Policy, Redaction
from trimtab.traces.privacy.store import deletions, policies, records, tombstones
from trimtab.traces.privacy.store.deletions import Run
from trimtab.traces.privacy.store.erase import Subject
from trimtab.traces.privacy.store.tombstones import Tombstone
from trimtab.traces.privacy.tombstones import KEPT, Arrival, Tombstones
from trimtab.traces.range import to_ns_since_epoch
from trimtab.traces.store import media

NOW = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


@dataclass(frozen=True)
class Plane:
    """A store with two projects in it."""

    meta: Meta
    clock: FixedClock
    project: Project
    other: Project


@pytest.fixture
def plane(meta: Meta) -> Plane:
    clock = FixedClock(NOW)
    audit = Audit(meta, clock)
    bootstrap = Bootstrap(meta, audit, clock, ProjectService(meta, audit, clock), KeyService(meta, audit, clock))
    projects = [
        bootstrap.add_tenant(
            Wish(
                organisation_name=name,
                project_slug=name,
                admin_email=f"a@{name}.example",
                admin_password="long enough!",
            )
        ).project
        for name in ("ours", "theirs")
    ]
    return Plane(meta, clock, *projects)


def _deletion(plane: Plane, **facts: object) -> Deletion:
    made = Deletion(
        id=ids.new("del"),
        project_id=plane.project.id,
        kind=SubjectKind.USER,
        subject_hash="0f" * 32,
        sealed_subject=b"\x00sealed\xff",
        state=State.REQUESTED,
        requested_by="Ada",
        requested_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **facts)  # type: ignore[arg-type]


def test_a_policy_comes_back_as_it_was_put_and_the_newest_counts(plane: Plane) -> None:
    wanted = Policy(
        redaction=Redaction(
            detectors=("email",),
            patterns=(OwnPattern(name="order", expression="ORD-\\d{6} é"),),
            on_failure=OnFailure.OPEN,
        ),
        content=Content(environments={"staging": 0.1}, keep_attributes=("acme.*",)),
        retention={Kind.CONTENT: 90},
    )
    with plane.meta.write() as connection:
        assert policies.decided_at(connection) is None
        policies.put(connection, plane.project.id, Policy(retention={Kind.LOGS: 1}), NOW)
        policies.put(connection, plane.project.id, wanted, NOW + timedelta(seconds=1))
    with plane.meta.read() as connection:
        assert policies.find(connection, plane.project.id) == wanted
        assert policies.find(connection, plane.other.id) is None
        assert policies.every(connection) == {plane.project.id: wanted}
        assert policies.decided_at(connection) == NOW + timedelta(seconds=1)


def test_a_request_goes_its_way_and_its_proofs_are_found_in_their_order(plane: Plane) -> None:
    first, second = _deletion(plane, id="del_1"), _deletion(plane, id="del_2")
    theirs = _deletion(plane, id="del_3", project_id=plane.other.id)
    with plane.meta.write() as connection:
        for each in (first, second, theirs):
            deletions.insert(connection, each)
    counts = (Count(name="spans", action="deleted", before=2**40, after=0),)
    done = replace(
        second,
        state=State.COMPLETE,
        sealed_subject=None,
        completed_at=NOW + timedelta(minutes=1),
        counts=counts,
        proof='{"é": 1}\n',
    )
    with plane.meta.write() as connection:
        deletions.update(connection, replace(first, state=State.WAITING, trace_ids=("a", "b"), waiting_for="old files"))
        deletions.update(connection, done)
    with plane.meta.read() as connection:
        assert deletions.find(connection, plane.project.id, second.id) == done
        assert deletions.find(connection, plane.other.id, second.id) is None
        left = deletions.unfinished(connection)
        assert [each.id for each in left] == [first.id, theirs.id]
        assert left[0].trace_ids == ("a", "b")
        assert [each.id for each in deletions.listing(connection, plane.project.id, None, 9)] == [second.id, first.id]
        assert [each.id for each in deletions.listing(connection, plane.project.id, second.id, 9)] == [first.id]
        assert deletions.last_proof(connection, plane.project.id) == done.proof
        assert deletions.last_proof(connection, plane.other.id) is None


def test_what_retention_removed_adds_up(plane: Plane) -> None:
    run = Run(
        project_id=plane.project.id, kind=Kind.SPANS, ran_at=NOW, before_day="2026-11-01", removed=3, removed_in_all=0
    )
    with plane.meta.write() as connection:
        assert deletions.last_run(connection) is None
        deletions.put_run(connection, run)
        deletions.put_run(connection, replace(run, ran_at=NOW + timedelta(days=1), removed=2**40, error="é"))
    with plane.meta.read() as connection:
        (found,) = deletions.runs_of(connection, plane.project.id)
        assert (found.removed, found.removed_in_all, found.error) == (2**40, 2**40 + 3, "é")
        assert deletions.last_run(connection) == NOW + timedelta(days=1)


def test_a_tombstone_names_nobody_and_is_forgotten_when_its_time_is_over(plane: Plane) -> None:
    project_id, key = plane.project.id, b"k" * 32
    subject = Subject(project_id, user_ids=("ada",), session_ids=("s",), trace_ids=("t",))
    _lay(plane, key, "del_1", subject)
    gone = Tombstones(plane.meta, plane.clock, key).of(project_id)
    assert gone is not None
    at_ns = to_ns_since_epoch(plane.clock.now())
    assert gone.late([Arrival(trace_id="1", user_id="ada", began_ns=at_ns - 1)]) == {"1"}
    assert gone.late([Arrival(trace_id="2", session_id="s", began_ns=at_ns - 1)]) == {"2"}
    assert gone.late([Arrival(trace_id="t", began_ns=at_ns + 10**18)]) == {"t"}
    assert gone.late([Arrival(trace_id="3", user_id="ada", session_id="s", began_ns=at_ns)]) == set()
    assert gone.late([Arrival(trace_id="4", user_id="s", session_id="ada", began_ns=at_ns - 1)]) == set()
    assert Tombstones(plane.meta, plane.clock, key).of(plane.other.id) is None
    assert [stone.deletion_id for stone in _stones(plane)] == ["del_1"]
    assert b"ada" not in _stones(plane)[0].hashes
    plane.clock.move_to(NOW + KEPT + timedelta(seconds=1))
    assert Tombstones(plane.meta, plane.clock, key).of(project_id) is None
    _lay(plane, key, "del_2", Subject(project_id, trace_ids=("u",)))
    assert [stone.deletion_id for stone in _stones(plane)] == ["del_2"]


def test_what_is_of_no_trace_goes_alone_and_is_no_trace_that_came_late(plane: Plane) -> None:
    project_id, key, at_ns = plane.project.id, b"k" * 32, to_ns_since_epoch(plane.clock.now())
    _lay(plane, key, "del_1", Subject(project_id, session_ids=("s",)))
    known = Tombstones(plane.meta, plane.clock, key)
    gone = known.of(project_id)
    assert gone is not None
    theirs, other = (
        Arrival(trace_id="", session_id=session, began_ns=at_ns - 1, item=session) for session in ("s", "another")
    )
    assert gone.late([theirs, other]) == {theirs.key}
    assert known.take_late() == {}
    assert gone.late([Arrival(trace_id="t", session_id="s", began_ns=at_ns - 1)]) == {"t"}
    assert known.take_late() == {project_id: {"t"}}


def test_a_server_learns_of_what_another_one_has_deleted(plane: Plane) -> None:
    project_id, key, now = plane.project.id, b"k" * 32, [0.0]
    known = Tombstones(plane.meta, plane.clock, key, tick=lambda: now[0])
    assert known.of(project_id) is None
    _lay(plane, key, "del_1", Subject(project_id, trace_ids=("t",)))
    assert known.of(project_id) is None, "what is known is fresh"
    now[0] += 1
    first = known.of(project_id)
    assert first is not None
    assert first.holds_trace("t")
    plane.clock.move_to(NOW + timedelta(seconds=1))
    _lay(plane, key, "del_1", Subject(project_id, trace_ids=("t", "u")))
    now[0] += 1
    second = known.of(project_id)
    assert second is not None
    assert second.holds_trace("u")


def _lay(plane: Plane, key: bytes, deletion_id: str, subject: Subject) -> None:
    with plane.meta.write() as connection:
        Tombstones(plane.meta, plane.clock, key).lay(connection, deletion_id, subject)


def _stones(plane: Plane) -> list[Tombstone]:
    with plane.meta.read() as connection:
        return tombstones.find(connection, ["del_1", "del_2"])


def test_media_and_audit_entries_go_by_their_age_and_by_their_traces(plane: Plane) -> None:
    project_id = plane.project.id
    medium = Medium(
        project_id=project_id, id="m" * 22, content_type="image/png", bytes=3, sha256="00" * 32, created_at=NOW
    )
    with plane.meta.write() as connection:
        media.insert(connection, [medium])
        media.add_uses(connection, project_id, [Use(media_id=medium.id, trace_id="t")])
    with plane.meta.write() as connection:
        media.insert(connection, [replace(medium, bytes=4)])
        media.add_uses(connection, project_id, [Use(media_id=medium.id, trace_id=each) for each in "tut"])
        assert media.find(connection, project_id, [medium.id]) == {medium.id: medium}
        media.forget_uses(connection, project_id, ["u"])
    with plane.meta.write() as connection:
        many = tuple(f"x{number}" for number in range(1_200))
        assert media.uses_of(connection, project_id, (*many, "t")) == 1
        assert media.uses_of(connection, plane.other.id, ("t",)) == 0
        assert media.before(connection, project_id, NOW + timedelta(seconds=1)) == [medium.id]
        assert media.before(connection, project_id, NOW) == []
        assert records.remove_audit_before(connection, project_id, NOW) == 0
        assert records.remove_audit_before(connection, project_id, NOW + timedelta(seconds=1)) > 0
        assert records.remove_audit_before(connection, plane.other.id, NOW + timedelta(seconds=1)) > 0


def test_media_are_forgotten_of_more_traces_than_a_statement_takes(plane: Plane) -> None:
    project_id, many = plane.project.id, [f"x{number}" for number in range(70_000)]
    medium = Medium(
        project_id=project_id, id="m" * 22, content_type="image/png", bytes=3, sha256="00" * 32, created_at=NOW
    )
    with plane.meta.write() as connection:
        media.insert(connection, [medium])
        media.add_uses(connection, project_id, [Use(media_id=medium.id, trace_id=each) for each in (many[0], "t")])
        assert media.of_traces(connection, project_id, many) == {medium.id}
        media.forget_uses(connection, project_id, many)
        assert media.uses_of(connection, project_id, [many[0], "t"]) == 1
        assert media.used(connection, project_id, [*many, medium.id]) == {medium.id}
        assert media.delete(connection, project_id, [*many, medium.id]) == [medium.id]
