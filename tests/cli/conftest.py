"""A way to run the command against a real server."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Running
from tests.serving import serving

from trimtab.cli.main import main


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def url(running: Running) -> Iterator[str]:
    with serving(running.app) as address:
        yield address


@pytest.fixture
def run(
    running: Running,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Run:
    """Give a function that runs a command as somebody with a key of our project."""
    monkeypatch.setenv("TRIMTAB_URL", url)
    monkeypatch.setenv("TRIMTAB_API_KEY", running.ours.key)
    monkeypatch.setenv("TRIMTAB_DATA_DIR", str(tmp_path / "nothing-here"))
    return lambda *arguments: run_command(capsys, *arguments)


def run_command(capsys: pytest.CaptureFixture[str], *arguments: str) -> Done:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    printed = capsys.readouterr()
    return Done(int(ended.value.code or 0), printed.out, printed.err)
