"""Codes are a promise: each one that the gateway can answer is in its guide, and none that it cannot."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "gateway.md"
RENDERING = {
    "missing_variable",
    "unknown_variable",
    "wrong_variable_type",
    "invalid_template",
    "template_too_expensive",
}
"""Codes of rendering, which a call passes on; `prompts.template` owns them."""
_REFUSAL = re.compile(r'(?:Refusal|__init__)\(\s*(?:\d{3}|status|CLIENT_CLOSED),\s*"(\w+)"')
_CLIENT_ERROR = re.compile(r'return "(upstream_\w+)", said or')


def test_the_guide_lists_the_codes_that_the_gateway_has() -> None:
    source = "".join(file.read_text() for file in sorted((ROOT / "src/trimtab/gateway").glob("*.py")))
    answered = {*_REFUSAL.findall(source), *_CLIENT_ERROR.findall(source), *RENDERING}
    listed = GUIDE.read_text().partition("## Errors")[2].partition("\n## ")[0]
    documented = set(re.findall(r"`([a-z]+(?:_[a-z]+)+|internal)`", listed)) - {"max_body_bytes"}
    assert answered == documented
    assert len(answered) > 25
