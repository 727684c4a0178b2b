"""The guide lists the measures as they are."""

from pathlib import Path

from trimtab.traces.dashboards.measure import guide_table

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "dashboards.md"


def test_guide_has_the_table_of_measures() -> None:
    assert guide_table() in GUIDE.read_text(encoding="utf-8")
