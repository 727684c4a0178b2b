"""A dashboard as a project keeps it. Pure."""

from dataclasses import dataclass
from datetime import datetime

from trimtab.traces.dashboards.panel import Dashboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A dashboard with who kept it when; without a revision it is one that comes with the product."""

    dashboard: Dashboard
    revision: int | None = None
    updated_by: str | None = None
    updated_at: datetime | None = None

    @property
    def is_builtin(self) -> bool:
        """Whether it comes with the product."""
        return self.revision is None
