"""What a dashboard may say: panels as data, checked before they are kept or asked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from trimtab.base.errors import InvalidInput, InvalidQuery
from trimtab.identity import naming
from trimtab.query.expression import Expression, Ref
from trimtab.query.field import SCORES, TAG, Type, near
from trimtab.query.parse import parse, parse_ref
from trimtab.traces.dashboards.measure import BY_NAME, Measure, Source

Chart = Literal["line", "area", "bar", "stat", "table", "heatmap"]
Width = Literal[3, 4, 6, 8, 12]

MOST_PANELS: Final = 40
MOST_MEASURES: Final = 12
MOST_DIMENSIONS: Final = 2
MOST_GROUPS: Final = 200
MOST_LINES: Final = 20
"""Groups of a panel over time."""

RESERVED: Final = frozenset({"measures", "query"})
"""Names that the management API has for other things."""

SCORE: Final = "score"
"""Beside the fields of the language, what the measures of scores can be cut by: the name of the score."""

SUCCESS: Final = "status = ok"
"""What counts as a success, unless a panel says otherwise."""

_UNGROUPABLE: Final = frozenset({Type.PROSE, Type.DURATION, Type.MONEY, Type.SIZE})
_OVER_TIME: Final = frozenset({"line", "area"})
_HEAT: Final = frozenset({"p50_duration", "p95_duration", "p99_duration", "p50_ttft", "p95_ttft"})
_LONGEST_DESCRIPTION: Final = 1_000


class Panel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One chart: which measures, of which calls, cut by what."""

    title: str
    chart: Chart
    measures: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: str = ""
    over_time: bool = False
    limit: int = 8
    """How many groups are shown, the largest; the rest is summed up where a sum means something."""
    sort: str = ""
    """The measure by which groups are ordered, the largest first; the panel's first unless it is given."""
    success: str = ""
    """The calls that count as a success, in the query language; those that went well unless it is given."""
    score: str = ""
    """The name of the score that measures of scores are about; all scores unless it is given."""
    width: Width = 6


class Dashboard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Panels under a name."""

    name: str
    title: str
    description: str = ""
    panels: tuple[Panel, ...] = ()


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something that numbers are cut by: a field of the language, or without one the name of a score."""

    text: str
    ref: Ref | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A panel that was found to make sense."""

    panel: Panel
    measures: tuple[Measure, ...]
    sort: Measure
    by: tuple[Dimension, ...]
    where: Expression
    success: Expression


def check(dashboard: Dashboard) -> None:
    """Let the caller go on with a dashboard that can be shown.

    Raises:
        InvalidInput: it cannot; says at which place of it, what was found and what was expected.
    """
    naming.slug(dashboard.name, "the name of a dashboard")
    if dashboard.name in RESERVED:
        raise InvalidInput(f"a dashboard cannot be called {dashboard.name!r}, which stands for something else")
    naming.name(dashboard.title, "the title of a dashboard")
    if len(dashboard.description) > _LONGEST_DESCRIPTION:
        raise InvalidInput(f"a description has at most {_LONGEST_DESCRIPTION} characters")
    if len(dashboard.panels) > MOST_PANELS:
        raise InvalidInput(f"a dashboard has at most {MOST_PANELS} panels, found {len(dashboard.panels)}")
    for index, panel in enumerate(dashboard.panels):
        read(panel, f"panels[{index}]")


def read(panel: Panel, place: str = "panel") -> Question:
    """Return what the panel asks for; `place` is how errors call it.

    Raises:
        InvalidInput: it cannot be answered; says at which place of it, what was found and what was expected.
    """
    try:
        naming.name(panel.title, "the title of a panel")
    except InvalidInput as error:
        raise InvalidInput(f"{place}.title: {error.message}", hint=error.hint) from error
    measures = _measures(panel, place)
    by = _dimensions(panel, place)
    question = Question(
        panel=panel,
        measures=measures,
        sort=_sort(panel, measures, place),
        by=by,
        where=_query(panel.where, f"{place}.where"),
        success=_query(panel.success or SUCCESS, f"{place}.success"),
    )
    _check_together(question, place)
    return question


def _measures(panel: Panel, place: str) -> tuple[Measure, ...]:
    if not 1 <= len(panel.measures) <= MOST_MEASURES:
        raise InvalidInput(f"{place}.measures: 1 to {MOST_MEASURES} are needed, found {len(panel.measures)}")
    if len(set(panel.measures)) < len(panel.measures):
        raise InvalidInput(f"{place}.measures: each may be there once, found {', '.join(panel.measures)}")
    for index, name in enumerate(panel.measures):
        if name not in BY_NAME:
            raise InvalidInput(
                f"{place}.measures[{index}]: there is no measure {name!r}",
                hint=near(name, BY_NAME) or "GET /dashboards/measures lists them.",
            )
    return tuple(BY_NAME[name] for name in panel.measures)


def _dimensions(panel: Panel, place: str) -> tuple[Dimension, ...]:
    if len(panel.by) > MOST_DIMENSIONS:
        raise InvalidInput(
            f"{place}.by: a panel is cut by at most {MOST_DIMENSIONS} fields, found {len(panel.by)}",
            hint="Make two panels of it, or narrow it with `where`.",
        )
    found = tuple(_dimension(text, f"{place}.by[{index}]") for index, text in enumerate(panel.by))
    if len({dimension.ref for dimension in found}) < len(found):
        raise InvalidInput(f"{place}.by: each field may be there once, found {' and '.join(panel.by)}")
    return found


def _dimension(text: str, place: str) -> Dimension:
    if text == SCORE:
        return Dimension(text, None)
    try:
        ref = parse_ref(text)
    except InvalidQuery as error:
        raise InvalidInput(f"{place}: {error.message}", hint=error.hint) from error
    if ref.field.type in _UNGROUPABLE or ref.field.is_of_trace or ref.name in (SCORES, TAG):
        raise InvalidInput(
            f"{place}: calls cannot be cut by {text!r}, of which nearly every call has another value, or several",
            hint='Use a text, a choice, or an attribute such as attributes["http.route"].',
        )
    return Dimension(text, ref)


def _sort(panel: Panel, measures: Sequence[Measure], place: str) -> Measure:
    if not panel.sort:
        return measures[0]
    for measure in measures:
        if measure.name == panel.sort:
            return measure
    raise InvalidInput(
        f"{place}.sort: {panel.sort!r} is not shown by this panel", hint=f"It shows {', '.join(panel.measures)}."
    )


def _query(text: str, place: str) -> Expression:
    try:
        return parse(text)
    except InvalidQuery as error:
        raise InvalidInput(f"{place}: {error.message}", hint=error.hint) from error


def _check_together(question: Question, place: str) -> None:
    panel = question.panel
    most = MOST_LINES if panel.over_time else MOST_GROUPS
    if not 1 <= panel.limit <= most:
        raise InvalidInput(f"{place}.limit: 1 to {most} groups can be shown here, found {panel.limit}")
    if panel.chart in _OVER_TIME and not panel.over_time:
        raise InvalidInput(f"{place}.over_time: a chart of kind {panel.chart!r} is drawn over time; set it to true")
    if panel.chart == "heatmap" and (len(panel.measures) > 1 or panel.measures[0] not in _HEAT or panel.by):
        raise InvalidInput(
            f"{place}: a heat map shows how one kind of time is spread, not cut by anything",
            hint=f"Give one measure of {', '.join(sorted(_HEAT))}, and no `by`.",
        )
    if any(dimension.ref is None for dimension in question.by):
        others = [measure.name for measure in question.measures if measure.sources != {Source.SCORES}]
        if others:
            raise InvalidInput(f"{place}.by: only measures of scores can be cut by {SCORE!r}, found {others[0]!r}")
