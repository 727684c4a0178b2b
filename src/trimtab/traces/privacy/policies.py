"""The privacy policies of all projects, made ready, as every way in asks for them with every batch.

A policy is read anew when what is remembered of it is older than half a second, so that a change holds within a second
on every server. While the meta store cannot answer, the last one known goes on; a project of which none is known yet is
not let in, as nobody can say what it wants to hide.
"""

import hashlib
import hmac
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from trimtab.base.errors import TrimtabError, Unavailable
from trimtab.storage.meta import Meta
from trimtab.traces.privacy.pattern import BUILT_IN
from trimtab.traces.privacy.policy import NOTHING, Content, Engine, Policy, Redaction
from trimtab.traces.privacy.redaction import Engine as FindingEngine
from trimtab.traces.privacy.redaction import Redactor, Rewrite, named
from trimtab.traces.privacy.store import policies as store

_FRESH_S: Final = 0.5
_MOST_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Engines:
    """Who can be asked beside the patterns: how to load Presidio, and the installation's callback if there is one."""

    presidio: Callable[[], FindingEngine]
    """Loads it; raises `InvalidInput` when it is not installed."""
    callback: Rewrite | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """What must be done to everything of a project before it is stored."""

    redactor: Redactor | None
    content: Content


@dataclass(frozen=True, slots=True)
class _Known:
    at: float
    policy: Policy
    ready: Ready | None


class Policies:
    """Answers what must be done for a project. Safe to share between threads."""

    def __init__(
        self,
        meta: Meta,
        key: bytes,
        engines: Engines,
        *,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look into `meta`. From `key` come the projects' own keys; `tick` tells seconds."""
        self._meta = meta
        self._key = key
        self._engines = engines
        self._tick = tick
        # Guards `_known`, `_presidio` and `_gone`.
        self._guard = threading.Lock()
        self._known: dict[str, _Known] = {}
        self._presidio: FindingEngine | None = None
        self._gone: dict[str, Counter[str]] = {}

    def of(self, project_id: str) -> Ready | None:
        """Return what must be done, None for nothing: the usual case, which costs one look into a dict.

        Raises:
            Unavailable: the project's wishes cannot be read, and were not known before.
        """
        known = self._known.get(project_id)
        now = self._tick()
        if known is not None and now - known.at < _FRESH_S:
            return known.ready
        try:
            with self._meta.read() as connection:
                policy = store.find(connection, project_id) or NOTHING
        except SQLAlchemyError as error:
            if known is not None:
                return known.ready
            raise Unavailable(
                f"the privacy policy of project {project_id!r} cannot be read, so nothing is taken",
                hint="Send the same again.",
            ) from error
        return self._remember(project_id, policy, now, known).ready

    def has_anyone_wishes(self) -> bool:
        """Say whether any project hides anything; while that cannot be read, one does."""
        try:
            with self._meta.read() as connection:
                every = store.every(connection)
        except SQLAlchemyError:
            return True
        return any(policy.redaction.is_on or policy.content.is_on for policy in every.values())

    def counts(self, project_id: str) -> Counter[str]:
        """Return what was taken out of the project's texts since the start, by label."""
        with self._guard:
            known = self._known.get(project_id)
            gone = Counter(self._gone.get(project_id, Counter()))
        redactor = known.ready.redactor if known and known.ready else None
        return gone + (redactor.counts() if redactor else Counter())

    def redactor(self, project_id: str, wanted: Redaction) -> Redactor:
        """Return a redactor that does what is wanted, made anew.

        Raises:
            InvalidInput: an engine is wanted that is not there.
        """
        engine = self._engine() if wanted.engine is Engine.PRESIDIO else None
        rewrite = self._engines.callback if wanted.use_callback else None
        return Redactor(wanted, project_key(self._key, project_id), engine=engine, rewrite=rewrite)

    def stored_as(self, project_id: str, value: str) -> list[str]:
        """Return every name by which redaction may have stored an id, now or under an earlier policy."""
        key = project_key(self._key, project_id)
        labels = sorted({"user", *(detector.label for detector in BUILT_IN.values())})
        return [named(key, label, value) for label in labels]

    def forget(self, project_id: str) -> None:
        """Read the policy anew at the next question: it was changed here."""
        with self._guard:
            known = self._known.get(project_id)
            if known is not None:
                self._known[project_id] = _Known(at=-_FRESH_S, policy=known.policy, ready=known.ready)

    def _remember(self, project_id: str, policy: Policy, now: float, known: _Known | None) -> _Known:
        if known is not None and known.policy == policy:
            found = _Known(now, policy, known.ready)
        else:
            found = _Known(now, policy, self._ready(project_id, policy))
        with self._guard:
            before = self._known.get(project_id)
            if before is not None and before.ready is not None and before.ready is not found.ready:
                # What the redactor before this one has counted is not lost.
                counted = before.ready.redactor.counts() if before.ready.redactor else Counter()
                self._gone.setdefault(project_id, Counter()).update(counted)
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[project_id] = found
        return found

    def _ready(self, project_id: str, policy: Policy) -> Ready | None:
        if not (policy.redaction.is_on or policy.content.is_on):
            return None
        try:
            redactor = self.redactor(project_id, policy.redaction) if policy.redaction.is_on else None
        except TrimtabError as error:
            # It was there when it was chosen: this server lacks it, or a library has changed.
            raise Unavailable(
                f"what project {project_id!r} wants to hide cannot be hidden here: {error.message}", hint=error.hint
            ) from error
        return Ready(redactor=redactor, content=policy.content)

    def _engine(self) -> FindingEngine:
        with self._guard:
            if self._presidio is None:
                self._presidio = self._engines.presidio()
            return self._presidio


def project_key(key: bytes, project_id: str) -> bytes:
    """Return a key of the project's own: equal values have the same name in one project and different ones in two."""
    return hmac.new(key, project_id.encode(), hashlib.sha256).digest()
