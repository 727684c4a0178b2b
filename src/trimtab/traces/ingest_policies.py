"""The ingest policies of all projects, as the receiver asks for them with every batch.

A policy is read anew when what is remembered of it is older than half a second, so that a change holds within a second
on every server. While the meta store cannot answer, the last one known goes on.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from trimtab.base.clock import Clock
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit, difference
from trimtab.storage.meta import Meta
from trimtab.traces.ingest_policy import Fate, IngestPolicy, PolicyRecord
from trimtab.traces.store import ingest_policies as store

_LOG = logging.getLogger(__name__)
_FRESH_S: Final = 0.5
_MOST_REMEMBERED: Final = 10_000


class IngestPolicies:
    """Answers which policy holds for a project. Safe to share between threads."""

    def __init__(self, meta: Meta, default: IngestPolicy, *, tick: Callable[[], float] = time.monotonic) -> None:
        """Look into `meta`; `default` holds for projects that have none of their own. `tick` tells seconds."""
        self._meta = meta
        self._default = PolicyRecord(policy=default)
        self._tick = tick
        # Guards `_known`.
        self._guard = threading.Lock()
        self._known: dict[str, tuple[float, PolicyRecord]] = {}

    def of(self, project_id: str) -> IngestPolicy:
        """Return the policy that holds now, at most half a second old."""
        now = self._tick()
        with self._guard:
            known = self._known.get(project_id)
        if known is not None and now - known[0] < _FRESH_S:
            return known[1].policy
        try:
            found = self.read(project_id)
        except SQLAlchemyError as error:
            found = known[1] if known else self._default
            _LOG.warning("the ingest policy of %s could not be read, the last one known goes on: %s", project_id, error)
        with self._guard:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[project_id] = (now, found)
        return found.policy

    def deduplicates(self, project_id: str) -> bool:
        """Say whether the project wants one call that is reported twice to count once."""
        return self.of(project_id).deduplicates

    def read(self, project_id: str) -> PolicyRecord:
        """Return the policy as it is stored, and who changed it."""
        with self._meta.read() as connection:
            return store.find(connection, project_id) or self._default

    def forget(self, project_id: str) -> None:
        """Read the policy anew at the next question: it was changed here."""
        with self._guard:
            self._known.pop(project_id, None)


class IngestPolicyService:
    """Shows a project's policy, and changes it."""

    def __init__(self, meta: Meta, audit: Audit, clock: Clock, policies: IngestPolicies) -> None:
        """Keep policies in `meta`, and let `policies` know at once of what changes here."""
        self._meta = meta
        self._audit = audit
        self._clock = clock
        self._policies = policies

    def read(self, access: ProjectAccess) -> PolicyRecord:
        """Return the policy in force."""
        access.require(Right.READ)
        return self._policies.read(access.project.id)

    def replace(self, access: ProjectAccess, policy: IngestPolicy) -> PolicyRecord:
        """Put another policy in force; spans that are stored stay as they are."""
        access.require(Right.ADMIN)
        project_id = access.project.id
        record = PolicyRecord(policy=policy, updated_by=access.principal.name, updated_at=self._clock.now())
        with self._meta.write() as connection:
            before = store.find(connection, project_id)
            store.put(connection, project_id, record)
            self._audit.record(
                connection,
                principal=access.principal,
                project_id=project_id,
                action="ingest.policy.update",
                subject=project_id,
                summary=_summary(policy),
                detail=difference(before.policy.plain() if before else {}, policy.plain()),
            )
        self._policies.forget(project_id)
        return record


_WORDS: Final = {Fate.KEEP: "keeps", Fate.ASIDE: "puts aside", Fate.DROP: "drops"}


def _summary(policy: IngestPolicy) -> str:
    twice = "counts a call that is reported twice once" if policy.deduplicates else "counts every report of a call"
    return (
        f"changed the ingest policy: it {_WORDS[policy.unrelated]} what has nothing to do with models, {twice}, "
        f"and has {len(policy.rules)} rules"
    )
