"""One typed table of settings for the server, the gateway and the supervisor.

The fields of `Settings` are the table: name, type, default, help, unit and bounds stand once, and the documentation,
`--help` and validation are made from them; `python -m trimtab.server.settings` prints docs/settings.md.

A value comes from an explicit override, then from the environment (`TRIMTAB_` and the name in capitals), then from
`[settings]` in `trimtab.toml`, then from the default. No other file reads the environment. All values that cannot be
used are reported together.
"""

import dataclasses
import sys
import tomllib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trimtab.base.errors import BadSetting
from trimtab.server import config_file
from trimtab.server.config_file import ProviderLine

PREFIX = "TRIMTAB_"

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Rule:
    """What the table says of a setting beside its name, type and default."""

    help: str
    group: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    is_secret: bool = False


def _set(default: Any, group: str, help_text: str, **rule: Any) -> Any:  # noqa: ANN401 - a field of any type
    is_secret = bool(rule.get("is_secret"))
    return field(default=default, repr=not is_secret, metadata={"rule": _Rule(help=help_text, group=group, **rule)})


def _port(default: int, group: str, help_text: str) -> Any:  # noqa: ANN401 - a field of any type
    return _set(default, group, help_text, minimum=0, maximum=65535)


_WEB = ("http", "https")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. Make one with `load`; an empty text means "not set" where the help says so."""

    # Both planes
    data_dir: Path = _set(  # noqa: RUF009 - a field
        Path("data"), "both", "Folder of the embedded stores, the master key and the spool."
    )
    log_level: str = _set(
        "info", "both", "How much the processes log.", choices=("debug", "info", "warning", "error", "critical")
    )
    master_key: str = _set(
        "",
        "both",
        "Key that protects provider secrets, 32 bytes in hex or base64. Empty: `master.key` in the data folder, "
        "made at the first start.",
        is_secret=True,
    )
    shutdown_timeout_s: float = _set(
        10.0, "both", "How long running requests may take to finish at a stop.", unit="s", minimum=0, maximum=600
    )

    # Server
    host: str = _set("127.0.0.1", "server", "Address that the server listens on.")
    server_port: int = _port(4100, "server", "Port of the console, the API and the collector; 0 takes a free one.")
    public_url: str = _set("", "server", "Where browsers reach the console. Empty: from host and port.", schemes=_WEB)
    meta_url: str = _set(
        "",
        "server",
        "Transactional store. Empty: SQLite in the data folder; otherwise `postgresql://user:password@host/name`.",
        schemes=("sqlite", "postgresql", "postgresql+psycopg"),
        is_secret=True,
    )
    warehouse_url: str = _set(
        "",
        "server",
        "Store of spans and the ledger. Empty: embedded in the data folder; otherwise ClickHouse at "
        "`http://user:password@host:8123/database`.",
        schemes=_WEB,
        is_secret=True,
    )
    blobs_url: str = _set(
        "",
        "server",
        "Store of media and large payloads. Empty: a folder in the data folder; otherwise `s3://bucket/prefix`, "
        "which needs the extra `trimtab[s3]`.",
        schemes=("s3",),
    )
    blobs_endpoint: str = _set("", "server", "Address of an S3-compatible store. Empty: that of AWS.", schemes=_WEB)
    blobs_access_key: str = _set(
        "", "server", "Access key of the blob store. Empty: AWS's own ways to find one.", is_secret=True
    )
    blobs_secret_key: str = _set("", "server", "Secret key of the blob store.", is_secret=True)
    media_max_bytes: int = _set(
        32 * _MIB, "server", "Largest image, audio or file that is kept with a trace.", unit="bytes", minimum=1024
    )
    content_max_bytes: int = _set(
        256 * 1024,
        "server",
        "Content of one span, input or output, beyond which it is kept apart and fetched on demand.",
        unit="bytes",
        minimum=4096,
    )
    warehouse_query_memory_mb: int = _set(
        1024, "server", "Memory that one query of the warehouse may take.", unit="MiB", minimum=64, maximum=1_000_000
    )
    warehouse_query_timeout_s: float = _set(
        20.0, "server", "Time that one query of the warehouse may take.", unit="s", minimum=1, maximum=600
    )
    server_max_body_bytes: int = _set(
        64 * _MIB, "server", "Largest body that the server accepts.", unit="bytes", minimum=1024
    )
    otlp_max_body_bytes: int = _set(
        64 * _MIB,
        "server",
        "Largest body of telemetry that the server accepts, once it is decompressed.",
        unit="bytes",
        minimum=1024,
    )
    otlp_grpc_port: int = _port(
        4317,
        "server",
        "Port for telemetry over gRPC; 0 takes a free one. In use: the server starts without it, unless it was set.",
    )
    otlp_http_port: int = _port(
        4318,
        "server",
        "Second port of the server, where OpenTelemetry's exporters send over HTTP by default; 0: none. In use: the "
        "server starts without it, unless it was set.",
    )
    text_index: str = _set(
        "background",
        "server",
        "The index for text search, which takes about as much disk as the texts: made in the background while few "
        "spans come, or off. Search finds the same either way.",
        choices=("background", "off"),
    )
    ingest_policy: str = _set(
        "genai",
        "server",
        "Which spans of applications are kept in projects that have no ingest policy of their own: those of model "
        "calls and what lies above them, or all. The rest is put aside for three days.",
        choices=("genai", "all"),
    )
    redaction_callback: str = _set(
        "",
        "server",
        "A function `package.module:function` that is called with each text and the place it stands in, and returns "
        "the text to store, in projects that ask for it. Empty: none.",
    )
    redaction_timeout_ms: int = _set(
        1000,
        "server",
        "Time that the callback, or Presidio, may take for one text.",
        unit="ms",
        minimum=1,
        maximum=60_000,
    )
    trusted_proxies: str = _set(
        "",
        "server",
        "Addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, separated by commas.",
    )
    session_days: int = _set(
        14, "server", "How long a sign-in lasts after it was last used.", unit="days", minimum=1, maximum=365
    )

    # Gateway
    gateway_host: str = _set("127.0.0.1", "gateway", "Address that the gateway listens on.")
    gateway_port: int = _port(4000, "gateway", "Port that applications call instead of the provider.")
    gateway_workers: int = _set(1, "gateway", "Worker processes of the gateway.", minimum=1, maximum=256)
    gateway_url: str = _set(
        "", "gateway", "Where applications reach the gateway. Empty: from its host and port.", schemes=_WEB
    )
    server_url: str = _set(
        "", "gateway", "Where the gateway finds the server. Empty: from the server's host and port.", schemes=_WEB
    )
    max_body_bytes: int = _set(
        32 * _MIB, "gateway", "Largest call that the gateway accepts.", unit="bytes", minimum=1024
    )
    connect_timeout_s: float = _set(
        5.0, "gateway", "Time to connect to a provider.", unit="s", minimum=0.05, maximum=600
    )
    first_token_timeout_s: float = _set(
        120.0, "gateway", "Time until a provider sends the first byte of its answer.", unit="s", minimum=0.05
    )
    idle_timeout_s: float = _set(
        60.0, "gateway", "Longest silence within an answer that has begun.", unit="s", minimum=0.05
    )
    total_timeout_s: float = _set(600.0, "gateway", "Time for a whole call.", unit="s", minimum=0.05)
    capture_content: bool = _set(
        True, "gateway", "Whether messages are recorded; if not, only sizes, tokens, times and costs are."
    )
    spool_max_bytes: int = _set(
        1024 * _MIB,
        "gateway",
        "Disk that records of calls may take while the server cannot be reached, for each worker.",
        unit="bytes",
        minimum=_MIB,
    )
    spool_segment_bytes: int = _set(
        16 * _MIB, "gateway", "Size at which a file of the spool is closed.", unit="bytes", minimum=64 * 1024
    )
    ship_batch: int = _set(500, "gateway", "Most records in one delivery.", minimum=1, maximum=5000)
    ship_interval_ms: int = _set(
        200, "gateway", "Longest time that a record waits for its delivery.", unit="ms", minimum=1, maximum=60_000
    )
    snapshot_wait_s: float = _set(
        20.0, "gateway", "How long the gateway waits for news of the server in one request.", unit="s", minimum=0
    )

    # First run
    bare: bool = _set(False, "first run", "Start without the local model, the sample project and its calls.")
    admin_email: str = _set("admin@trimtab.local", "first run", "E-mail address of the first admin.")
    admin_password: str = _set(
        "", "first run", "Password of the first admin. Empty: a random one, printed once.", is_secret=True
    )
    organisation_name: str = _set("My organisation", "first run", "Name of the first organisation.")
    project_slug: str = _set("default", "first run", "Short name of the first project.")

    local_model_url: str = _set(
        "", "first run", "Where the local model answers; `trimtab up` starts it and says so here.", schemes=_WEB
    )

    # Not a setting of its own: the `[providers]` table of the file.
    providers: tuple[ProviderLine, ...] = field(default=(), repr=False)
    """The providers of the configuration file, applied to the first project at every start."""

    # Not a setting either.
    given: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    """The names of the settings that somebody has set, to whatever value."""

    @property
    def effective_meta_url(self) -> str:
        """The URL of the meta store in SQLAlchemy's form."""
        if not self.meta_url:
            return f"sqlite:///{self.data_dir / 'meta.db'}"
        return self.meta_url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def warehouse_dir(self) -> Path:
        """The folder of the embedded warehouse."""
        return self.data_dir / "warehouse"

    @property
    def spool_dir(self) -> Path:
        """The folder under which each worker of the gateway keeps its spool."""
        return self.data_dir / "spool"

    @property
    def effective_server_url(self) -> str:
        """Where the gateway finds the server, without a slash at the end."""
        return self.server_url.rstrip("/") or f"http://{_reachable(self.host)}:{self.server_port}"

    @property
    def effective_public_url(self) -> str:
        """Where browsers find the console, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://{_reachable(self.host)}:{self.server_port}"

    @property
    def effective_gateway_url(self) -> str:
        """Where applications find the gateway, without a slash at the end."""
        return self.gateway_url.rstrip("/") or f"http://{_reachable(self.gateway_host)}:{self.gateway_port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table, for documentation and `--help`."""

    name: str
    variable: str
    type: str
    default: str
    help: str
    unit: str
    group: str
    limits: str


def table() -> Iterator[Setting]:
    """Yield every setting in the order in which the documentation shows them."""
    hints = typing.get_type_hints(Settings)
    for entry in dataclasses.fields(Settings):
        rule = entry.metadata.get("rule")
        if rule is None:
            continue
        yield Setting(
            name=entry.name,
            variable=PREFIX + entry.name.upper(),
            type=_type_name(hints[entry.name]),
            default=_shown(entry.default),
            help=rule.help,
            unit=rule.unit,
            group=rule.group,
            limits=_limits(rule),
        )


def load(
    environment: Mapping[str, str],
    *,
    overrides: Mapping[str, object] | None = None,
    file: Path | None = None,
) -> Settings:
    """Return the settings; overrides win over the environment, it wins over the file.

    Args:
        environment: the process's variables; those without the prefix are ignored.
        overrides: by field name; a value may be text or already of the field's type. None means "not given".
        file: the configuration file; None reads `TRIMTAB_CONFIG`, or `trimtab.toml` here if there is one.

    Raises:
        BadSetting: with one line for each value that cannot be used.
    """
    problems: list[str] = []
    from_file, providers = _read_file(environment, file, problems)
    given = _collect(environment, overrides or {}, from_file, problems)
    values = _parse_all(given, problems)
    settings = Settings(**values, providers=providers, given=frozenset(values))
    problems.extend(_check_together(settings))
    if problems:
        raise BadSetting("\n".join(problems), hint="docs/settings.md lists every setting with its type and its limits.")
    return settings


def replace(settings: Settings, values: Mapping[str, object]) -> Settings:
    """Return the settings with other values for some fields.

    Raises:
        BadSetting: with one line for each value that cannot be used.
    """
    problems: list[str] = []
    changed = _parse_all({name: (name, value) for name, value in values.items()}, problems)
    replaced = dataclasses.replace(settings, **changed)
    problems.extend(_check_together(replaced))
    if problems:
        raise BadSetting("\n".join(problems))
    return replaced


def to_environment(settings: Settings) -> dict[str, str]:
    """Return the variables from which a child process loads the same settings, whatever its file says."""
    return {row.variable: _shown(getattr(settings, row.name)) for row in table()}


def markdown() -> str:
    """Return the table of all settings as the page docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "Made from the table in `trimtab.server.settings`; a test proves that this page is current.",
        "",
        (
            "A value comes from the command line, then the environment variable, then `[settings]` in `trimtab.toml` "
            "(another file: `TRIMTAB_CONFIG`), then the default."
        ),
    ]
    titles = {
        "both": "Both planes",
        "server": "Server",
        "gateway": "Gateway",
        "first run": "First run",
    }
    rows = list(table())
    for group, title in titles.items():
        lines += ["", f"## {title}", "", "| setting | environment | type | default | meaning |"]
        lines.append("|---|---|---|---|---|")
        for row in rows:
            if row.group == group:
                kind = ", ".join(part for part in (row.type, row.unit, row.limits) if part)
                default = f"`{row.default}`" if row.default else ""
                lines.append(f"| `{row.name}` | `{row.variable}` | {kind} | {default} | {row.help} |")
    lines += [
        "",
        "## Providers in the file",
        "",
        "One line under `[providers]` connects a provider to the first project at every start. The name is its kind,",
        "and `env:NAME` takes the key from the environment:",
        "",
        "```toml",
        "[providers]",
        'openai = "env:OPENAI_API_KEY"',
        "",
        "[providers.work]                 # the long form",
        'kind = "azure_openai"',
        'base_url = "https://example.openai.azure.com/openai/v1"',
        'secret = "env:AZURE_OPENAI_API_KEY"',
        'models = ["gpt-5"]',
        "```",
    ]
    return "\n".join(lines) + "\n"


def _reachable(host: str) -> str:
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not listened on
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _read_file(
    environment: Mapping[str, str], file: Path | None, problems: list[str]
) -> tuple[dict[str, object], tuple[ProviderLine, ...]]:
    named = file or (Path(text) if (text := environment.get(PREFIX + "CONFIG", "")) else None)
    path = named or Path("trimtab.toml")
    if named is None and not path.is_file():
        return {}, ()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"the configuration file {str(path)!r} cannot be read: {error.strerror or error}")
        return {}, ()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"the configuration file {str(path)!r} is not valid TOML: {error}")
        return {}, ()
    settings = content.get("settings", {})
    if not isinstance(settings, dict):
        problems.append(f"{path}: `settings` must be a table, found {type(settings).__name__}")
        settings = {}
    unusable: list[str] = []
    providers = config_file.parse(content.get("providers", {}), environment, unusable)
    problems.extend(f"{path}: {problem}" for problem in unusable)
    problems.extend(
        f"{path}: there is no table {name!r}; known: settings, providers"
        for name in content
        if name not in {"settings", "providers"}
    )
    return settings, providers


def _collect(
    environment: Mapping[str, str],
    overrides: Mapping[str, object],
    from_file: Mapping[str, object],
    problems: list[str],
) -> dict[str, tuple[str, object]]:
    """Return for each given setting where its value comes from and the value."""
    known = {row.name: row.variable for row in table()}
    problems.extend(
        f"trimtab.toml: there is no setting {name!r} (found {value!r})"
        for name, value in from_file.items()
        if name not in known
    )
    problems.extend(f"there is no setting {name!r}" for name in overrides if name not in known)
    variables = {*known.values(), PREFIX + "CONFIG", *_CLIENT_VARIABLES}
    problems.extend(
        f"there is no setting for the variable {name!r}"
        for name in environment
        if name.startswith(PREFIX) and name not in variables
    )
    given: dict[str, tuple[str, object]] = {}
    for name, variable in known.items():
        if overrides.get(name) is not None:
            given[name] = (name, overrides[name])
        elif variable in environment:
            given[name] = (variable, environment[variable])
        elif name in from_file:
            given[name] = (f"trimtab.toml: {name}", from_file[name])
    return given


# What an application's SDK reads; it may stand in the same environment as a server.
_CLIENT_VARIABLES = frozenset({"TRIMTAB_API_KEY", "TRIMTAB_URL", "TRIMTAB_PROJECT", "TRIMTAB_ENVIRONMENT"})


def _parse_all(given: Mapping[str, tuple[str, object]], problems: list[str]) -> dict[str, Any]:
    hints = typing.get_type_hints(Settings)
    values: dict[str, Any] = {}
    for entry in dataclasses.fields(Settings):
        if entry.name not in given:
            continue
        source, raw = given[entry.name]
        rule: _Rule = entry.metadata["rule"]
        try:
            values[entry.name] = _parse(raw, hints[entry.name], rule)
        except ValueError as error:
            found = "a secret" if rule.is_secret else repr(raw)
            problems.append(f"{source}: {error}, found {found}")
    return values


def _parse(raw: object, kind: type, rule: _Rule) -> object:
    if kind is bool:
        return _parse_bool(raw)
    if kind in {int, float}:
        return _parse_number(raw, kind, rule)
    if kind is Path:
        if not isinstance(raw, str | Path) or not str(raw):
            raise ValueError("expected a path")
        return Path(raw).expanduser()
    if not isinstance(raw, str):
        raise ValueError("expected text")  # noqa: TRY004 - one kind of refusal, collected by the caller
    text = raw.strip()
    if rule.choices and text not in rule.choices:
        raise ValueError(f"expected one of {', '.join(rule.choices)}")
    if rule.schemes and text and urlsplit(text).scheme not in rule.schemes:
        raise ValueError(f"expected a URL that starts with {' or '.join(f'{s}://' for s in rule.schemes)}")
    return text


def _parse_bool(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError("expected true or false")


def _parse_number(raw: object, kind: type, rule: _Rule) -> float:
    noun = "a whole number" if kind is int else "a number"
    if isinstance(raw, bool):
        raise ValueError(f"expected {noun}")  # noqa: TRY004 - one kind of refusal, collected by the caller
    try:
        number = int(str(raw)) if kind is int else float(str(raw))
    except ValueError:
        raise ValueError(f"expected {noun}") from None
    too_small = rule.minimum is not None and not number >= rule.minimum
    too_large = rule.maximum is not None and not number <= rule.maximum
    if too_small or too_large or number in {float("inf"), float("-inf")} or number != number:  # noqa: PLR0124 - NaN
        raise ValueError(f"expected {noun} {_limits(rule)}".rstrip())
    return number


def _check_together(settings: Settings) -> Iterator[str]:
    if settings.server_port == settings.gateway_port != 0:
        yield f"server_port and gateway_port must differ, found {settings.server_port} for both"


def _limits(rule: _Rule) -> str:
    if rule.choices:
        return "one of " + ", ".join(rule.choices)
    if rule.minimum is not None and rule.maximum is not None:
        return f"from {rule.minimum:g} to {rule.maximum:.10g}"
    if rule.minimum is not None:
        return f"at least {rule.minimum:.10g}"
    return ""


def _type_name(kind: type) -> str:
    return {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}[kind]


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return str(default)


if __name__ == "__main__":
    sys.stdout.write(markdown())
