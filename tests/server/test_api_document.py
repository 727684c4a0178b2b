"""The API document is complete, stable, and made without opening a store."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from trimtab.server import api_document


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(api_document.document())
    return found


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_operations_have_names_of_their_own_in_camel_case(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z][A-Za-z0-9]*", name)] == []


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    assert [path for _, path, operation in _operations(document) if not operation.get("description")] == []


def test_every_operation_says_what_it_answers_and_has_the_one_error_shape(document: dict[str, Any]) -> None:
    for method, path, operation in _operations(document):
        responses = operation["responses"]
        error = responses["default"]["content"]["application/json"]["schema"]
        assert error == {"$ref": "#/components/schemas/ErrorBody"}, path
        assert "422" not in responses, path
        success = next(responses[status] for status in responses if status.startswith("2"))
        content = success.get("content", {})
        is_file = bool(content) and "application/json" not in content
        schema = content.get("application/json", {}).get("schema")
        assert is_file or (schema if "204" not in responses else not schema), f"{method} {path}"


def test_every_reference_in_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    used = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert used <= set(schemas)
    assert "HTTPValidationError" not in schemas


def test_pages_have_the_shape_of_pages(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    pages = [name for name in schemas if name.endswith("Page")]
    assert len(pages) > 8
    for name in pages:
        assert list(schemas[name]["properties"]) == ["items", "next"], name
        assert schemas[name]["required"] == ["items", "next"], name


def test_printing_it_makes_no_folder_and_loads_no_warehouse_engine(tmp_path: object) -> None:
    program = "import sys, runpy; runpy.run_module('trimtab.server.api_document', run_name='__main__'); "
    program += "assert not {'chdb', 'genai_prices', 'alembic.command'} & set(sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", program], cwd=str(tmp_path), capture_output=True, text=True, check=True
    )
    assert json.loads(printed.stdout)["info"]["title"] == "Trimtab"
    assert printed.stderr == ""
