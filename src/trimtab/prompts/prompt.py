"""A prompt: the name under which versions follow one another, and where which of them is live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.engine import Connection

from trimtab.prompts.version import Kind, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt as it is kept. Its kind never changes."""

    id: str
    project_id: str
    name: str
    kind: Kind
    description: str
    latest_version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What serves in one environment."""

    environment: str
    version: int
    release_id: str
    model: str


class LiveReleases(Protocol):
    """Knows what is live. The room of releases does; this room stands below it and asks through this port."""

    def live(self, connection: Connection, project_id: str, prompt_ids: Sequence[str]) -> Mapping[str, list[Live]]:
        """Return what is live for each of the prompts, in the order of the project's environments."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A prompt with what is live of it."""

    prompt: Prompt
    live: list[Live]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """A prompt with what is live of it and its newest version."""

    prompt: Prompt
    live: list[Live]
    newest: Version
