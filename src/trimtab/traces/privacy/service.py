"""Shows and changes what a project wants about its data. Every change is in the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from trimtab.base.clock import Clock
from trimtab.base.errors import InvalidInput
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit, difference
from trimtab.storage import revision
from trimtab.storage.meta import Meta
from trimtab.traces.privacy import engine, policy
from trimtab.traces.privacy.policies import Policies
from trimtab.traces.privacy.policy import NOTHING, Content, Engine, Kind, Place, Policy, Redaction
from trimtab.traces.privacy.redaction import RedactionFailed, Redactor
from trimtab.traces.privacy.screen import LATE, Screen
from trimtab.traces.privacy.store import policies as store

MOST_TRIED_CHARS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a project wants, what there is to choose from, and what was done; counts are since the server started."""

    policy: Policy
    removed: Mapping[str, int]
    """How much was taken out of texts, by its label."""
    counts: Mapping[str, int]
    """Spans stored without content, texts on which an engine failed, payloads of dead letters that were not kept."""
    has_presidio: bool
    has_callback: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a redaction would make of a text."""

    text: str
    found: Mapping[str, int]


class PrivacyService:
    """Reads and replaces the three parts of a policy; the gateway hears of a change through its snapshot."""

    def __init__(
        self, meta: Meta, audit: Audit, clock: Clock, policies: Policies, screen: Screen, *, has_callback: bool
    ) -> None:
        """Keep policies in `meta`; `has_callback` says whether the installation has one."""
        self._meta = meta
        self._audit = audit
        self._clock = clock
        self._policies = policies
        self._screen = screen
        self._has_callback = has_callback

    def read(self, access: ProjectAccess) -> Status:
        """Return the policy in force and what it did."""
        access.require(Right.READ)
        project_id = access.project.id
        with self._meta.read() as connection:
            found = store.find(connection, project_id) or NOTHING
        removed = self._policies.counts(project_id)
        failed = removed.pop("failed", 0)
        counts = self._screen.counts(project_id)
        return Status(
            policy=found,
            removed=dict(removed),
            counts={
                "without_content": counts["without_content"],
                "failed": failed,
                "dropped_after_failure": counts["failed"],
                "payloads_not_kept": counts["payloads_not_kept"],
                "arrived_after_deletion": counts[LATE],
            },
            has_presidio=engine.is_installed(),
            has_callback=self._has_callback,
        )

    def replace_redaction(self, access: ProjectAccess, wanted: Redaction) -> Policy:
        """Put another redaction in force for what arrives from now on; what is stored stays as it is.

        Raises:
            InvalidInput: it cannot be carried out here.
        """
        access.require(Right.ADMIN)
        self._check(access.project.id, wanted)
        summary = f"changed redaction: {_words(wanted)}" if wanted.is_on else "switched redaction off"
        return self._replace(access, "redaction", wanted, summary)

    def replace_content(self, access: ProjectAccess, wanted: Content) -> Policy:
        """Say whose messages are kept from now on, in which environment.

        Raises:
            InvalidInput: a share or a name cannot be used.
        """
        access.require(Right.ADMIN)
        policy.check_content(wanted)
        shares = ", ".join(f"{name} {share:.0%}" for name, share in sorted(wanted.environments.items()))
        return self._replace(access, "content", wanted, f"changed whose messages are kept: {shares or 'all'}")

    def replace_retention(self, access: ProjectAccess, wanted: Mapping[Kind, int]) -> Policy:
        """Say for how many days each kind of data is kept; the next run removes what is older.

        Raises:
            InvalidInput: a number of days cannot be used.
        """
        access.require(Right.ADMIN)
        days = policy.check_retention(wanted)
        said = ", ".join(f"{kind.value} {count} days" for kind, count in sorted(days.items()))
        return self._replace(access, "retention", days, f"changed how long data is kept: {said or 'for good'}")

    def try_redaction(self, access: ProjectAccess, wanted: Redaction, text: str) -> Tried:
        """Return what a redaction would make of a text, without storing either.

        Raises:
            InvalidInput: the redaction cannot be carried out, or its engine failed.
        """
        access.require(Right.ADMIN)
        redactor = self._check(access.project.id, wanted)
        try:
            shown = redactor.text(text, wanted.places[0]) if wanted.places else text
        except RedactionFailed as error:
            raise InvalidInput(f"the text could not be redacted: {error}") from error
        return Tried(text=shown, found=dict(redactor.counts()))

    def _check(self, project_id: str, wanted: Redaction) -> Redactor:
        policy.check_redaction(wanted)
        if wanted.use_callback and not self._has_callback:
            raise InvalidInput(
                "this installation has no redaction callback",
                hint="Name a function with the setting redaction_callback, and start the server again.",
            )
        return self._policies.redactor(project_id, wanted)

    def _replace(self, access: ProjectAccess, part: str, wanted: object, summary: str) -> Policy:
        project_id = access.project.id
        with self._meta.write() as connection:
            before = store.find(connection, project_id) or NOTHING
            after = msgspec.structs.replace(before, **{part: wanted})
            store.put(connection, project_id, after, self._clock.now())
            self._audit.record(
                connection,
                principal=access.principal,
                project_id=project_id,
                action=f"privacy.{part}.update",
                subject=project_id,
                summary=summary,
                detail=difference(
                    msgspec.to_builtins(getattr(before, part)), msgspec.to_builtins(getattr(after, part))
                ),
            )
            if part == "content":
                revision.touch(connection, revision.GATEWAY)
        self._policies.forget(project_id)
        return after


def _words(wanted: Redaction) -> str:
    parts = [*wanted.detectors, *(each.name for each in wanted.patterns)]
    if wanted.engine is not Engine.NONE:
        parts.append(wanted.engine.value)
    if wanted.use_callback:
        parts.append("the callback")
    if wanted.pseudonymise_users:
        parts.append("every user id")
    where = "everywhere" if set(wanted.places) == set(Place) else f"in {', '.join(wanted.places)}"
    return f"{', '.join(parts)} {where}, by {wanted.style.value}, failing {wanted.on_failure.value}"
