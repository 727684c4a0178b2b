"""Books of list prices and projects' choices, on each engine of the meta store."""

from datetime import UTC, datetime

import pytest

from trimtab.base.clock import FixedClock
from trimtab.costs.base_book import BaseData
from trimtab.costs.store import list_prices as store
from trimtab.identity.audit import Audit
from trimtab.identity.bootstrap import Bootstrap, Wish
from trimtab.identity.service.keys import KeyService
from trimtab.identity.service.projects import ProjectService
from trimtab.storage.meta import Meta

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def _book(number: int) -> BaseData:
    return BaseData(id=f"lpb_{number}", version=f"genai-prices/0.0.{number}", content=b"\x1f\x8b content")


@pytest.fixture
def project_id(meta: Meta) -> str:
    """Make a project in the store."""
    clock = FixedClock(NOW)
    audit = Audit(meta, clock)
    projects, keys = ProjectService(meta, audit, clock), KeyService(meta, audit, clock)
    wish = Wish(organisation_name="o", project_slug="p", admin_email="a@o.example", admin_password="long enough word")
    return Bootstrap(meta, audit, clock, projects, keys).add_tenant(wish).project.id


def test_a_project_without_a_choice_stays_with_a_book_and_may_then_choose_another(meta: Meta, project_id: str) -> None:
    with meta.write() as connection:
        assert store.newest_packaged(connection) is None
        store.keep(connection, _book(1), NOW, is_packaged=True)
        store.keep(connection, _book(2), NOW, is_packaged=False)
        assert store.newest_packaged(connection) == ("lpb_1", "genai-prices/0.0.1")
        assert store.choice(connection, project_id) is None
        store.stay(connection, "lpb_1", NOW, "an upgrade")
        store.stay(connection, "lpb_2", NOW, "again")
    with meta.read() as connection:
        chosen = store.choice(connection, project_id)
        assert chosen == store.Choice(
            book_id="lpb_1", version="genai-prices/0.0.1", is_packaged=True, accepted_at=NOW, accepted_by="an upgrade"
        )
        assert store.find(connection, "lpb_1") == _book(1)
        assert store.find(connection, "lpb_9") is None
    with meta.write() as connection:
        store.choose(connection, project_id, "lpb_2", NOW, "ada")
        chosen = store.choice(connection, project_id)
    assert chosen is not None
    assert (chosen.book_id, chosen.is_packaged, chosen.accepted_by) == ("lpb_2", False, "ada")
