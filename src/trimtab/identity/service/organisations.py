"""The organisation itself."""

from trimtab.base.errors import NotFound
from trimtab.identity import naming
from trimtab.identity.access import Principal, Right
from trimtab.identity.audit import Audit, difference
from trimtab.identity.model import Organisation
from trimtab.identity.store import organisations as store
from trimtab.storage.meta import Meta


class OrganisationService:
    """Shows and renames the caller's organisation."""

    def __init__(self, meta: Meta, audit: Audit) -> None:
        """Work on `meta`."""
        self._meta = meta
        self._audit = audit

    def get(self, principal: Principal) -> Organisation:
        """Return the caller's organisation; anybody in it may know its name."""
        with self._meta.read() as connection:
            found = store.find(connection, principal.organisation_id)
        if found is None:
            raise NotFound(f"there is no organisation {principal.organisation_id!r}")
        return found

    def rename(self, principal: Principal, name: str) -> Organisation:
        """Give the organisation another name."""
        principal.require_person(Right.ADMIN)
        name = naming.name(name, "the name of an organisation")
        before = self.get(principal).name
        with self._meta.write() as connection:
            store.rename(connection, principal.organisation_id, name)
            self._audit.record(
                connection,
                principal=principal,
                action="organisation.rename",
                subject=principal.organisation_id,
                summary=f"renamed the organisation to {name!r}",
                detail=difference({"name": before}, {"name": name}),
            )
        return self.get(principal)
