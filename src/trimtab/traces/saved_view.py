"""A query that a project has kept under a name. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """What the list of traces shows: which calls, and whether one by one or in groups."""

    id: str
    project_id: str
    name: str
    query: str
    """In the filter language, as it was written."""
    group_by: str
    """The field by which the calls are grouped; empty to list them one by one."""
    created_by: str
    created_at: datetime
    updated_at: datetime
