"""The shapes in which dashboards are sent and answered, as they stand in the API document. Money is exact, as text."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from trimtab.base import money
from trimtab.query.parse import MAX_LENGTH
from trimtab.traces.dashboards.answer import Group, Values
from trimtab.traces.dashboards.heat import Heat
from trimtab.traces.dashboards.measure import Measure, Unit
from trimtab.traces.dashboards.panel import MOST_GROUPS, SUCCESS, Chart, Dashboard, Panel, Width
from trimtab.traces.dashboards.service import Answer
from trimtab.traces.dashboards.stored import Stored
from trimtab.traces.views import View

Number = int | float | str | None
"""Money is text, everything else a number; null is not known."""

_FIELD = 'A field of the filter language, such as `model` or `attributes["http.route"]`.'


class PanelBody(BaseModel):
    """One chart."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=200)]
    chart: Chart
    measures: Annotated[list[str], Field(max_length=50, description="Names of measures, at least one.")]
    by: Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=20, description=_FIELD)] = []
    where: Annotated[str, Field(max_length=MAX_LENGTH, description="Which calls, in the filter language.")] = ""
    over_time: bool = False
    limit: Annotated[int, Field(description=f"How many groups, the largest; at most {MOST_GROUPS}.")] = 8
    sort: Annotated[str, Field(max_length=100, description="By which of its measures groups are ordered.")] = ""
    success: Annotated[str, Field(max_length=MAX_LENGTH, description=f"What is a success; `{SUCCESS}` if empty.")] = ""
    score: Annotated[str, Field(max_length=200, description="The score that score measures are of; all if empty.")] = ""
    width: Width = 6

    def panel(self) -> Panel:
        """Return it as the rules take it."""
        return msgspec.convert(self.model_dump(), Panel)

    @classmethod
    def of(cls, panel: Panel) -> "PanelBody":
        """Show a panel."""
        return cls(**{name: getattr(panel, name) for name in panel.__struct_fields__})


class DashboardBody(BaseModel):
    """Panels under a name."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=100, description="1 to 40 of a-z, 0-9 and `-`, beginning with a letter.")]
    title: Annotated[str, Field(max_length=200)]
    description: Annotated[str, Field(max_length=2_000)] = ""
    panels: Annotated[list[PanelBody], Field(max_length=100)] = []

    def dashboard(self) -> Dashboard:
        """Return it as the rules take it."""
        return Dashboard(
            name=self.name,
            title=self.title,
            description=self.description,
            panels=tuple(panel.panel() for panel in self.panels),
        )

    @classmethod
    def of(cls, dashboard: Dashboard) -> "DashboardBody":
        """Show a dashboard."""
        return cls(
            name=dashboard.name,
            title=dashboard.title,
            description=dashboard.description,
            panels=[PanelBody.of(panel) for panel in dashboard.panels],
        )


class DashboardRow(View):
    """A dashboard as a line of a list."""

    name: str
    title: str
    description: str
    is_builtin: bool
    updated_at: datetime | None
    updated_by: str | None

    @classmethod
    def of(cls, stored: Stored) -> "DashboardRow":
        """Show a dashboard."""
        return cls(
            name=stored.dashboard.name,
            title=stored.dashboard.title,
            description=stored.dashboard.description,
            is_builtin=stored.is_builtin,
            updated_at=stored.updated_at,
            updated_by=stored.updated_by,
        )


class DashboardPage(View):
    """Some dashboards."""

    items: list[DashboardRow]
    next: str | None


class DashboardView(View):
    """One dashboard. `revision` is to be sent back with a change; a built-in one has none."""

    dashboard: DashboardBody
    is_builtin: bool
    revision: int | None
    updated_at: datetime | None
    updated_by: str | None

    @classmethod
    def of(cls, stored: Stored) -> "DashboardView":
        """Show a dashboard."""
        return cls(
            dashboard=DashboardBody.of(stored.dashboard),
            is_builtin=stored.is_builtin,
            revision=stored.revision,
            updated_at=stored.updated_at,
            updated_by=stored.updated_by,
        )


class MeasureView(View):
    """Something that a panel can show."""

    name: str
    title: str
    unit: Unit
    description: str

    @classmethod
    def of(cls, measure: Measure) -> "MeasureView":
        """Show a measure."""
        return cls(name=measure.name, title=measure.title, unit=measure.unit, description=measure.description)


class MeasurePage(View):
    """All measures. There is no further page."""

    items: list[MeasureView]
    next: None


class PointView(View):
    """The values of one step."""

    at: datetime
    values: dict[str, Number]


class GroupView(View):
    """The values of one group: of one value of each field that the panel is cut by, null for calls that have none."""

    key: list[str | None]
    values: dict[str, Number]
    points: Annotated[list[PointView], Field(description="One for each step; none when it is not asked over time.")]

    @classmethod
    def of(cls, group: Group) -> "GroupView":
        """Show a group."""
        return cls(
            key=[part or None for part in group.key],
            values=_numbers(group.values),
            points=[PointView(at=point.at, values=_numbers(point.values)) for point in group.points],
        )


class HeatColumn(View):
    """How the times of one step are spread."""

    at: datetime
    counts: list[int]


class HeatView(View):
    """How times are spread over the range.

    A column has one count more than there are edges: of calls below the first, between each two, from the last one up.
    """

    edges_ms: list[float]
    columns: list[HeatColumn]

    @classmethod
    def of(cls, heat: Heat) -> "HeatView":
        """Show a heat map."""
        columns = [HeatColumn(at=column.at, counts=column.counts) for column in heat.columns]
        return cls(edges_ms=heat.edges_ms, columns=columns)


class AnswerView(View):
    """What a panel shows."""

    step_s: Annotated[int | None, Field(description="Seconds from one point to the next.")]
    measures: list[MeasureView]
    groups: list[GroupView]
    other: Annotated[GroupView | None, Field(description="What is in none of the groups, as far as it can be summed.")]
    totals: dict[str, Number]
    heat: HeatView | None
    unpriced_calls: Annotated[
        int, Field(description="Calls that are in no sum of money, because nobody knows a price.")
    ]

    @classmethod
    def of(cls, answer: Answer) -> "AnswerView":
        """Show an answer."""
        return cls(
            step_s=answer.step_s,
            measures=[MeasureView.of(measure) for measure in answer.measures],
            groups=[GroupView.of(group) for group in answer.groups],
            other=None if answer.rest is None else GroupView.of(answer.rest),
            totals=_numbers(answer.totals),
            heat=None if answer.heat is None else HeatView.of(answer.heat),
            unpriced_calls=answer.unpriced_calls,
        )


def _numbers(values: Values) -> dict[str, Number]:
    return {name: money.text(value) if isinstance(value, Decimal) else value for name, value in values.items()}
