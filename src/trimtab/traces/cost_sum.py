"""Why a sum of money is what it is: buckets of tokens times the prices that were in force, line by line. Pure.

The lines of a group are exact or they are not shown: what one entry says of its rates is held against the sum of the
group, and where the two differ, as with prices that depend on the length of a call, every entry is asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from trimtab.base import money
from trimtab.costs import price_lines
from trimtab.llm.usage import BUCKETS
from trimtab.query.expression import Ref
from trimtab.storage.warehouse.port import Row
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange

REQUEST: Final = "request"
"""The line for a fee of each request."""


class Of(StrEnum):
    """What a screen sums up."""

    CALLS = "calls"
    """The calls that fit, by the time of each: overview and dashboards."""
    TRACES = "traces"
    """All calls of the traces that fit, by the time of each trace: lists, groups, sessions and users."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which sum is to be explained."""

    project_id: str
    during: TimeRange
    of: Of
    wanted: CallFilter
    keys: tuple[tuple[Ref, str], ...] = ()
    """Fields with the value that each has, as it is shown: the line of a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Tokens of one bucket at one price, or the entries that are not priced by tokens, with the reason as source."""

    provider: str
    model: str
    service_tier: str
    price_version: str
    price_source: str
    bucket: str = ""
    tokens: int = 0
    usd_per_million: str | None = None
    cost_usd: Decimal | None
    entries: int
    """Requests to the provider."""


def samples_of(group: Row) -> list[tuple[int, str]]:
    """Return the keys of the entries of which a group's rates are read."""
    names = ["sample", *(bucket for bucket in BUCKETS if group[f"{bucket}_tokens"])]
    found = ((int(group[f"{name}_at"]), str(group[f"{name}_span"])) for name in names)
    return list(dict.fromkeys(each for each in found if each[1]))


def by_samples(group: Row, lines: Mapping[str, str]) -> list[Line] | None:
    """Return a group's lines by the rates of its samples; None when its entries were not all priced alike."""
    if not group["priced"]:
        return [line_of(group, cost_usd=None, entries=group["entries"])]
    usd = money.usd(group["usd"])
    rates: dict[str, str] = {}
    for _, span_id in samples_of(group):
        said = price_lines.decode(lines.get(span_id, ""))
        if len({line.bucket for line in said}) < len(said):
            return None
        for line in said:
            if rates.setdefault(line.bucket, line.usd_per_million) != line.usd_per_million:
                return None
    found = [
        line_of(group, bucket=bucket, tokens=tokens, rate=rate, entries=group["entries"])
        for bucket, rate in rates.items()
        if (tokens := _tokens(group, bucket))
    ]
    if sum((line.cost_usd or money.ZERO for line in found), money.ZERO) == usd and group["priced"] == group["entries"]:
        return found or [line_of(group, cost_usd=usd, entries=group["entries"])]
    return None if rates else _flat(group, usd)


def by_entries(group: Row, rows: Iterable[Row]) -> list[Line]:
    """Return a group's lines as its entries say them one by one, and what they leave open."""
    found = [
        line_of(
            group,
            bucket=row["bucket"],
            tokens=row["tokens"],
            rate=row["usd_per_million"],
            cost_usd=money.usd(row["usd"]),
            entries=row["entries"],
        )
        for row in rows
    ]
    left = money.usd(group["usd"]) - sum((line.cost_usd or money.ZERO for line in found), money.ZERO)
    return found + (_flat(group, left) if left or group["priced"] < group["entries"] else [])


def _flat(group: Row, usd: Decimal) -> list[Line]:
    found = [line_of(group, cost_usd=usd, entries=group["priced"])]
    if group["priced"] < group["entries"]:
        found.append(line_of(group, cost_usd=None, entries=group["entries"] - group["priced"]))
    return found


def _tokens(group: Row, bucket: str) -> int:
    return int(group["entries"] if bucket == REQUEST else group[f"{bucket}_tokens"])


def line_of(
    group: Row,
    *,
    entries: int,
    bucket: str = "",
    tokens: int = 0,
    rate: str | None = None,
    cost_usd: Decimal | None = None,
) -> Line:
    """Return a line of a group; with a rate and no cost, tokens times the rate."""
    if rate is not None and cost_usd is None:
        cost_usd = (Decimal(rate) * tokens).scaleb(-6)
    return Line(
        provider=group["provider"],
        model=group["model"],
        service_tier=group["service_tier"],
        price_version=group["price_version"],
        price_source=group["price_source"],
        bucket=bucket,
        tokens=tokens,
        usd_per_million=rate,
        cost_usd=cost_usd,
        entries=entries,
    )


def greatest(lines: Sequence[Line], most: int) -> list[Line]:
    """Return the dearest lines first, those of unknown cost before all others: they are what a sum leaves out."""
    return sorted(lines, key=lambda line: (line.cost_usd is not None, -(line.cost_usd or money.ZERO)))[:most]
