"""The migrations make exactly what the code expects, and can be undone, on each engine."""

import pkgutil
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import trimtab
from trimtab.base.errors import BadSetting
from trimtab.storage import migrate
from trimtab.storage.meta import Meta, metadata


def _import_every_store() -> None:
    """Tables are declared where they are used: have all of them declared."""
    for module in pkgutil.walk_packages(trimtab.__path__, "trimtab."):
        if ".store" in module.name and ".traces." not in module.name:
            import_module(module.name)


def _tables(meta: Meta) -> set[str]:
    with meta.read() as connection:
        return set(sa.inspect(connection).get_table_names())


@pytest.fixture
def empty(meta_url: str) -> Meta:
    return Meta(meta_url)


def test_the_migrated_schema_is_what_the_code_declares(meta: Meta) -> None:
    _import_every_store()
    with meta.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        difference = compare_metadata(context, metadata)
    assert difference == []
    assert _tables(meta) == {*metadata.tables, "alembic_version"}


def test_migrations_go_back_to_nothing_and_forward_again(meta: Meta) -> None:
    forward = _tables(meta)
    migrate.downgrade(meta, "base")
    assert _tables(meta) == {"alembic_version"}
    assert migrate.stored(meta) is None
    assert migrate.upgrade(meta)
    assert _tables(meta) == forward
    meta.close()


def test_each_migration_can_be_taken_back_by_itself(empty: Meta) -> None:
    migrate.upgrade(empty)
    numbers = sorted(path.name[:4] for path in (migrate.FOLDER / "versions").glob("0*.py"))
    assert numbers[0] == "0001"
    for number in reversed(numbers):
        assert migrate.stored(empty) == number
        before = numbers[numbers.index(number) - 1] if number != numbers[0] else "base"
        migrate.downgrade(empty, before)
    migrate.upgrade(empty)
    assert migrate.stored(empty) == migrate.head()
    empty.close()


def test_upgrading_what_is_up_to_date_does_nothing(meta: Meta) -> None:
    assert migrate.stored(meta) == migrate.head()
    assert not migrate.upgrade(meta)


def test_servers_that_start_together_migrate_once(empty: Meta) -> None:
    with ThreadPoolExecutor(3) as pool:
        did = list(pool.map(lambda _: migrate.upgrade(empty), range(3)))
    assert sorted(did) == [False, False, True]
    assert migrate.stored(empty) == migrate.head()
    empty.close()


def test_a_store_of_a_newer_build_is_refused(meta: Meta) -> None:
    with meta.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BadSetting, match="at migration '9999', this build knows them up to"):
        migrate.upgrade(meta)


def test_rebuilding_a_table_on_sqlite_keeps_the_rows_that_point_to_it(tmp_path: Path) -> None:
    meta = Meta(f"sqlite:///{tmp_path / 'meta.db'}")
    migrate.upgrade(meta)
    with meta.write() as connection:
        connection.exec_driver_sql("INSERT INTO organisations VALUES ('org_1', 'o', '2026-01-01 00:00:00')")
        connection.exec_driver_sql("INSERT INTO projects VALUES ('prj_1', 'org_1', 's', 'n', '2026-01-01 00:00:00')")
    with migrate.exclusive(meta) as connection:
        connection.exec_driver_sql("CREATE TABLE rebuilt AS SELECT * FROM organisations")
        connection.exec_driver_sql("DROP TABLE organisations")
        connection.exec_driver_sql(
            "CREATE TABLE organisations (id VARCHAR(40) PRIMARY KEY, name VARCHAR(100), created_at DATETIME)"
        )
        connection.exec_driver_sql("INSERT INTO organisations SELECT * FROM rebuilt")
        connection.exec_driver_sql("DROP TABLE rebuilt")
    with meta.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM projects").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    meta.close()


def test_a_migration_that_leaves_rows_pointing_to_nothing_is_undone(tmp_path: Path) -> None:
    meta = Meta(f"sqlite:///{tmp_path / 'meta.db'}")
    migrate.upgrade(meta)
    with pytest.raises(RuntimeError, match="point to nothing"), migrate.exclusive(meta) as connection:
        connection.exec_driver_sql("INSERT INTO projects VALUES ('prj_1', 'gone', 's', 'n', '2026-01-01 00:00:00')")
    with meta.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM projects").scalar() == 0
    meta.close()


def test_the_schema_file_equals_all_migrations() -> None:
    assert (migrate.FOLDER.parent / "schema.sql").read_text(encoding="utf-8") == migrate.schema()
