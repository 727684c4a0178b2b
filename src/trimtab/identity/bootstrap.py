"""The first start: an organisation, an admin, a project and a key, so that somebody can sign in and call.

Running it again makes only what is missing; what exists is left as it is.
"""

from dataclasses import dataclass

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import BadSetting
from trimtab.identity import naming, passwords, tokens
from trimtab.identity.access import Project, ProjectAccess, Right, Role, system
from trimtab.identity.audit import Audit
from trimtab.identity.model import Member, Organisation
from trimtab.identity.secrets import MasterKey
from trimtab.identity.service.keys import KeyService
from trimtab.identity.service.projects import ProjectService
from trimtab.identity.store import keys as key_store
from trimtab.identity.store import members as member_store
from trimtab.identity.store import organisations as organisation_store
from trimtab.identity.store import projects as project_store
from trimtab.storage.meta import Meta

FIRST_KEY_SCOPES = frozenset({Right.CALL, Right.READ})
"""What an application needs; the first key is shown, pasted and copied, so it can do no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the first organisation should be like. An empty password makes a random one."""

    organisation_name: str
    project_slug: str
    admin_email: str
    admin_password: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSteps:
    """What there is to start with. The password and the key's text are None unless they were made just now."""

    organisation: Organisation
    project: Project
    admin_email: str
    admin_password: str | None
    key: str | None
    """For applications: calls and reads."""
    command_key: str | None
    """For the `trimtab` command of whoever has the data folder: everything in the project."""

    @property
    def access(self) -> ProjectAccess:
        """Trimtab's own access to the first project, to put samples into it."""
        return ProjectAccess(self.project, system(self.organisation.id))


class Bootstrap:
    """Makes the first organisation and all that it needs."""

    def __init__(self, meta: Meta, audit: Audit, clock: Clock, projects: ProjectService, keys: KeyService) -> None:
        """Work on `meta`."""
        self._meta = meta
        self._audit = audit
        self._clock = clock
        self._projects = projects
        self._keys = keys

    def run(self, wish: Wish) -> FirstSteps:
        """Return what there is to start with, made where it was missing.

        Raises:
            InvalidInput: a name, the address or the password cannot be used; nothing was made.
        """
        with self._meta.read() as connection:
            existing = organisation_store.first(connection)
        return self.add_tenant(wish) if existing is None else self._resume(existing, wish)

    def add_tenant(self, wish: Wish) -> FirstSteps:
        """Return a new organisation with its owner, first project and first key, beside those that exist.

        Raises:
            InvalidInput: a name, the address or the password cannot be used; nothing was made.
            Conflict: the address has an account already; nothing was made.
        """
        name = naming.name(wish.organisation_name, "the name of an organisation")
        email = naming.email(wish.admin_email)
        naming.slug(wish.project_slug, "the short name of a project")
        password = wish.admin_password or tokens.new_password()
        passwords.check(password)
        organisation = Organisation(id=ids.new("org"), name=name, created_at=self._clock.now())
        self._found(organisation, email, passwords.hash_of(password))
        return self._complete(organisation, None, email, password, wish)

    def _complete(
        self, organisation: Organisation, project: Project | None, email: str, password: str, wish: Wish
    ) -> FirstSteps:
        """Make what comes after the organisation and its owner; the keys last, as the sign that all is there."""
        principal = system(organisation.id)
        if project is None:
            name = wish.project_slug.replace("-", " ").capitalize()
            project = self._projects.create(principal, slug=wish.project_slug, name=name)
        access = ProjectAccess(project, principal)
        _, command_key = self._keys.create(
            access, name="Command line", scopes=frozenset(Right), environment="production"
        )
        _, key = self._keys.create(access, name="First key", scopes=FIRST_KEY_SCOPES, environment="production")
        return FirstSteps(
            organisation=organisation,
            project=project,
            admin_email=email,
            admin_password=None if wish.admin_password else password,
            key=key,
            command_key=command_key,
        )

    def _found(self, organisation: Organisation, email: str, password_hash: str) -> None:
        member = Member(
            id=ids.new("usr"),
            organisation_id=organisation.id,
            email=email,
            name="Admin",
            role=Role.OWNER,
            created_at=self._clock.now(),
            last_seen_at=None,
        )
        with self._meta.write() as connection:
            organisation_store.insert(connection, organisation)
            member_store.insert(connection, member, password_hash)
            self._audit.record(
                connection,
                principal=system(organisation.id),
                action="organisation.create",
                subject=organisation.id,
                summary=f"created the organisation {organisation.name!r} with the owner {email}",
            )

    def _resume(self, organisation: Organisation, wish: Wish) -> FirstSteps:
        with self._meta.read() as connection:
            owners = member_store.listing(connection, organisation.id, None, 1)
            projects = project_store.listing(connection, organisation.id, None, 1)
            keys = key_store.listing(connection, projects[0].id, None, 1) if projects else []
        owner = owners[0]  # the last one cannot be removed
        if not keys and owner.last_seen_at is None:
            # The first start was cut short before anybody could be shown the password.
            password = wish.admin_password or tokens.new_password()
            self._set_password(organisation, owner, passwords.hash_of(password))
            return self._complete(organisation, projects[0] if projects else None, owner.email, password, wish)
        project = (
            projects[0]
            if projects
            else self._projects.create(
                system(organisation.id), slug=wish.project_slug, name=wish.project_slug.capitalize()
            )
        )
        return FirstSteps(
            organisation=organisation,
            project=project,
            admin_email=owner.email,
            admin_password=None,
            key=None,
            command_key=None,
        )

    def _set_password(self, organisation: Organisation, owner: Member, password_hash: str) -> None:
        with self._meta.write() as connection:
            member_store.set_password(connection, owner.id, password_hash)
            self._audit.record(
                connection,
                principal=system(organisation.id),
                action="auth.password.reset",
                subject=owner.id,
                summary=f"gave {owner.email} a new first password, because the first start was cut short",
            )


def check_master_key(meta: Meta, master_key: MasterKey, clock: Clock) -> None:
    """Remember the master key at the first start, and insist on the same one later.

    Raises:
        BadSetting: secrets in this store were sealed with another master key.
    """
    fingerprint = master_key.fingerprint()
    with meta.read() as connection:
        known = organisation_store.known_master_keys(connection)
    if fingerprint in known:
        return
    if known:
        raise BadSetting(
            "the master key is not the one that this store was made with; provider secrets could not be opened",
            hint="Bring back the file master.key of this installation, or set TRIMTAB_MASTER_KEY. If the key is lost, "
            "`trimtab admin forget-master-key` lets another one in; then every provider secret must be entered again.",
        )
    with meta.write() as connection:
        organisation_store.insert_master_key(connection, fingerprint, clock.now())


def forget_master_key(meta: Meta) -> None:
    """Let the next start accept whatever master key it finds, because the old one is lost with all that it sealed."""
    with meta.write() as connection:
        organisation_store.delete_master_keys(connection)
