"""The guides run as they are written, block after block, against a real installation with the local model."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.installation import Installation, eventually

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def answering(with_model: Installation) -> Installation:
    """Give the installation once the local model answers."""
    eventually(lambda: "sample calls" in with_model.text(), "the sample calls", within_s=120)
    return with_model


@pytest.mark.model
@pytest.mark.parametrize(
    "guide", [path for path in GUIDES if BLOCK.search(path.read_text())], ids=lambda path: path.stem
)
def test_a_guide_runs_as_it_is_written(answering: Installation, guide: Path, tmp_path: Path) -> None:
    handover = answering.handover
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TRIMTAB_URL": handover.server_url,
        "TRIMTAB_API_KEY": handover.command_key,
        "TRIMTAB_PROJECT": handover.project_id,
        "TRIMTAB": handover.server_url,
        "PROJECT": handover.project_id,
        "KEY": handover.command_key,
    }
    for language, text in BLOCK.findall(guide.read_text()):
        code = text.replace("http://127.0.0.1:4000", handover.gateway_url)
        code = code.replace("http://127.0.0.1:4100", handover.server_url).replace("tt_your_key", handover.api_key)
        command = (
            ["bash", "-euo", "pipefail", "-c", code]
            if language == "sh"
            else [sys.executable, "-W", "error", "-c", code]
        )
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        only_sets_variables = all(line.startswith("export ") for line in text.splitlines())
        assert done.stdout.strip() or only_sets_variables, f"nothing was printed by:\n{text}"


def test_every_relative_link_in_the_docs_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []
