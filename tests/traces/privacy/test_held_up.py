"""A deletion that is held up goes on from where it was: its proof counts what there was, and comes in the end."""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Running
from tests.traces.privacy.test_ingest import deliver, gateway_call, rows

from trimtab.base import ids
from trimtab.base.errors import Unavailable
from trimtab.identity.secrets import SecretBox
from trimtab.traces.dead_letters import DeadLetters
from trimtab.traces.privacy import deletion as rule
from trimtab.traces.privacy.deletion import Deletion, State, SubjectKind
from trimtab.traces.privacy.deletions import DeletionService, Keys, Places
from trimtab.traces.privacy.engine import Presidio
from trimtab.traces.privacy.policies import Engines, Policies
from trimtab.traces.privacy.tombstones import Tombstones
from trimtab.traces.refused import RefusedItems

PATIENCE_S = 60.0


class Media:
    """Media whose store is away when they are asked for the first time."""

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []

    def forget_traces(self, project_id: str, trace_ids: Sequence[str]) -> list[str]:
        """Fail once; note of which traces media are to go."""
        assert project_id
        self.asked.append(trace_ids)
        if len(self.asked) == 1:
            raise OSError("the store of media is away")
        return []

    def delete(self, project_id: str, media_ids: Sequence[str]) -> list[str]:
        """Delete nothing: nothing is here."""
        assert project_id
        assert not media_ids
        return []


def places(running: Running, folder: Path, **other: Any) -> Places:
    services = running.services
    usual = Places(
        meta=services.meta,
        warehouse=services.warehouse,
        refused=RefusedItems(folder / "otlp", services.clock),
        unreadable=DeadLetters(folder / "gateway", services.clock),
        tombstones=Tombstones(services.meta, services.clock, b"t" * 32),
        flush=services.intake.flush,
    )
    return replace(usual, **other)


def _service(running: Running, places: Places) -> DeletionService:
    services = running.services
    keys = Keys(SecretBox(b"b" * 32), b"s" * 32, b"p" * 32)
    return DeletionService(
        places,
        services.audit,
        services.clock,
        Policies(services.meta, b"k" * 32, Engines(lambda: Presidio(1.0))),
        keys,
    )


def _complete(running: Running, service: DeletionService, deletion_id: str) -> Deletion:
    limit = time.monotonic() + PATIENCE_S
    while (found := service.find(running.ours.access, deletion_id)).state is not State.COMPLETE:
        assert time.monotonic() < limit, found
        service.work()
        time.sleep(0.2)
    return found


def test_a_deletion_that_was_held_up_while_it_removed_counts_what_there_was(running: Running, tmp_path: Path) -> None:
    user, media = f"u-{ids.new_span_id()}", Media()
    call = gateway_call(running, user_id=user)
    deliver(running, call)
    service = _service(running, places(running, tmp_path, media=media))
    asked = service.request(running.ours.access, SubjectKind.USER, user)
    assert service.work() == 1
    held_up = service.find(running.ours.access, asked.id)
    assert (held_up.state, held_up.trace_ids) == (State.DELETING, (call.trace_id,))
    assert held_up.waiting_for == "held up, tried again soon: OSError"
    done = _complete(running, service, asked.id)
    assert media.asked == [(call.trace_id,)] * 2
    assert {count.name: (count.before, count.after) for count in done.counts if count.before} == {
        "spans": (2, 0),
        "ledger": (1, 0),
    }
    assert json.loads(done.proof or "")["traces"] == 1


class _Away:
    """A warehouse that is away when somebody has old files leave its disk for the first time."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.failed = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def command(self, sql: str) -> Any:
        """Do what is asked, but for the first request to drop parts."""
        if "DROP PARTITION" in sql and not self.failed:
            self.failed += 1
            raise Unavailable("the warehouse is away", hint="Wait.")
        return self._real.command(sql)


def test_a_deletion_that_was_held_up_while_it_waited_is_completed(running: Running, tmp_path: Path) -> None:
    user = f"u-{ids.new_span_id()}"
    call = gateway_call(running, user_id=user)
    deliver(running, call)
    away = _Away(running.services.warehouse)
    service = _service(running, places(running, tmp_path, warehouse=away))
    asked = service.request(running.ours.access, SubjectKind.USER, user)
    service.work()
    held_up = service.find(running.ours.access, asked.id)
    assert (held_up.state, away.failed) == (State.WAITING, 1)
    assert held_up.waiting_for == "held up, tried again soon: the warehouse is away"
    done = _complete(running, service, asked.id)
    assert rule.verify((done.proof or "").encode()).is_intact
    assert rows(running, call.trace_id) == []


class _Forgetful(Tombstones):
    """Tombstones that cannot be laid for one project."""

    refuses = ""

    def lay(self, connection: Any, deletion_id: str, subject: Any) -> None:
        """Fail for the project that was said."""
        if subject.project_id == self.refuses:
            raise Unavailable("the store is away", hint="Wait.")
        super().lay(connection, deletion_id, subject)


@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_one_project_that_fails_holds_up_no_other(running: Running, tmp_path: Path, first: str) -> None:
    services, ours = running.services, running.ours.project.id
    names = [ours, running.theirs.project.id]
    stones = _Forgetful(services.meta, services.clock, b"t" * 32)
    stones.refuses = running.theirs.project.id
    for project_id in names if first == "ours" else reversed(names):
        stones.note_late(project_id, {ids.new_trace_id()})
    service = _service(running, places(running, tmp_path, tombstones=stones))
    asked = service.request(running.ours.access, SubjectKind.TRACE, ids.new_trace_id())
    service.work()
    assert service.find(running.ours.access, asked.id).state in (State.WAITING, State.COMPLETE)
    assert stones.take_late().keys() == {running.theirs.project.id}
    stones.refresh()
    assert stones.of(ours) is not None
