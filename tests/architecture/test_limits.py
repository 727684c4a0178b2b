import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    specification = importlib.util.spec_from_file_location("limits", ROOT / "tools" / "limits.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


def _file(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_a_file_over_the_limit_is_named(limits: ModuleType, tmp_path: Path) -> None:
    file = _file(tmp_path, "src/long.py", "x = 1\n" * 601)
    assert list(limits.check(file)) == ["src/long.py: 601 lines, at most 600; split it by what it rules"]


def test_a_test_file_may_be_longer(limits: ModuleType, tmp_path: Path) -> None:
    assert list(limits.check(_file(tmp_path, "tests/test_long.py", "x = 1\n" * 800))) == []


def test_a_function_over_the_limit_is_named(limits: ModuleType, tmp_path: Path) -> None:
    file = _file(tmp_path, "src/deep.py", "def deep():\n" + "    x = 1\n" * 80)
    assert list(limits.check(file)) == ["src/deep.py:1: deep has 81 lines, at most 80"]


def test_the_project_itself_is_within_its_limits() -> None:
    specification = importlib.util.spec_from_file_location("limits", ROOT / "tools" / "limits.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    assert module.main() == 0, "see the lines above"
    assert sys.version_info >= (3, 11)
