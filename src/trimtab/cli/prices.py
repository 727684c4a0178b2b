"""`trimtab prices`: what a project pays, and what a call would cost."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import click

from trimtab.cli.connection import Api, with_api
from trimtab.cli.output import as_json_option, print_json, print_table
from trimtab.sdk.transport import part


@click.group()
def prices() -> None:
    """Set prices, and see why a call costs what it does."""


@prices.command("list")
@click.option("--ended", is_flag=True, help="Those that have ended, too.")
@as_json_option
@with_api
def list_prices(api: Api, *, ended: bool, as_json: bool) -> None:
    """List the prices that the project has set; all else costs what the lists say."""
    found = list(api.items("/costs/prices", ended=str(ended).lower()))
    if as_json:
        print_json(found)
        return
    rows = [
        (
            each["id"],
            each["provider"] or each["provider_kind"] or "any",
            each["model"],
            each["service_tier"],
            _terms(each),
            each["valid_from"][:10],
            each["valid_to"][:10] if each["valid_to"] else None,
        )
        for each in found
    ]
    empty = "No prices of your own: calls cost what the lists say. Set one: trimtab prices set MODEL --rate …"
    print_table(("id", "provider", "model", "tier", "terms", "from", "to"), rows, empty=empty)


def _terms(price: dict[str, Any]) -> str:
    said = [f"{bucket} ${rate['usd_per_million']}/M" for bucket, rate in price["rates"].items()]
    if price["fee_usd"] is not None:
        said.append(f"${price['fee_usd']} a request")
    if price["discount_percent"] != "0":
        said.append(f"{price['discount_percent']}% off")
    return ", ".join(said)


@prices.command("set")
@click.argument("model")
@click.option("--provider-kind", default="", help="Such as openai; any unless it is given.")
@click.option("--provider", default="", help="The name of a provider in the project.")
@click.option("--tier", "service_tier", default="standard", show_default=True, help="batch, flex, priority, * for any.")
@click.option("--rate", "rates", multiple=True, metavar="BUCKET=USD", help="Per million tokens, as input_uncached=2.5.")
@click.option("--above", "tiers", multiple=True, metavar="BUCKET:TOKENS=USD", help="The rate past so many tokens.")
@click.option("--graduated", is_flag=True, help="Only the tokens above a threshold cost its rate, not all of them.")
@click.option("--fee", "fee_usd", help="Dollars for each request.")
@click.option("--discount", "discount_percent", help="Percent; alone it is taken from the list price.")
@click.option("--from", "valid_from", type=click.DateTime(), help="Since when it holds, in UTC; now unless given.")
@click.option("--to", "valid_to", type=click.DateTime(), help="When it ends, in UTC.")
@click.option("--note", default="", help="Why, for others to read.")
@as_json_option
@with_api
def set_price(  # noqa: PLR0913 - one for each option
    api: Api,
    *,
    model: str,
    provider_kind: str,
    provider: str,
    service_tier: str,
    rates: tuple[str, ...],
    tiers: tuple[str, ...],
    graduated: bool,
    fee_usd: str | None,
    discount_percent: str | None,
    valid_from: datetime | None,
    valid_to: datetime | None,
    note: str,
    as_json: bool,
) -> None:
    """Set a price for MODEL, in which * stands for any text. It closes the one that was in force before."""
    body = {
        "model": model,
        "provider_kind": provider_kind,
        "provider": provider,
        "service_tier": service_tier,
        "rates": _rates(rates, tiers, "graduated" if graduated else "cliff"),
        "fee_usd": fee_usd,
        "discount_percent": discount_percent or "0",
        "valid_from": _moment(valid_from),
        "valid_to": _moment(valid_to),
        "note": note,
    }
    made = api.send("POST", "/costs/prices", body=body)
    if as_json:
        print_json(made)
        return
    click.echo(f"Set {made['id']} for {made['model']}: {_terms(made)}, from {made['valid_from'][:19]}.")


@prices.command("end")
@click.argument("price_id")
@with_api
def end_price(api: Api, *, price_id: str) -> None:
    """Let a price end now. What was priced by it stays."""
    ended = api.send("DELETE", f"/costs/prices/{part(price_id)}")
    click.echo(f"Ended {price_id} at {ended['valid_to'][:19]}.", err=True)


@prices.command("explain")
@click.argument("model")
@click.option("--provider-kind", default="", help="Such as openai.")
@click.option("--provider", default="", help="The name of a provider in the project.")
@click.option("--tier", "service_tier", default="", help="The service tier of the answer.")
@click.option("--tokens", multiple=True, metavar="BUCKET=COUNT", help="Such as input_uncached=1000.")
@click.option("--at", type=click.DateTime(), help="When the call was made, in UTC; now unless given.")
@as_json_option
@with_api
@click.pass_context
def explain(  # noqa: PLR0913 - one for each option
    context: click.Context,
    api: Api,
    *,
    model: str,
    provider_kind: str,
    provider: str,
    service_tier: str,
    tokens: tuple[str, ...],
    at: datetime | None,
    as_json: bool,
) -> None:
    """Say what a call of MODEL would cost, line by line; exit code 1 when no price is known."""
    body = {
        "model": model,
        "provider_kind": provider_kind,
        "provider": provider,
        "service_tier": service_tier,
        "at": _moment(at),
        **dict(_pairs(tokens, "--tokens")),
    }
    found = api.send("POST", "/costs/explain", body=body)
    if as_json:
        print_json(found)
    else:
        rows = [
            (line["bucket"], line["tokens"], f"${line['usd_per_million']}", f"${line['cost_usd']}")
            for line in found["lines"]
        ]
        if rows:
            print_table(("bucket", "tokens", "per million", "cost"), rows, empty="")
        click.echo(found["formula"])
        click.echo(f"price: {found['version'] or 'none'}")
    if found["cost_usd"] is None:
        context.exit(1)


@prices.command("update")
@click.argument("file", required=False, type=click.File(encoding="utf-8"))
@click.option(
    "--check", is_flag=True, help="Show what would change, and change nothing; exit code 1 if something would."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json_option
@with_api
@click.pass_context
def update(context: click.Context, api: Api, *, file: TextIO | None, check: bool, yes: bool, as_json: bool) -> None:
    """Take over newer list prices: those of FILE, base data of genai-prices, or what the installed package has.

    Shows what is added, removed and changed first. Calls are priced by the new list from then on; the past stays as it
    is until `trimtab costs reprice`.
    """
    name = Path(file.name).stem if file else ""
    body: dict[str, Any] = {"content": file.read() if file else None, "name": name}
    found = api.send("POST", "/costs/list-prices/compare", body=body)
    if as_json:
        print_json(found)
    else:
        _print_difference(found)
    if check or not found["models"]:
        context.exit(1 if found["models"] else 0)
    if not yes:
        click.confirm(f"Go by {found['to_version']} from now on?", abort=True, err=True)
    api.send("POST", "/costs/list-prices/accept", body=body | {"expected_version": found["from_version"]})
    click.echo(f"Calls are priced by {found['to_version']} from now on.", err=True)


def _print_difference(found: dict[str, Any]) -> None:
    rows = [
        (f"{each['provider']}/{each['model']}", each["change"], term["what"], term["before"], term["after"])
        for each in found["models"]
        for term in each["terms"]
    ]
    print_table(("model", "change", "price", "before", "after"), rows, empty="No price changes.")
    click.echo(
        f"{found['from_version']} to {found['to_version']}: {found['added']} models added, {found['removed']} removed, "
        f"{found['changed']} changed"
    )


def _rates(rates: Iterable[str], tiers: Iterable[str], rule: str) -> dict[str, dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {
        bucket: {"usd_per_million": usd, "tiers": [], "rule": rule} for bucket, usd in _pairs(rates, "--rate")
    }
    for where, usd in _pairs(tiers, "--above"):
        bucket, _, above = where.partition(":")
        if bucket not in made or not above.isdecimal():
            raise click.BadParameter(f"{where}={usd} should read bucket:tokens=usd, of a bucket with a --rate")
        made[bucket]["tiers"].append({"above": int(above), "usd_per_million": usd})
    return made


def _pairs(texts: Iterable[str], option: str) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        name, sign, value = text.partition("=")
        if not (name and sign and value):
            raise click.BadParameter(f"{text!r} should read name=value", param_hint=option)
        pairs.append((name, value))
    return pairs


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.replace(tzinfo=UTC).isoformat()
