"""`trimtab costs`: what was spent, what it would have been by other prices, and what providers say of it."""

from pathlib import Path
from typing import Any, Final, TextIO

import click

from trimtab.cli.connection import Api, with_api
from trimtab.cli.output import as_json_option, print_json, print_table
from trimtab.cli.period import Period, period_options
from trimtab.sdk.transport import part

_FORMS: Final = ("csv", "parquet", "focus")


@click.group()
def costs() -> None:
    """See, correct, compare and export what calls cost."""


@costs.command("forecast")
@click.option("--environment", default="", help="All of them unless it is given.")
@as_json_option
@with_api
def forecast(api: Api, *, environment: str, as_json: bool) -> None:
    """Say what this month has cost, and what it will have cost at its end."""
    found = api.send("GET", "/costs/forecast", environment=environment)
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['month'][:7]}: ${found['spent_usd']} so far")
    if found["expected_usd"] is not None:
        share = f"{found['interval']:.0%}"
        click.echo(
            f"at its end ${found['expected_usd']}, in {share} between ${found['low_usd']} and ${found['high_usd']}"
        )
    if found["note"]:
        click.echo(found["note"])


@costs.command("unpriced")
@period_options
@as_json_option
@with_api
def unpriced(api: Api, *, period: Period, as_json: bool) -> None:
    """List what has no price, by model, with the reason."""
    found = api.send("GET", "/costs/unpriced", **period.query())["items"]
    if as_json:
        print_json(found)
        return
    rows = [(f"{each['provider']}/{each['model']}", each["requests"], each["reason"]) for each in found]
    print_table(("model", "calls", "why"), rows, empty="Every call has a price.")


@costs.command("reprice")
@period_options
@click.option("--model", default="", help="gpt-5 or openai/gpt-5; all unless it is given.")
@click.option("--only-unpriced", is_flag=True, help="Only calls that have no price.")
@click.option("--list-prices", is_flag=True, help="Leave the project's own prices out.")
@click.option("--apply", is_flag=True, help="Correct the ledger; without it the difference is shown alone.")
@as_json_option
@with_api
def reprice(
    api: Api, *, period: Period, model: str, only_unpriced: bool, list_prices: bool, apply: bool, as_json: bool
) -> None:
    """Price calls of the past again, and show the difference."""
    body = period.body() | {
        "model": model,
        "only_unpriced": only_unpriced,
        "prices": "list" if list_prices else "own",
        "apply": apply,
    }
    found = api.send("POST", "/costs/reprice", body=body)
    if as_json:
        print_json(found)
        return
    rows = [_difference(each["model"], each) for each in found["models"]]
    if rows:
        rows.append(_difference("all", found["total"]))
    print_table(("model", "changed", "before", "after", "difference"), rows, empty="No price changes.")
    if rows:
        click.echo(
            "The ledger is corrected." if apply else "Nothing was changed; --apply corrects the ledger.", err=True
        )


def _difference(name: str, found: dict[str, Any]) -> tuple[object, ...]:
    return (
        name,
        f"{found['changed']} of {found['attempts']}",
        _side(found["before"]),
        _side(found["after"]),
        f"${found['difference_usd']}",
    )


def _side(side: dict[str, Any]) -> str:
    unknown = f" and {side['unpriced']} unknown" if side["unpriced"] else ""
    return f"${side['cost_usd']}{unknown}"


@costs.command("export")
@period_options
@click.option("--format", "form", type=click.Choice(_FORMS), default="csv", show_default=True)
@click.option(
    "--output", "-o", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write."
)
@with_api
def export(api: Api, *, period: Period, form: str, output: Path) -> None:
    """Write the ledger to a file, a row for each attempt; as FOCUS 1.2 a row for each line of a price."""
    partial = output.with_name(f"{output.name}.part")
    try:
        with partial.open("wb") as file:
            api.download("/costs/export", file.write, format=form, **period.query())
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    click.echo(f"{output}: {output.stat().st_size} bytes")


@costs.group("reports")
def reports() -> None:
    """Compare what providers say that they billed with the ledger."""


@reports.command("list")
@as_json_option
@with_api
def list_reports(api: Api, *, as_json: bool) -> None:
    """List the reports that were taken in."""
    found = list(api.items("/costs/reports"))
    if as_json:
        print_json(found)
        return
    rows = [
        (each["id"], each["name"], each["provider"] or each["provider_kind"], each["first_day"], each["last_day"])
        for each in found
    ]
    print_table(("id", "name", "provider", "from", "to"), rows, empty="No reports: trimtab costs reports add FILE …")


@reports.command("add")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--provider-kind", default="", help="Such as openai.")
@click.option("--provider", default="", help="The name of a provider in the project.")
@click.option("--name", default="", help="What to call it.")
@as_json_option
@with_api
def add_report(api: Api, *, file: TextIO, provider_kind: str, provider: str, name: str, as_json: bool) -> None:
    """Take in an export of a provider's usage or cost, as JSON or CSV, and compare it with the ledger."""
    body = {"name": name, "provider_kind": provider_kind, "provider": provider, "content": file.read()}
    _print_reconciliation(api, api.send("POST", "/costs/reports", body=body)["id"], as_json=as_json)


@reports.command("show")
@click.argument("report_id")
@as_json_option
@with_api
def show_report(api: Api, *, report_id: str, as_json: bool) -> None:
    """Show a report beside the ledger, by day and model."""
    _print_reconciliation(api, report_id, as_json=as_json)


@reports.command("remove")
@click.argument("report_id")
@with_api
def remove_report(api: Api, *, report_id: str) -> None:
    """Remove a report; the ledger is not touched."""
    api.send("DELETE", f"/costs/reports/{part(report_id)}")
    click.echo(f"Removed {report_id}.", err=True)


def _print_reconciliation(api: Api, report_id: str, *, as_json: bool) -> None:
    found = api.send("GET", f"/costs/reports/{part(report_id)}")
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['report']['id']}  {found['report']['name']}")
    rows = [
        (
            row["day"],
            row["model"],
            _usd(row["cost_usd"]["theirs"]),
            _usd(row["cost_usd"]["ours"]),
            _usd(row["cost_usd"]["difference"]),
            row["unpriced"] or None,
        )
        for row in (*found["rows"], found["total"] | {"day": "all"})
    ]
    print_table(("day", "model", "theirs", "ours", "difference", "unpriced"), rows, empty="Nothing to compare.")


def _usd(amount: str | None) -> str | None:
    return None if amount is None else f"${amount}"
