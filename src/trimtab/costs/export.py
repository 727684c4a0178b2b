"""The ledger as files: CSV and Parquet with a row for each attempt, and FOCUS 1.2 with a row for each line of a price.

Each is made page by page, so that a file of any length takes the memory of one page. FOCUS has no unknown cost:
attempts without a price are left out there, and only there. Text in CSV that a spreadsheet would take for a formula
gets an apostrophe before it.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from trimtab.base import money
from trimtab.costs.price import REQUEST
from trimtab.llm.usage import BUCKETS

Row = Mapping[str, Any]
"""A row of the ledger as the store has it; times are nanoseconds."""


class FileForm(StrEnum):
    """What kind of file."""

    CSV = "csv"
    PARQUET = "parquet"
    FOCUS = "focus"


MEDIA_TYPES: Final[Mapping[FileForm, str]] = {
    FileForm.CSV: "text/csv; charset=utf-8",
    FileForm.PARQUET: "application/vnd.apache.parquet",
    FileForm.FOCUS: "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose costs these are, in FOCUS's words: the organisation is the account, the project the one beneath."""

    organisation_id: str
    project_id: str
    project_name: str


_TEXTS: Final = (
    *("trace_id", "span_id", "call_span_id", "request_id", "environment", "key_id", "feature", "user_id"),
    *("session_id", "team", "prompt_name", "release_id", "arm", "provider", "provider_kind", "model"),
    *("response_model", "service_tier", "outcome", "usage_source"),
)
_PRICE_TEXTS: Final = ("price_source", "price_version", "price_lines", "formula")

SCHEMA: Final = pa.schema(
    [
        pa.field("called_at", pa.timestamp("ns", "UTC")),
        pa.field("at", pa.timestamp("ns", "UTC")),
        *(pa.field(name, pa.string()) for name in _TEXTS),
        pa.field("prompt_version", pa.uint32()),
        pa.field("status_code", pa.uint16()),
        pa.field("is_sample", pa.bool_()),
        *(pa.field(name, pa.uint64()) for name in BUCKETS),
        pa.field("cost_usd", pa.decimal128(38, money.PLACES)),
        *(pa.field(name, pa.string()) for name in _PRICE_TEXTS),
    ]
)
"""The columns of CSV and Parquet, in order."""

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_TIMES: Final = {"called_at": "called_ns", "at": "at_ns"}


def write(form: FileForm, pages: Iterable[Sequence[Row]], account: Account) -> Iterator[bytes]:
    """Yield the file in pieces, one or more for each page; an empty ledger makes a file with its header alone."""
    if form is FileForm.PARQUET:
        return _parquet(pages)
    if form is FileForm.FOCUS:
        return _csv(FOCUS_COLUMNS, pages, lambda row: focus_rows(row, account))
    return _csv(SCHEMA.names, pages, lambda row: [_plain(row)])


def _csv(
    names: Sequence[str], pages: Iterable[Sequence[Row]], make: Callable[[Row], list[dict[str, object]]]
) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\r\n")
    writer.writeheader()
    yield _taken(text)
    for page in pages:
        for row in page:
            writer.writerows(make(row))
        if piece := _taken(text):
            yield piece


def _taken(text: io.StringIO) -> bytes:
    taken = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return taken


def _plain(row: Row) -> dict[str, object]:
    cells: dict[str, object] = {}
    for name in SCHEMA.names:
        if name in _TIMES:
            cells[name] = _rfc3339(row[_TIMES[name]])
        elif name == "cost_usd":
            # An unknown amount is an empty cell, zero is 0.
            cells[name] = money.text(row[name])
        elif isinstance(row[name], str):
            cells[name] = _harmless(row[name])
        else:
            cells[name] = str(row[name]).lower() if isinstance(row[name], bool) else row[name]
    return cells


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _rfc3339(at_ns: int) -> str:
    moment = datetime.fromtimestamp(at_ns // 10**9, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ns % 10**9:09d}Z"


class _Sink(io.RawIOBase):
    """Takes what a writer writes, and gives it away piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        piece = bytes(data)
        self._pieces.append(piece)
        self._position += len(piece)
        return len(piece)

    def take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _parquet(pages: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    sink = _Sink()
    with pq.ParquetWriter(sink, SCHEMA, compression="zstd") as writer:
        for page in pages:
            columns = [
                pa.array([row[_TIMES.get(field.name, field.name)] for row in page], field.type) for field in SCHEMA
            ]
            writer.write_table(pa.table(columns, schema=SCHEMA))
            yield sink.take()
    yield sink.take()


FOCUS_COLUMNS: Final = (
    *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd"),
    *("BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency"),
    *("ChargePeriodEnd", "ChargePeriodStart", "ConsumedQuantity", "ConsumedUnit", "ContractedCost"),
    *("ContractedUnitPrice", "EffectiveCost", "InvoiceId", "InvoiceIssuerName", "ListCost", "ListUnitPrice"),
    *("PricingCategory", "PricingCurrency", "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName"),
    *("RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType", "ServiceCategory", "ServiceName"),
    *("ServiceSubcategory", "SkuId", "SkuMeter", "SkuPriceId", "SubAccountId", "SubAccountName", "Tags"),
    *("x_Bucket", "x_PriceSource", "x_PriceVersion", "x_ServiceTier", "x_SpanId", "x_TraceId", "x_UsageSource"),
)
"""The columns of FOCUS 1.2 that apply to tokens, then those of our own."""

_TAGS: Final = ("environment", "feature", "team", "prompt_name", "release_id", "arm", "user_id", "session_id")
_HOUR_S: Final = 3_600
_MILLION: Final = Decimal(1_000_000)


def focus_rows(row: Row, account: Account) -> list[dict[str, object]]:
    """Return a row for each line of an attempt's price; none for an attempt without a price, or without a charge."""
    if row["cost_usd"] is None:
        return []
    whole = _of_attempt(row, account)
    return [whole | _of_line(row, line) for line in json.loads(row["price_lines"])]


def _of_attempt(row: Row, account: Account) -> dict[str, object]:
    called = datetime.fromtimestamp(row["called_ns"] // 10**9, UTC)
    hour = datetime.fromtimestamp(row["called_ns"] // 10**9 // _HOUR_S * _HOUR_S, UTC)
    month = called.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    model = row["response_model"] or row["model"]
    return {
        "BillingAccountId": account.organisation_id,
        "BillingAccountName": account.organisation_id,
        "BillingCurrency": "USD",
        "BillingPeriodStart": _focus_time(month),
        "BillingPeriodEnd": _focus_time((month + timedelta(days=32)).replace(day=1)),
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodStart": _focus_time(hour),
        "ChargePeriodEnd": _focus_time(hour + timedelta(seconds=_HOUR_S)),
        "InvoiceIssuerName": _harmless(row["provider"]),
        "PricingCategory": "Standard",
        "PricingCurrency": "USD",
        "ProviderName": _harmless(row["provider"]),
        "PublisherName": _harmless(row["provider_kind"]),
        "ResourceId": _harmless(f"{row['provider']}/{model}"),
        "ResourceName": _harmless(model),
        "ResourceType": "Model",
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": _harmless(row["provider"]),
        "ServiceSubcategory": "Generative AI",
        "SubAccountId": account.project_id,
        "SubAccountName": _harmless(account.project_name),
        "Tags": json.dumps({name: row[name] for name in _TAGS if row[name]}, ensure_ascii=False),
        "x_PriceSource": row["price_source"],
        "x_PriceVersion": row["price_version"],
        "x_ServiceTier": _harmless(row["service_tier"]),
        "x_SpanId": row["span_id"],
        "x_TraceId": row["trace_id"],
        "x_UsageSource": row["usage_source"],
    }


def _of_line(row: Row, line: Mapping[str, Any]) -> dict[str, object]:
    unit = "Requests" if line["bucket"] == REQUEST else "Tokens"
    model = row["response_model"] or row["model"]
    cost = line["cost_usd"]
    return {
        "BilledCost": cost,
        "EffectiveCost": cost,
        "ContractedCost": cost,
        "ListCost": cost,
        "ChargeDescription": _harmless(f"{line['bucket']} of {model}"),
        "ConsumedQuantity": line["tokens"],
        "ConsumedUnit": unit,
        "ContractedUnitPrice": line["usd_per_million"],
        "ListUnitPrice": line["usd_per_million"],
        "PricingQuantity": money.text(Decimal(line["tokens"]) / _MILLION),
        "PricingUnit": f"1000000 {unit}",
        "SkuId": _harmless(f"{row['provider_kind']}/{model}/{line['bucket']}"),
        "SkuMeter": line["bucket"],
        "SkuPriceId": _harmless(f"{row['price_version']}/{model}/{line['bucket']}"),
        "x_Bucket": line["bucket"],
    }


def _focus_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
