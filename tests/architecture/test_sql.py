"""SQL lives in stores and migrations; elsewhere a connection may be passed on, and errors of a database named."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "trimtab"
HAS_SQL = {"store", "store.py", "storage"}
MAY_BE_NAMED = {"sqlalchemy.engine": {"Connection"}, "sqlalchemy.exc": None}


def _imports(tree: ast.AST) -> Iterator[tuple[str, str | None]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def breaches(source: str) -> list[str]:
    """Return the names of SQLAlchemy that a module outside the stores has no business with."""
    found = []
    for module, name in _imports(ast.parse(source)):
        if module.partition(".")[0] != "sqlalchemy":
            continue
        allowed = MAY_BE_NAMED.get(module, set())
        if allowed is not None and name not in allowed:
            found.append(f"{module}.{name}" if name else module)
    return found


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(SOURCE.rglob("*.py")) if not HAS_SQL & set(path.relative_to(SOURCE).parts)],
    ids=lambda path: str(path.relative_to(SOURCE)),
)
def test_a_module_outside_the_stores_writes_no_sql(path: Path) -> None:
    assert breaches(path.read_text()) == []


def test_a_statement_outside_a_store_would_be_found() -> None:
    assert breaches("import sqlalchemy as sa") == ["sqlalchemy"]
    assert breaches("from sqlalchemy import select") == ["sqlalchemy.select"]
    assert breaches("from sqlalchemy.engine import Connection") == []
