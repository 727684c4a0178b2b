"""Costs and list prices from the command line."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
from tests.cli.conftest import Run
from tests.conftest import Running

from trimtab.base import ids
from trimtab.costs.price_book import installed_data, installed_version
from trimtab.llm import frames
from trimtab.llm.call import Attempt, Call
from trimtab.llm.usage import Usage, UsageSource

_NOW = datetime.now(UTC)
_RANGE = (
    *("--from", (_NOW - timedelta(days=2)).strftime("%Y-%m-%d")),
    *("--to", (_NOW + timedelta(days=1)).strftime("%Y-%m-%d")),
)


@pytest.fixture
def model(running: Running) -> str:
    """Record a call of a model that nobody has a price for, and return the model's name."""
    name = ids.new("m").replace("_", "-")
    at_ns = int((_NOW - timedelta(hours=1)).timestamp()) * 10**9
    attempt = Attempt(
        span_id=ids.new_span_id(),
        provider="openai",
        provider_kind="openai",
        model=name,
        started_ns=at_ns,
        ended_ns=at_ns + 10**9,
        status_code=200,
        usage=Usage(input_uncached=1_000_000),
        usage_source=UsageSource.PROVIDER,
    )
    call = Call(
        request_id=ids.new("req"),
        project_id=running.ours.project.id,
        environment="production",
        key_id="key_1",
        trace_id=ids.new_trace_id(),
        span_id=ids.new_span_id(),
        started_ns=at_ns,
        ended_ns=at_ns + 10**9,
        status_code=200,
        attempts=[attempt],
    )
    receipt = running.services.collector.accept(frames.encode(msgspec.msgpack.encode(call)), replay=False)
    assert receipt.accepted == 1
    return name


def test_a_call_without_a_price_is_found_priced_again_and_corrected(run: Run, model: str) -> None:
    assert f"openai/{model}" in run("costs", "unpriced", *_RANGE).out
    since = (_NOW - timedelta(days=3)).strftime("%Y-%m-%d")
    assert run("prices", "set", model, "--rate", "input_uncached=2", "--from", since).code == 0
    planned = run("costs", "reprice", *_RANGE, "--model", model)
    assert planned.out.splitlines()[1].split() == [
        *(f"openai/{model}", "1", "of", "1", "$0", "and", "1", "unknown", "$2", "$2")
    ]
    assert "--apply corrects the ledger" in planned.err
    assert run("costs", "reprice", *_RANGE, "--model", model, "--apply").err == "The ledger is corrected.\n"
    assert run("costs", "reprice", *_RANGE, "--model", model).out == "No price changes.\n"
    assert f"openai/{model}" not in run("costs", "unpriced", *_RANGE).out


def test_the_ledger_is_written_to_a_file_in_each_form(run: Run, model: str, tmp_path: Path) -> None:
    for form in ("csv", "parquet", "focus"):
        file = tmp_path / f"ledger.{form}"
        assert run("costs", "export", *_RANGE, "--format", form, "-o", str(file)).code == 0
    assert model in (tmp_path / "ledger.csv").read_text()
    assert model in pq.read_table(tmp_path / "ledger.parquet").column("model").to_pylist()
    assert not list(tmp_path.glob("*.part"))
    assert run("costs", "export", "--from", "2020-01-01", "-o", str(tmp_path / "long")).code == 3
    assert not (tmp_path / "long").exists()


def test_a_provider_s_report_is_compared_with_the_ledger(run: Run, model: str, tmp_path: Path) -> None:
    file = tmp_path / "billed.csv"
    day = (_NOW - timedelta(hours=1)).strftime("%Y-%m-%d")
    file.write_text(f"day,model,cost_usd\n{day},{model},1.5\n")
    added = run("costs", "reports", "add", str(file), "--provider-kind", "openai", "--name", "November")
    report_id = added.out.split()[0]
    line = next(line for line in added.out.splitlines() if model in line).split()
    assert (line[2], line[-1]) == ("$1.5", "1")
    assert run("costs", "reports", "show", report_id).out == added.out
    assert "November" in run("costs", "reports", "list").out
    assert run("costs", "reports", "remove", report_id).code == 0


def test_forecast_says_what_is_known(run: Run) -> None:
    said = run("costs", "forecast")
    assert said.out.startswith(f"{datetime.now(UTC):%Y-%m}: $")
    assert run("costs", "forecast", "--json").json["interval"] == 0.8


def test_newer_list_prices_are_shown_and_taken_over(run: Run, tmp_path: Path) -> None:
    data = json.loads(installed_data())
    openai = next(each for each in data if each["id"] == "openai")
    openai["models"].append({"id": "nova-9", "match": {"equals": "nova-9"}, "prices": {"input_mtok": 0.1}})
    file = tmp_path / "december.json"
    file.write_text(json.dumps(data))
    shown = run("prices", "update", str(file), "--check")
    assert shown.code == 1
    assert shown.out.splitlines()[1].split() == ["openai/nova-9", "added", "input_mtok", "-", "0.1"]
    assert "1 models added, 0 removed, 0 changed" in shown.out
    nova = ("prices", "explain", "nova-9", "--provider-kind", "openai", "--tokens", "input_uncached=1000000")
    assert run(*nova).code == 1
    assert "from now on" in run("prices", "update", str(file), "--yes").err
    assert "= $0.1" in run(*nova).out
    assert run("prices", "update", str(file), "--check").code == 0
    back = run("prices", "update", "--check")
    assert back.out.splitlines()[1].split() == ["openai/nova-9", "removed", "input_mtok", "0.1", "-"]
    assert f"to {installed_version()}: " in back.out
