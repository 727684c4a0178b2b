"""Updates of list prices: shown as a difference first, in force when accepted, and never by an upgrade alone."""

import json
from typing import Any

import pytest
from tests.conftest import Running
from tests.costs.conftest import Past

from trimtab.base import ids
from trimtab.base.clock import FixedClock
from trimtab.base.errors import InvalidInput
from trimtab.costs import base_book, book_difference
from trimtab.costs.base_book import BaseData
from trimtab.costs.book_difference import Change
from trimtab.costs.price_book import installed_data, installed_version
from trimtab.costs.service import PriceBook
from trimtab.costs.service.list_prices import BooksInStore
from trimtab.costs.service.own_prices import PricesFromStore
from trimtab.costs.store import list_prices as store
from trimtab.identity.service.projects import ProjectService
from trimtab.llm.usage import Usage

_PROVIDER: dict[str, Any] = {"id": "x", "name": "X", "api_pattern": "x"}
_MODEL: dict[str, Any] = {"id": "m", "match": {"equals": "m"}}


def _model(data: list[dict[str, Any]], provider: str, model: str) -> dict[str, Any]:
    models = next(each for each in data if each["id"] == provider)["models"]
    found: dict[str, Any] = next(each for each in models if each["id"] == model)
    return found


@pytest.fixture(scope="module")
def newer() -> str:
    """Give base data in which gpt-4o costs $3 a million, nova-9 is new, and gpt-4 is gone."""
    data = json.loads(installed_data())
    _model(data, "openai", "gpt-4o")["prices"] = {"input_mtok": 3, "output_mtok": 12.5}
    openai = next(each for each in data if each["id"] == "openai")
    openai["models"] = [each for each in openai["models"] if each["id"] != "gpt-4"]
    openai["models"].append({"id": "nova-9", "match": {"equals": "nova-9"}, "prices": {"input_mtok": "0.1"}})
    return json.dumps(data)


def test_the_package_s_data_survives_a_round_trip_through_a_file() -> None:
    data = installed_data()
    again = base_book.read(data)
    assert base_book.write(again) == data
    assert len(base_book.terms(again)) > 1_000


def test_a_difference_names_what_is_added_removed_and_changed(newer: str) -> None:
    found = book_difference.compare(
        base_book.terms(base_book.read(installed_data())), base_book.terms(base_book.read(newer.encode()))
    )
    assert {(each.model, each.change) for each in found} == {
        ("gpt-4", Change.REMOVED),
        ("gpt-4o", Change.CHANGED),
        ("nova-9", Change.ADDED),
    }
    terms = {term.what: (term.before, term.after) for each in found if each.model == "gpt-4o" for term in each.terms}
    assert terms["input_mtok"] == ("2.5", "3")
    assert terms["output_mtok"] == ("10", "12.5")
    assert terms["cache_read_mtok"] == ("1.25", None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "the base data is not JSON"),
        ("{}", "base data is a list of providers"),
        ('[{"id": "x"}]', "the base data cannot be read at 0"),
        (
            json.dumps([_PROVIDER | {"models": [_MODEL | {"prices": {"input_mtok": -1}}]}]),
            "a price of x/m is -1, which no price can be",
        ),
        (
            json.dumps([_PROVIDER | {"models": [_MODEL | {"prices": {"input_mtok": {"base": 1}}}]}]),
            "a price of another form: KeyError\\('tiers'\\)",
        ),
        (json.dumps([_PROVIDER | {"models": [_MODEL | {"prices": ["free"]}]}]), "a price of another form"),
    ],
)
def test_what_is_no_base_data_is_refused_at_its_place(content: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        base_book.read(content.encode())


def _cost(past: Past, model: str = "gpt-4o") -> tuple[str | None, str]:
    body = {"provider_kind": "openai", "model": model, "input_uncached": 1_000_000}
    quote = past.post("/costs/explain", body)
    return quote["cost_usd"], quote["version"]


def test_new_prices_are_shown_and_take_effect_when_they_are_accepted(past: Past, newer: str) -> None:
    before = past.get("/costs/list-prices")
    assert (before["version"], before["is_current"], before["accepted_at"]) == (installed_version(), True, None)
    shown = past.post("/costs/list-prices/compare", {"content": newer, "name": "december"})
    assert (shown["added"], shown["removed"], shown["changed"]) == (1, 1, 1)
    assert shown["to_version"].startswith("december@")
    assert _cost(past) == ("2.5", installed_version()), "a difference that is shown changes nothing"
    body = {"content": newer, "name": "december", "expected_version": shown["from_version"]}
    past.post("/costs/list-prices/accept", body)
    assert _cost(past) == ("3", shown["to_version"])
    assert _cost(past, "nova-9")[0] == "0.1"
    now = past.get("/costs/list-prices")
    assert (now["version"], now["is_current"], bool(now["accepted_by"])) == (shown["to_version"], False, True)
    entries = past.client.get(f"{past.path}/audit").json()["items"]
    assert entries[0]["action"] == "cost.list_prices.accept"
    assert entries[0]["detail"] == {"added": 1, "removed": 1, "changed": 1}
    assert past.post("/costs/list-prices/accept", body, 409)["error"]["code"] == "conflict"
    past.post("/costs/list-prices/accept", {"expected_version": now["version"]})
    assert _cost(past) == ("2.5", installed_version())


def test_another_project_keeps_its_prices(past: Past, running: Running, newer: str) -> None:
    past.post("/costs/list-prices/accept", {"content": newer, "expected_version": installed_version()})
    theirs = running.theirs.owner.get(f"{running.theirs.path}/costs/list-prices").json()
    assert theirs["version"] == installed_version()


def test_the_past_can_be_priced_by_what_was_accepted(past: Past, newer: str) -> None:
    past.call(past.attempt("nova-9"))
    assert past.overview()["unpriced_requests"] == 1
    past.post("/costs/list-prices/accept", {"content": newer, "expected_version": installed_version()})
    shown = past.post("/costs/reprice", past.range)
    assert shown["total"]["before"]["unpriced"] == 1


def test_projects_stay_with_what_they_had_when_the_package_is_upgraded(running: Running, newer: str) -> None:
    """The store holds the book of an older package, with other prices than the one that is installed now."""
    meta, clock = running.services.meta, FixedClock(running.services.clock.now())
    older = BaseData(id=ids.new("lpb"), version="genai-prices/0.0.1", content=base_book.pack(newer.encode()))
    with meta.write() as connection:
        connection.execute(store.choices.delete())
        connection.execute(store.books.delete())
        store.keep(connection, older, clock.now(), is_packaged=True)
    books = BooksInStore(meta, clock)
    book = PriceBook(PricesFromStore(meta), books)

    def cost(project_id: str) -> tuple[str, str]:
        usage = Usage(input_uncached=1_000_000)
        quote = book.quote(project_id=project_id, provider_kind="openai", model="gpt-4o", usage=usage, at=clock.now())
        return f"{quote.cost_usd:f}".rstrip("0").rstrip("."), quote.version

    assert cost(running.ours.project.id) == ("3", "genai-prices/0.0.1")
    projects: ProjectService = running.services.projects
    later = projects.create(running.ours.access.principal, slug="later", name="Later")
    assert cost(later.id) == ("2.5", installed_version())
    status = running.ours.owner.get(f"{running.ours.path}/costs/list-prices").json()
    assert (status["version"], status["is_current"]) == ("genai-prices/0.0.1", False)
    assert status["accepted_by"] == "the upgrade of the package"
