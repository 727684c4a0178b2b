"""`make bench`: measures everything and writes `bench/results/<date>.json` and `bench/results/latest.md`.

`python -m bench [gateway] [ingest] [otlp] [trace] [scale] [footprint] [--quick]`: the parts named, or all of them. What
other parts gave on the same day is kept. `otlp` installs the collectors that ours is measured beside on its first run;
`--no-peers` leaves them out. `scale` fills a warehouse with `--spans`, in `--folder` to use it again.
"""

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import footprint, gateway, ingest, large_trace, otlp, scale

RESULTS = Path(__file__).resolve().parent / "results"
PARTS = ("gateway", "ingest", "otlp", "trace", "scale", "footprint")


def main() -> None:
    """Run the chosen parts and write their results with the conditions they were taken under."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which parts; all when none is named")
    parser.add_argument("--quick", action="store_true", help="short rounds, to see that the bench itself works")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long `otlp` loads each collector")
    parser.add_argument("--no-peers", action="store_true", help="leave the other collectors out of `otlp`")
    parser.add_argument("--spans", type=int, default=1_000_000, help="how many spans `scale` asks its questions of")
    parser.add_argument("--rounds", type=int, default=20, help="how often `scale` asks each of them")
    parser.add_argument("--folder", type=Path, help="where `scale` keeps what it filled; nowhere unless it is given")
    options = parser.parse_args()
    parts = options.parts or list(PARTS)
    results: dict[str, Any] = {"conditions": conditions(quick=options.quick)}
    if "gateway" in parts:
        seconds, rounds = (1.0, 1) if options.quick else (3.0, 3)
        results["gateway"] = gateway.measure(seconds=seconds, rounds=rounds, say=say)
    if "ingest" in parts:
        results["ingest"] = ingest.measure(seconds=2.0 if options.quick else 10.0)
        say(f"ingest: {results['ingest']}")
    if "otlp" in parts:
        seconds = 4.0 if options.quick else options.seconds
        results["otlp"] = otlp.measure(seconds=seconds, peers=not options.no_peers, say=say)
    if "trace" in parts:
        spans, starts, rounds = (5_000, 1, 2) if options.quick else (50_000, 5, 10)
        results["trace"] = large_trace.measure(spans=spans, starts=starts, rounds=rounds, say=say)
        say(f"trace: {results['trace']}")
    if "scale" in parts:
        spans, rounds = (50_000, 2) if options.quick else (options.spans, options.rounds)
        results["scale"] = scale.measure(spans=spans, rounds=rounds, folder=options.folder, say=say)
        say(f"scale: {results['scale']}")
    if "footprint" in parts:
        results["footprint"] = footprint.measure(starts=1 if options.quick else 3)
        say(f"footprint: {results['footprint']}")
    if options.quick:
        print(json.dumps(results, indent=2))
        return
    RESULTS.mkdir(exist_ok=True)
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    kept = RESULTS / f"{day}.json"
    if kept.exists():
        results = json.loads(kept.read_text()) | results
    kept.write_text(json.dumps(results, indent=2) + "\n")
    (RESULTS / "latest.md").write_text(report(results))
    say("written to bench/results")


def conditions(*, quick: bool) -> dict[str, Any]:
    """Return what a reader must know to judge the figures."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "memory_gib": round(memory_gib, 1),
        "cpu": cpu_model(),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "versions": {name: version(name) for name in ("trimtab", "granian", "pyreqwest", "chdb", "fastapi")},
        "note": "client, fake upstream, gateway, server and peer share the cores; loopback; medians over rounds",
        "load_average_at_start": round(os.getloadavg()[0], 2),
        "quick": quick,
    }


def cpu_model() -> str:
    """Return the processor's name."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def report(results: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    lines = ["# Latest results", "", "Made by `make bench`; conditions:", ""]
    lines += [f"- {name}: {value}" for name, value in results["conditions"].items()]
    if "gateway" in results:
        lines += ["", "## Gateway", "", "Key check, ledger, spool and shipping on; LiteLLM without a database.", ""]
        lines += ["| case | target | calls/s | p50 ms | p99 ms | added p50 | added p99 | first byte p50 | errors |"]
        lines += ["|---|---|---|---|---|---|---|---|---|"]
        for row in results["gateway"]:
            for name in ("direct", "trimtab", "litellm"):
                if name in row:
                    lines.append(gateway_line(row["case"], name, row[name]))
    if "ingest" in results:
        lines += ["", "## From spool to queryable", ""]
        lines += [f"- {name.replace('_', ' ')}: {value}" for name, value in results["ingest"].items()]
    if "otlp" in results:
        lines += otlp.report(results["otlp"])
    if "trace" in results:
        lines += large_trace.report(results["trace"])
    if "scale" in results:
        lines += scale.report(results["scale"])
    if "footprint" in results:
        figures = dict(results["footprint"])
        processes = figures.pop("processes")
        lines += ["", "## Start and idle memory (PSS)", ""]
        lines += [f"- {name.replace('_', ' ')}: {value}" for name, value in figures.items()]
        lines += ["", "| process | PSS MB |", "|---|---|"]
        lines += [f"| `{each['process']}` | {each['pss_mb']} |" for each in processes]
    return "\n".join(lines) + "\n"


def gateway_line(case: str, name: str, figure: dict[str, Any]) -> str:
    """Return one row of the gateway's table."""
    keys = ("calls_per_s", "p50_ms", "p99_ms", "added_p50_ms", "added_p99_ms", "first_p50_ms", "errors")
    return f"| {case} | {name} | " + " | ".join(str(figure.get(key, "")) for key in keys) + " |"


def say(text: str) -> None:
    """Tell whoever waits how far it is."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
