"""What a dashboard may say, and how it is told where it says something wrong."""

from typing import Any

import pytest

from trimtab.base.errors import InvalidInput
from trimtab.traces.dashboards import as_code, panel
from trimtab.traces.dashboards.panel import Dashboard, Panel

_PANEL: dict[str, Any] = {"title": "Calls", "chart": "table", "measures": ("calls",)}


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"measures": ()}, "panel.measures: 1 to 12 are needed, found 0"),
        ({"measures": ("calls", "calls")}, "panel.measures: each may be there once"),
        ({"measures": ("cals",)}, r"panel.measures\[0\]: there is no measure 'cals'"),
        ({"by": ("modle",)}, r"panel.by\[0\]: at character 1: there is no field 'modle'"),
        ({"by": ("model", "model")}, "panel.by: each field may be there once"),
        ({"by": ("model", "user", "team")}, "panel.by: a panel is cut by at most 2 fields, found 3"),
        ({"by": ("message",)}, r"panel.by\[0\]: calls cannot be cut by 'message'"),
        ({"by": ("cost",)}, r"panel.by\[0\]: calls cannot be cut by 'cost'"),
        ({"by": ('scores["x"]',)}, r"panel.by\[0\]: calls cannot be cut by"),
        ({"by": ("score",)}, "panel.by: only measures of scores can be cut by 'score', found 'calls'"),
        ({"where": "statos = error"}, "panel.where: at character 1: there is no field 'statos'"),
        ({"success": "ok and"}, "panel.success: at character 7"),
        ({"sort": "cost"}, "panel.sort: 'cost' is not shown by this panel"),
        ({"limit": 0}, "panel.limit: 1 to 200 groups can be shown here, found 0"),
        ({"limit": 21, "over_time": True}, "panel.limit: 1 to 20 groups can be shown here, found 21"),
        ({"chart": "line"}, "panel.over_time: a chart of kind 'line' is drawn over time"),
        ({"chart": "heatmap"}, "panel: a heat map shows how one kind of time is spread"),
        ({"chart": "heatmap", "measures": ("p95_ttft",), "by": ("model",)}, "panel: a heat map"),
        ({"title": " "}, "panel.title: the title of a panel has 1 to 100 characters"),
    ],
)
def test_bad_panel_is_refused_at_its_place(facts: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        panel.read(Panel(**(_PANEL | facts)))


def test_hint_names_what_was_meant() -> None:
    with pytest.raises(InvalidInput) as caught:
        panel.read(Panel(**(_PANEL | {"measures": ("p95_duratoin",)})))
    assert caught.value.hint.startswith("Did you mean p95_duration")


@pytest.mark.parametrize("name", ["", "Upper", "with space", "measures", "query", "x" * 41])
def test_name_must_fit_an_address(name: str) -> None:
    with pytest.raises(InvalidInput):
        panel.check(Dashboard(name=name, title="T"))


def test_dashboard_has_a_greatest_number_of_panels() -> None:
    with pytest.raises(InvalidInput, match="at most 40 panels, found 41"):
        panel.check(Dashboard(name="big", title="Big", panels=(Panel(**_PANEL),) * 41))


_TEXT = """\
name: support
title: Support
description: 'What: "support" asks, and how well: ünïcode'
panels:
- title: Calls by model
  chart: area
  measures: [calls, cost]
  by: [model, 'attributes["http.route"]']
  where: feature = "support" and not (error or cost > 0.5)
  over_time: true
  limit: 5
  width: 12
"""


def test_yaml_is_read_and_written_again_as_it_was() -> None:
    dashboard = as_code.read(_TEXT)
    assert dashboard.panels[0].by == ("model", 'attributes["http.route"]')
    assert as_code.write(dashboard) == _TEXT
    assert as_code.read(as_code.write(dashboard)) == dashboard


def test_json_is_read_too() -> None:
    text = '{"name": "a", "title": "A", "panels": [{"title": "C", "chart": "stat", "measures": ["calls"]}]}'
    assert as_code.read(text).panels[0] == Panel(title="C", chart="stat", measures=("calls",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", "this is not YAML: .*line 1"),
        ("just words", "this is not a dashboard: Expected `object`, got `str`"),
        ("name: a\ntitle: A\nowner: me", "unknown field `owner`"),
        (_TEXT.replace("chart: area", "chart: pie"), r"Invalid enum value 'pie' - at `panels\[0\].chart`"),
        (_TEXT.replace("limit: 5", "limit: many"), r"at `panels\[0\].limit`"),
        (_TEXT.replace("model,", "modle,"), r"panels\[0\].by\[0\]: at character 1: there is no field 'modle'"),
        ("name: &n a\ntitle: *n", "aliases are not allowed"),
        ("x" * 200_001, "at most 200000 characters"),
        ("name: !!python/object/apply:os.getcwd []", "this is not YAML"),
    ],
)
def test_text_that_is_no_dashboard_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        as_code.read(text)
