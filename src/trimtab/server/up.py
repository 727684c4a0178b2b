"""All of Trimtab as one command: checks, then the server, the gateway and the local model under one supervisor.

Run as `python -m trimtab.server.up`, which is what `trimtab up` becomes. This process loads neither a web framework nor
a database: it looks at ports and folders, starts the programs, and says where to go once they are ready.
"""

import argparse
import dataclasses
import os
import shutil
import sys
import time
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trimtab import __version__
from trimtab.base.errors import BadSetting
from trimtab.server import first_run, local_model, local_model_server, preflight, samples, settings
from trimtab.server.preflight import Exit, Refused, RunLock
from trimtab.server.process_log import ProcessLog
from trimtab.server.supervisor import Failed, Program, Supervisor

_CONFIG = "trimtab.toml"
_MODEL_STOP_S = 5.0
_SERVER_NICENESS = 10
_BAD_SETTING = 2
"""The exit status with which server and gateway say that starting them again would not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is about to run, with ports that are known to be free."""

    settings: settings.Settings
    config: Path | None
    model_port: int | None
    """None without the local model."""
    open_browser: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Run Trimtab until it is stopped, and return the exit status."""
    started_at = time.monotonic()
    try:
        preflight.check_python()
        options = _parser().parse_args(arguments)
        loaded, config = _settings(options)
        preflight.check_data_folder(loaded.data_dir)
        lock = RunLock(loaded.data_dir)
        lock.take(when_waiting=lambda: _say("the previous run is still ending; waiting for it"))
        plan = _plan(loaded, config, open_browser=options.open)
        lock.describe({"console": plan.settings.effective_public_url, "gateway": plan.settings.effective_gateway_url})
    except Refused as refusal:
        _say(str(refusal))
        return refusal.status
    except BadSetting as problem:
        _say(problem.message)
        return Exit.BAD_SETTING
    return _run(plan, lock, started_at)


def _say(text: str) -> None:
    sys.stderr.write("".join(f"trimtab: {line}\n" for line in text.splitlines()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="trimtab up",
        description="Start console, server, gateway and local model with embedded stores in a data folder.",
        epilog="Exit status: "
        + "; ".join(f"{status.value} {status.name.lower().replace('_', ' ')}" for status in Exit),
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of the stores, keys and logs (default: data)")
    parser.add_argument("--bare", action="store_const", const=True, help="no local model and no sample project")
    parser.add_argument("--host", help="address that server and gateway listen on (default: 127.0.0.1)")
    parser.add_argument("--port", metavar="N", help="port of the console and the API (default: 4100; 0: a free one)")
    parser.add_argument("--gateway-port", metavar="N", help="port of the gateway (default: 4000; 0: a free one)")
    parser.add_argument("--workers", metavar="N", help="worker processes of the gateway (default: 1)")
    parser.add_argument("--open", action="store_true", help="open the console in a browser when it is ready")
    return parser


def _settings(options: argparse.Namespace) -> tuple[settings.Settings, Path | None]:
    overrides = {
        "data_dir": options.data,
        "bare": options.bare,
        "host": options.host,
        "gateway_host": options.host,
        "server_port": options.port,
        "gateway_port": options.gateway_port,
        "gateway_workers": options.workers,
    }
    loaded = settings.load(os.environ, overrides=overrides)
    beside_data = loaded.data_dir / _CONFIG
    if "TRIMTAB_CONFIG" in os.environ or Path(_CONFIG).is_file() or not beside_data.is_file():
        return loaded, None
    return settings.load(os.environ, overrides=overrides, file=beside_data), beside_data


def _plan(loaded: settings.Settings, config: Path | None, *, open_browser: bool) -> Plan:
    server_port = preflight.claim_port(loaded.host, loaded.server_port, what="the server", option="--port")
    gateway_port = preflight.claim_port(
        loaded.gateway_host, loaded.gateway_port, what="the gateway", option="--gateway-port"
    )
    _check_telemetry_ports(loaded, server_port)
    model_port = (
        None if loaded.bare or not local_model.is_runtime_installed() else _model_port(server_port + 1, gateway_port)
    )
    chosen = dataclasses.replace(
        loaded,
        data_dir=loaded.data_dir.resolve(),
        server_port=server_port,
        gateway_port=gateway_port,
        local_model_url="" if model_port is None else f"http://127.0.0.1:{model_port}/v1",
    )
    return Plan(settings=chosen, config=config, model_port=model_port, open_browser=open_browser)


def _check_telemetry_ports(loaded: settings.Settings, server_port: int) -> None:
    """Say which of the standard ports for telemetry are taken; one that was asked for must be free."""
    doors = (
        ("otlp_http_port", loaded.otlp_http_port, f"telemetry over HTTP comes to port {server_port} alone"),
        ("otlp_grpc_port", loaded.otlp_grpc_port, "no telemetry is taken over gRPC"),
    )
    for name, port, consequence in doors:
        if port in (0, server_port):
            continue
        variable = settings.PREFIX + name.upper()
        try:
            preflight.claim_port(loaded.host, port, what="telemetry", option=variable)
        except Refused:
            if name in loaded.given:
                raise
            _say(f"port {port} is in use: {consequence}. Another port: {variable}")


def _model_port(wanted: int, gateway_port: int) -> int:
    """Return the wanted port, so that the provider's address stays the same from run to run, or else a free one.

    The gateway does not listen yet, so its port looks free and has to be left out by name.
    """
    if wanted == gateway_port:
        wanted = 0
    try:
        return preflight.claim_port("127.0.0.1", wanted, what="the local model", option="")
    except (Refused, OverflowError):
        return preflight.claim_port("127.0.0.1", 0, what="the local model", option="")


def _environment(plan: Plan) -> dict[str, str]:
    """Return the variables for the programs: what was chosen here, beside what they find for themselves as we did."""
    chosen = plan.settings
    mine = {
        "data_dir": str(chosen.data_dir),
        "bare": str(chosen.bare).lower(),
        "host": chosen.host,
        "server_port": str(chosen.server_port),
        "gateway_host": chosen.gateway_host,
        "gateway_port": str(chosen.gateway_port),
        "gateway_workers": str(chosen.gateway_workers),
        "local_model_url": chosen.local_model_url,
    }
    if plan.config is not None:
        mine["config"] = str(plan.config.resolve())
    return {**os.environ, **{settings.PREFIX + name.upper(): value for name, value in mine.items()}}


def _programs(plan: Plan) -> list[Program]:
    """Return what to run, in the order in which it is stopped."""
    chosen = plan.settings
    environment = _environment(plan)
    python = [sys.executable, "-m"]
    drain_s = chosen.shutdown_timeout_s + 2.0
    programs = [
        Program(
            name="gateway",
            command=[*python, "trimtab.server.gateway"],
            environment=environment,
            gives_up_with=_BAD_SETTING,
            health_url=f"{chosen.effective_gateway_url}/health/ready",
            stop_within_s=drain_s,
        ),
        Program(
            name="server",
            command=[*python, "trimtab.server.main"],
            environment=environment,
            gives_up_with=_BAD_SETTING,
            health_url=f"{chosen.effective_server_url}/health/ready",
            stop_within_s=drain_s,
            # Calls come first: under full load the server stores records later rather than take the gateway's time.
            niceness=_SERVER_NICENESS,
        ),
    ]
    if plan.model_port is not None:
        programs += _programs_of_the_model(plan, plan.model_port, environment)
    return programs


def _programs_of_the_model(plan: Plan, port: int, environment: Mapping[str, str]) -> list[Program]:
    folder = plan.settings.data_dir
    python = [sys.executable, "-m"]
    model = Program(
        name="model",
        command=[*python, "trimtab.server.local_model_server", "--models", str(folder / "models"), "--port", str(port)],
        environment=environment,
        health_url=f"http://127.0.0.1:{port}/health",
        needs=frozenset({"gateway", "server"}),  # it takes a whole core while it loads, which would slow them down
        is_required=False,
        gives_up_with=local_model_server.CANNOT_SERVE,
        stop_within_s=_MODEL_STOP_S,
    )
    if samples.are_done(folder):
        return [model]
    calls = Program(
        name="samples",
        command=[*python, "trimtab.server.samples", str(folder)],
        environment=environment,
        needs=frozenset({"gateway", "server", "model"}),
        is_required=False,
        stop_within_s=1.0,
    )
    return [calls, model]


def _run(plan: Plan, lock: RunLock, started_at: float) -> int:
    programs = _programs(plan)
    log = ProcessLog(plan.settings.data_dir / "logs", names=tuple(program.name for program in programs))
    log.say(f"starting Trimtab {__version__} on {plan.settings.data_dir}")
    try:
        Supervisor(programs, log, pass_fds=(lock.fd,)).run(when_ready=lambda: _welcome(plan, log, started_at))
    except Failed as failure:
        log.say(str(failure))
        return Exit.DOES_NOT_START
    else:
        log.say("stopped")
        return Exit.STOPPED
    finally:
        log.close()


def _welcome(plan: Plan, log: ProcessLog, started_at: float) -> None:
    log.say(f"ready in {time.monotonic() - started_at:.1f} s")
    chosen = plan.settings
    handover = first_run.read(chosen.data_dir)
    if handover is None:
        log.say(f"console {chosen.effective_public_url}, gateway {chosen.effective_gateway_url}/v1")
    else:
        prompt = "" if plan.model_port is None else samples.PROMPT
        state = "" if plan.model_port is None else f"{local_model.PROVIDER}/{local_model.MODEL}, starting beside it"
        block = first_run.greeting(
            handover,
            data_folder=_as_seen_from_here(chosen.data_dir),
            command=_command(),
            local_model=state,
            prompt=prompt,
        )
        log.show(block)
        if handover.password:
            first_run.forget_password(chosen.data_dir, handover)
    if plan.open_browser:
        webbrowser.open(chosen.effective_public_url)


def _command() -> str:
    """Return what somebody in this folder types to run the `trimtab` of this environment."""
    mine = Path(sys.executable).with_name("trimtab")
    found = shutil.which("trimtab")
    is_found = found is not None and mine.exists() and Path(found).samefile(mine)
    return "trimtab" if is_found else str(_as_seen_from_here(mine))


def _as_seen_from_here(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    sys.exit(main())
