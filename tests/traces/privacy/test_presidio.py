"""Presidio as an engine: over a fake of the part of it that is used, and with `--presidio` over the real one.

The real one weighs 280 MB and takes a minute to install, too much for every run. It goes into a folder of its own.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trimtab.base.errors import InvalidInput
from trimtab.traces.privacy import engine
from trimtab.traces.privacy.engine import Presidio
from trimtab.traces.privacy.policy import OnFailure, Place, Redaction
from trimtab.traces.privacy.redaction import RedactionFailed, Redactor

_ROOT = Path(__file__).parents[3]
_FAKE = _ROOT / "tests" / "fakes" / "presidio"
_REAL = "presidio-analyzer==2.2.362"
_PROGRAM = """
import json, sys
sys.path.append(sys.argv[1])
from trimtab.traces.privacy.engine import Presidio
from trimtab.traces.privacy.policy import Place, Redaction
from trimtab.traces.privacy.redaction import Redactor
redactor = Redactor(Redaction(), b"k", engine=Presidio(60.0))
print(json.dumps([redactor.text(text, Place.INPUTS) for text in json.load(sys.stdin)]))
"""

TEXTS = (
    "Call 07400 123456 or (212) 555-0147.",
    "Pay to 16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ now",
    "Write to ada@example.com",
    "The number 12345678 alone says nothing",
)
Redact = Callable[[], list[str]]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let `presidio_analyzer` be the fake, and leave no trace of it."""
    _forget()
    monkeypatch.syspath_prepend(_FAKE)
    yield
    _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "presidio_analyzer"]:
        del sys.modules[name]


def _real() -> list[str]:
    folder = (
        _ROOT / ".cache" / "clients" / f"presidio-{hashlib.sha256((_REAL + sys.version).encode()).hexdigest()[:16]}"
    )
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = tempfile.mkdtemp(dir=folder.parent)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        subprocess.run([*pip, "--no-warn-conflicts", "--target", made, _REAL], check=True)
        Path(made).rename(folder)
    command = [sys.executable, "-c", _PROGRAM, str(folder)]
    done = subprocess.run(command, input=json.dumps(TEXTS), capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return list(json.loads(done.stdout))


@pytest.fixture(params=["fake", "real"])
def redact(request: pytest.FixtureRequest) -> Redact:
    if request.param == "real":
        if not request.config.getoption("--presidio"):
            pytest.skip("installs 280 MB; ask for it with --presidio")
        return _real
    request.getfixturevalue("fake")
    redactor = Redactor(Redaction(), b"k", engine=Presidio(60.0))
    return lambda: [redactor.text(text, Place.INPUTS) for text in TEXTS]


def test_presidio_finds_what_patterns_do_not_and_is_not_asked_for_what_they_know_better(redact: Redact) -> None:
    phones, money, mail, number = redact()
    assert phones.count("[phone]") >= 1
    assert money == "Pay to [crypto] now"
    assert mail == TEXTS[2], "that recogniser would ask the network"
    assert number == TEXTS[3], "it is not sure enough"


@pytest.mark.usefixtures("fake")
def test_presidio_that_fails_is_a_failure_of_redaction() -> None:
    redactor = Redactor(Redaction(on_failure=OnFailure.CLOSED), b"k", engine=Presidio(60.0))
    with pytest.raises(RedactionFailed, match="presidio"):
        redactor.text("please fail", Place.INPUTS)
    assert redactor.text("(212) 555-0147", Place.INPUTS) == "[phone]"


@pytest.mark.usefixtures("fake")
def test_presidio_can_be_chosen_when_it_is_there() -> None:
    assert engine.is_installed()


def test_presidio_that_is_not_installed_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert not engine.is_installed()
    with pytest.raises(InvalidInput, match="not installed") as raised:
        Presidio(1.0)
    assert "trimtab[pii]" in raised.value.hint
