"""A price that a project has set for one provider holds for calls that applications report of that provider."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.traces.application import Application, eventually
from tests.traces.payload import accepted, chat, span

from trimtab.costs.own_price import Rate, Terms
from trimtab.costs.service.own_prices import NewPrice
from trimtab.identity.access import ProjectAccess, system


def _set_price(app: Application, provider: str) -> None:
    ours = system(app.running.ours.organisation.id)
    access = ProjectAccess(app.running.services.projects.enter(ours, app.project_id).project, ours)
    rates = {"input_uncached": Rate(Decimal(1)), "output_text": Rate(Decimal(2))}
    since = datetime.now(UTC) - timedelta(hours=1)
    new = NewPrice(provider=provider, model="gpt-4o", terms=Terms(rates=rates), valid_from=since)
    app.running.services.own_prices.set(access, new)


@pytest.mark.parametrize(
    ("provider", "attributes"),
    [
        ("openai", {}),
        ("azure-eu", {"gen_ai.provider.name": "Azure-EU"}),
        ("llm.example.com", {"server.address": "llm.example.com", "server.port": 443}),
    ],
    ids=["kind", "name", "address"],
)
def test_a_price_for_a_provider_by_name_or_by_address(
    app: Application, provider: str, attributes: dict[str, Any]
) -> None:
    _set_price(app, provider)
    sent = span("chat", chat(**attributes))
    accepted(app, sent)
    (row,) = eventually(lambda: app.ledger(sent["traceId"]))
    assert row["provider"] == provider
    assert row["cost_usd"] == "0.00014"


def test_another_address_has_the_list_price(app: Application) -> None:
    _set_price(app, "llm.example.com")
    sent = span("chat", chat(**{"server.address": "api.openai.com"}))
    accepted(app, sent)
    (row,) = eventually(lambda: app.ledger(sent["traceId"]))
    assert (row["provider"], row["cost_usd"]) == ("openai", "0.00045")
