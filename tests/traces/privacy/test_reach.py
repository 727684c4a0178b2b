"""A deletion reaches every table that says whose a row is, those that come later too, and every file."""

import random
import string
from collections.abc import Iterator
from typing import Any, Final

import pytest
import sqlalchemy as sa
from tests.conftest import Running
from tests.traces.privacy.test_deletions import ask, complete
from tests.traces.privacy.test_ingest import deliver, files_with, gateway_call, model_span, send

from trimtab.base import ids
from trimtab.storage.meta import metadata
from trimtab.storage.warehouse.port import Warehouse
from trimtab.storage.warehouse.tables import PARTITION_COLUMN
from trimtab.traces.privacy.store import records

OWNERS: Final = ("trace_id", "user_id", "session_id")
ELSEWHERE: Final = {
    "media_uses": "goes with the files of the media, by the service of media",
    "privacy_deletions": "is the request itself; its traces are forgotten when it is complete",
}


def _tables(warehouse: Warehouse) -> dict[str, list[str]]:
    """Return all tables of the warehouse that say whose a row is, with the columns that say so."""
    found = warehouse.query(
        """
        SELECT table, groupArray(name) AS columns FROM system.columns
        WHERE database = currentDatabase() AND (name IN {owners:Array(String)} OR name = 'project_id')
        GROUP BY table ORDER BY table
        """,
        {"owners": list(OWNERS)},
    )
    return {row["table"]: [each for each in OWNERS if each in row["columns"]] for row in found}


def _fill(warehouse: Warehouse, project_id: str, owner: dict[str, str]) -> list[str]:
    """Put a row of the owner into every table that can hold one; return the names of the tables."""
    filled = []
    for table, columns in _tables(warehouse).items():
        said = {name: owner[name] for name in columns if owner.get(name)}
        if not said:
            continue
        names = ["project_id", *said, PARTITION_COLUMN[table]]
        values = ", ".join(f"'{each}'" for each in (project_id, *said.values()))
        warehouse.command(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values}, now())")  # noqa: S608 - ours
        filled.append(table)
    return filled


def _left(warehouse: Warehouse, project_id: str, table: str, owner: dict[str, str]) -> int:
    """Return how many rows of a table still name the owner."""
    names = " OR ".join(f"{each} = '{owner[each]}'" for each in OWNERS if each in _tables(warehouse)[table])
    found = warehouse.query(
        f"SELECT count() AS n FROM {table} WHERE project_id = {{project:String}} AND ({names})",  # noqa: S608 - ours
        {"project": project_id},
    )
    return int(found[0]["n"])


def _entries(warehouse: Warehouse, project_id: str) -> int:
    found = warehouse.query(
        "SELECT count() AS n FROM ledger WHERE project_id = {project:String}", {"project": project_id}
    )
    return int(found[0]["n"])


@pytest.mark.parametrize("kind", ["trace", "user", "session"])
def test_rows_go_from_every_table_that_says_whose_they_are(running: Running, warehouse: Warehouse, kind: str) -> None:
    project_id = running.ours.project.id
    values = {f"{each}_id": ids.new_trace_id() for each in ("trace", "user", "session")}
    filled = _fill(warehouse, project_id, values)
    assert {"spans", "ledger", "scores", "annotations", "log_records", "side_spans", "langfuse_events"} <= set(filled)
    assert {table for table in filled if _left(warehouse, project_id, table, values) == 1} == set(filled)
    entries = _entries(warehouse, project_id)
    complete(running, ask(running, kind, values[f"{kind}_id"])["id"])
    assert {table for table in filled if _left(warehouse, project_id, table, values)} == set()
    assert _entries(warehouse, project_id) == entries, "the money stays, without a name"


def test_every_table_of_the_warehouse_with_an_owner_belongs_to_a_project(warehouse: Warehouse) -> None:
    with_project = {
        row["table"]
        for row in warehouse.query(
            "SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'project_id'"
        )
    }
    assert {table for table, owners in _tables(warehouse).items() if owners} <= with_project


def _says_whose(column: str) -> bool:
    return column in OWNERS or column.endswith(("trace_ids", "user_ids", "session_ids"))


def _of_meta() -> Iterator[sa.Table]:
    return (table for table in metadata.sorted_tables if any(_says_whose(column.name) for column in table.columns))


def test_every_table_of_the_meta_store_with_an_owner_is_reached(running: Running) -> None:
    assert running
    covered = {table.name for table in records.tables()} | ELSEWHERE.keys()
    assert {table.name for table in _of_meta()} <= covered
    assert {table.name for table in _of_meta()} >= ELSEWHERE.keys()


def test_no_file_names_the_user_when_it_is_complete(running: Running, warehouse: Any) -> None:
    # Of distinct letters, so that the engine has nothing to squeeze and stores it as it is.
    user = "".join(random.sample(string.ascii_letters + string.digits, 40))
    folders = [running.services.settings.data_dir, warehouse._folder]
    span = model_span(running, **{"user.id": user})
    bad = model_span(running, **{"user.id": user}) | {"startTimeUnixNano": "1"}
    send(running, span, bad)
    deliver(running, gateway_call(running, user_id=user))
    score = {"trace_id": span["traceId"], "name": "n", "kind": "text", "text": user}
    assert running.ours.owner.post(f"{running.ours.path}/scores", json=score).status_code == 201
    running.services.intake.flush()
    held = files_with(folders, user)
    assert {folder for folder in folders if any(path.is_relative_to(folder) for path in held)} == set(folders)
    complete(running, ask(running, "user", user)["id"])
    assert files_with(folders, user) == []


def test_the_audit_log_does_not_say_which_session_was_judged(running: Running) -> None:
    session = f"s-{ids.new_span_id()}"
    score = {"session_id": session, "name": "n", "value": 1}
    assert running.ours.owner.post(f"{running.ours.path}/scores", json=score).status_code == 201
    entries = running.ours.owner.get(f"{running.ours.path}/audit").json()["items"]
    assert entries[0]["action"] == "score.record"
    assert session not in str(entries)
