"""What a provider says that it counted and billed, by day and model, read from its own exports. Pure.

Understood are the answers of OpenAI's usage and costs endpoints, those of Anthropic's usage and cost reports, and CSV
with a header, whose columns are named or recognised. Amounts are read digit by digit, never through a float.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from trimtab.base import money
from trimtab.base.errors import InvalidInput, TooLarge

ALL_MODELS: Final = "*"
"""The model of a line that is about all of them together."""

MOST_LINES: Final = 20_000
_MOST_TOKENS: Final = 10**15
_CENTS: Final = Decimal(100)


class Form(StrEnum):
    """The shape of an export."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """What a provider says of one model on one day in UTC. None is what the export does not speak of."""

    day: str
    model: str
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An export that was taken in; it is compared with the calls of the provider, or of its kind."""

    id: str
    project_id: str
    name: str
    form: Form
    provider_kind: str
    provider: str
    first_day: str
    last_day: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The names of a CSV's columns; an empty one is looked for under the names in use."""

    day: str = ""
    model: str = ""
    input_tokens: str = ""
    output_tokens: str = ""
    cost_usd: str = ""


_KNOWN_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "day": ("day", "date", "usage_date", "usage_date_utc", "start_time_iso", "start_time", "starting_at", "timestamp"),
    "model": ("model", "model_version", "model_name", "line_item", "snapshot_id"),
    "input_tokens": ("input_tokens", "prompt_tokens", "n_context_tokens_total", "usage_input_tokens"),
    "output_tokens": ("output_tokens", "completion_tokens", "n_generated_tokens_total", "usage_output_tokens"),
    "cost_usd": ("cost_usd", "amount_value", "cost", "amount", "cost_in_usd", "total_cost"),
}

_DATED: Final = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8})$")


def undated(model: str) -> str:
    """Return a model's name without the date of its version, so that both sides name it the same."""
    return _DATED.sub("", model.strip().lower().removeprefix("models/"))


def read(text: str, columns: Columns | None = None) -> tuple[Form, list[ReportLine]]:
    """Return the export's form, and one line for each day and model, in order.

    Raises:
        InvalidInput: it is none of the forms that are understood; says where.
        TooLarge: it has more lines than one report may.
    """
    stripped = text.lstrip("\ufeff \t\r\n")
    if not stripped:
        raise InvalidInput("the export is empty")
    if stripped[0] in "{[":
        form, found = _read_json(stripped)
    else:
        form, found = Form.CSV, _read_csv(stripped, columns or Columns())
    lines = _summed(found)
    if not lines:
        raise InvalidInput("the export has no line with tokens or an amount")
    return form, lines


def _summed(found: Iterable[ReportLine]) -> list[ReportLine]:
    sums: dict[tuple[str, str], ReportLine] = {}
    for line in found:
        key = (line.day, line.model)
        before = sums.get(key)
        if before is None and len(sums) >= MOST_LINES:
            raise TooLarge(f"a report has at most {MOST_LINES} days and models", hint="Take it in in parts.")
        sums[key] = line if before is None else _plus(before, line)
    return [sums[key] for key in sorted(sums)]


def _plus(one: ReportLine, two: ReportLine) -> ReportLine:
    cost = two.cost_usd if one.cost_usd is None else one.cost_usd + (two.cost_usd or 0)
    return ReportLine(
        day=one.day,
        model=one.model,
        input_tokens=_add(one.input_tokens, two.input_tokens),
        output_tokens=_add(one.output_tokens, two.output_tokens),
        cost_usd=cost,
    )


def _add(one: int | None, two: int | None) -> int | None:
    return one if two is None else two + (one or 0)


def _read_json(text: str) -> tuple[Form, list[ReportLine]]:
    try:
        document = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"the export begins like JSON and is none: {error}") from error
    buckets = document.get("data") if isinstance(document, dict) else document
    if not isinstance(buckets, list):
        raise InvalidInput("the export has no list `data`", hint="Save the answer of the endpoint as it is.")
    lines: list[ReportLine] = []
    form = Form.OPENAI
    for number, bucket in enumerate(buckets):
        if not isinstance(bucket, dict) or not isinstance(bucket.get("results"), list):
            raise InvalidInput(f"data[{number}] has no list `results`")
        if "starting_at" in bucket:
            form = Form.ANTHROPIC
        day = _day(bucket.get("start_time", bucket.get("starting_at")), f"data[{number}]")
        for place, result in enumerate(bucket["results"]):
            where = f"data[{number}].results[{place}]"
            if not isinstance(result, dict):
                raise InvalidInput(f"{where} is not an object")
            made = _anthropic(result, day, where) if form is Form.ANTHROPIC else _openai(result, day, where)
            lines.append(made)
    return form, lines


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _openai(result: Mapping[str, Any], day: str, where: str) -> ReportLine:
    amount = result.get("amount")
    if isinstance(amount, dict):
        if str(amount.get("currency", "usd")).lower() != "usd":
            raise InvalidInput(f"{where} is in {amount['currency']!r}, only US dollars are understood")
        # A line item reads `gpt-4o-2024-08-06, input`.
        item = str(result.get("line_item") or "").partition(",")[0]
        return ReportLine(day=day, model=_model(item), cost_usd=_amount(amount.get("value"), where))
    return ReportLine(
        day=day,
        model=_model(result.get("model")),
        # Cached tokens are within the input.
        input_tokens=_tokens(result.get("input_tokens"), where),
        output_tokens=_tokens(result.get("output_tokens"), where),
    )


def _anthropic(result: Mapping[str, Any], day: str, where: str) -> ReportLine:
    if "amount" in result:
        if str(result.get("currency", "USD")).upper() != "USD":
            raise InvalidInput(f"{where} is in {result['currency']!r}, only US dollars are understood")
        # In cents, as text.
        cents = _amount(result["amount"], where)
        return ReportLine(
            day=day, model=_model(result.get("model")), cost_usd=money.usd((cents or money.ZERO) / _CENTS)
        )
    written = result.get("cache_creation")
    parts = [
        result.get("uncached_input_tokens"),
        result.get("cache_read_input_tokens"),
        *(written.values() if isinstance(written, dict) else ()),
    ]
    counts = [_tokens(part, where) or 0 for part in parts]
    return ReportLine(
        day=day,
        model=_model(result.get("model")),
        input_tokens=sum(counts),
        output_tokens=_tokens(result.get("output_tokens"), where),
    )


def _read_csv(text: str, columns: Columns) -> list[ReportLine]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        header = [name.strip() for name in reader.fieldnames or []]
        reader.fieldnames = header
        names = _columns(header, columns)
        return list(_csv_lines(reader, names))
    except csv.Error as error:
        raise InvalidInput(f"line {reader.line_num} of the export is not CSV: {error}") from error


def _csv_lines(reader: "csv.DictReader[str]", names: Mapping[str, str]) -> Iterator[ReportLine]:
    for row in reader:
        where = f"line {reader.line_num}"
        cells = {name: (row.get(column) or "").strip() for name, column in names.items()}
        if not any(cells.values()):
            continue
        yield ReportLine(
            day=_day(cells["day"], where),
            model=_model(cells.get("model", "").partition(",")[0]),
            input_tokens=_tokens(cells.get("input_tokens"), where),
            output_tokens=_tokens(cells.get("output_tokens"), where),
            cost_usd=_amount(cells.get("cost_usd"), where),
        )


def _columns(header: list[str], wanted: Columns) -> dict[str, str]:
    by_lower = {name.lower(): name for name in header}
    found = {}
    for field, candidates in _KNOWN_NAMES.items():
        named: str = getattr(wanted, field)
        if named and named not in header:
            raise InvalidInput(f"the export has no column {named[:60]!r}; it has: {', '.join(header)[:400]}")
        column = named or next((by_lower[name] for name in candidates if name in by_lower), "")
        if column:
            found[field] = column
    if "day" not in found or not {"input_tokens", "output_tokens", "cost_usd"} & set(found):
        raise InvalidInput(
            f"the columns for the day and for tokens or cost are not recognised among: {', '.join(header)[:400]}",
            hint="Name them under `columns`: day, model, input_tokens, output_tokens, cost_usd.",
        )
    return found


def _model(name: object) -> str:
    text = str(name or "").strip()[:200]
    return undated(text) if text else ALL_MODELS


def _day(value: object, where: str) -> str:
    """Return `YYYY-MM-DD` in UTC of seconds since the epoch, of a date, or of a moment."""
    try:
        if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()):
            return datetime.fromtimestamp(int(value), UTC).date().isoformat()
        text = str(value or "")
        if len(text) == len("2026-01-01"):
            return date.fromisoformat(text).isoformat()
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date().isoformat()
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidInput(f"{where} has no day: {str(value)[:40]!r}, expected such as 2026-11-24") from error


def _tokens(value: object, where: str) -> int | None:
    if value is None or value == "":
        return None
    text = str(value).replace(",", "").removesuffix(".0")
    if not text.isdecimal() or int(text) > _MOST_TOKENS:
        raise InvalidInput(f"{where}: {str(value)[:40]!r} is not a count of tokens")
    return int(text)


def _amount(value: object, where: str) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        amount = Decimal(str(value).replace(",", "").removeprefix("$"))
    except InvalidOperation as error:
        raise InvalidInput(f"{where}: {str(value)[:40]!r} is not an amount") from error
    if not amount.is_finite() or abs(amount) > _MOST_TOKENS:
        raise InvalidInput(f"{where}: {str(value)[:40]!r} is not an amount")
    return money.usd(amount)
