"""The dashboards that come with the product."""

import pytest
from tests.traces.dashboards.conftest import Ask

from trimtab.traces.dashboards import as_code, built_in
from trimtab.traces.dashboards.measure import BY_NAME, PARTS
from trimtab.traces.dashboards.panel import Panel
from trimtab.traces.dashboards.store.answers import SQL

PANELS = [
    pytest.param(panel, id=f"{dashboard.name}: {panel.title}")
    for dashboard in built_in.dashboards().values()
    for panel in dashboard.panels
]


@pytest.mark.parametrize("name", built_in.ORDER)
def test_a_file_of_the_package_is_written_as_a_person_would_get_it(name: str) -> None:
    text = (built_in.FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    dashboard = as_code.read(text)
    assert dashboard.name == name
    assert as_code.write(dashboard) == text


def test_every_file_of_the_package_is_listed() -> None:
    assert {path.stem for path in built_in.FOLDER.glob("*.yaml")} == set(built_in.ORDER)


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_is_answered(ask: Ask, panel: Panel) -> None:
    facts = {name: getattr(panel, name) for name in panel.__struct_fields__ if name not in ("measures", "title")}
    found = ask(*panel.measures, **facts)
    assert set(found.totals) == set(panel.measures)
    assert found.heat is not None if panel.chart == "heatmap" else found.totals is not None


def test_every_part_of_every_measure_can_be_asked_for() -> None:
    needed = {name for measure in BY_NAME.values() for name in (*measure.parts, *measure.top, measure.bottom) if name}
    assert needed <= set(PARTS)
    assert set(SQL) == set(PARTS)
