"""The examples, and the first steps of the README, run as they are written against a real installation."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.e2e.installation import Installation, eventually

from trimtab.server import settings

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("*.py"))


def run(installation: Installation, code: str) -> str:
    """Run a program as a user would, and return what it printed."""
    handover = installation.handover
    environment = {
        "PATH": os.environ["PATH"],
        "OPENAI_BASE_URL": f"{handover.gateway_url}/v1",
        "OPENAI_API_KEY": handover.api_key,
        "TRIMTAB_URL": handover.server_url,
        "TRIMTAB_API_KEY": handover.api_key,
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def answering(with_model: Installation) -> Installation:
    """Give the installation once the local model answers."""
    eventually(lambda: "sample calls" in with_model.text(), "the sample calls", within_s=120)
    return with_model


@pytest.mark.model
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs_as_it_is(answering: Installation, name: str) -> None:
    assert run(answering, (ROOT / "examples" / name).read_text()).strip()


@pytest.mark.model
def test_the_first_steps_of_the_readme_run_as_they_are(answering: Installation) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(blocks) >= 2
    code = "\n".join(blocks)
    code = code.replace("http://127.0.0.1:4000", answering.gateway_url).replace(
        "tt_your_key", answering.handover.api_key
    )
    assert run(answering, code).strip()


def test_every_example_is_listed_and_every_listed_one_is_there() -> None:
    listed = re.findall(r"\]\(([\w.]+)\)", (ROOT / "examples" / "README.md").read_text())
    assert sorted(listed) == sorted([*EXAMPLES, "trimtab.toml"])


def test_the_example_of_a_configuration_file_is_accepted() -> None:
    path = ROOT / "examples" / "trimtab.toml"
    keys = {"OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-2"}
    loaded = settings.load(keys, file=path)
    assert loaded.organisation_name == tomllib.loads(path.read_text())["settings"]["organisation_name"]
    assert [(line.name, line.kind) for line in loaded.providers] == [
        ("openai", "openai"),
        ("anthropic", "anthropic"),
        ("house", "vllm"),
    ]
