"""Dashboards as code: shown, changed, applied, deleted."""

from pathlib import Path

from tests.cli.conftest import Run

_TEXT = """\
name: support
title: Support
panels:
- title: Calls
  chart: stat
  measures: [calls]
"""


def _file(folder: Path, text: str, name: str = "support.yaml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_is_applied_changed_and_shown_as_it_was_written(run: Run, tmp_path: Path) -> None:
    made = run("dashboards", "apply", _file(tmp_path, _TEXT))
    assert (made.code, made.out.splitlines()[-1]) == (0, "support: made, revision 1")
    assert run("dashboards", "show", "support").out == _TEXT
    assert run("dashboards", "apply", _file(tmp_path, _TEXT)).out == "support: nothing changed\n"
    changed = run("dashboards", "apply", _file(tmp_path, _TEXT.replace("[calls]", "[calls, cost]")))
    assert "-  measures: [calls]\n+  measures: [calls, cost]\n" in changed.out
    assert changed.out.endswith("support: changed, revision 2\n")
    listed = run("dashboards", "list").out.splitlines()
    assert listed[1].startswith("models ")
    assert listed[-1].split()[:3] == ["support", "Support", "everything"]
    assert run("dashboards", "delete", "support").err == "Deleted support.\n"
    assert run("dashboards", "show", "support").code == 5


def test_dry_run_says_what_would_change_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    said = run("dashboards", "apply", "--dry-run", _file(tmp_path, _TEXT))
    assert "+name: support" in said.out
    assert run("dashboards", "show", "support").code == 5


def test_a_dashboard_of_the_product_can_be_kept_under_another_name(run: Run, tmp_path: Path) -> None:
    text = run("dashboards", "show", "cost").out
    refused = run("dashboards", "apply", _file(tmp_path, text.replace("title: Cost\n", "title: Ours\n", 1)))
    assert refused.code == 6
    assert "comes with the product" in refused.err
    assert run("dashboards", "apply", _file(tmp_path, text.replace("name: cost", "name: our-cost"))).code == 0
    assert run("dashboards", "show", "our-cost", "--json").json["is_builtin"] is False


def test_a_fault_in_one_file_names_it_and_nothing_is_applied(run: Run, tmp_path: Path) -> None:
    good = _file(tmp_path, _TEXT)
    bad = _file(tmp_path, _TEXT.replace("[calls]", "[cals]"), "bad.yaml")
    refused = run("dashboards", "apply", good, bad)
    assert refused.code == 3
    assert "bad.yaml: panels[0].measures[0]: there is no measure 'cals'" in refused.err
    assert run("dashboards", "show", "support").code == 5
