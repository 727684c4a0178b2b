"""The dashboards that come with the product: files like those that a person writes, read through the same door."""

from functools import cache
from pathlib import Path
from typing import Final

from trimtab.traces.dashboards import as_code
from trimtab.traces.dashboards.panel import Dashboard

FOLDER: Final = Path(__file__).parent / "builtin"

ORDER: Final = ("models", "prompts", "features", "users", "agents", "latency", "errors", "quality", "cost")
"""How they are listed."""


@cache
def dashboards() -> dict[str, Dashboard]:
    """Return every dashboard of the package by its name."""
    return {name: as_code.read((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")) for name in ORDER}
