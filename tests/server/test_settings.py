"""One typed table of settings; bad values are reported together; the documentation is made from it."""

import ast
from pathlib import Path

import pytest

import trimtab
from trimtab.base.errors import BadSetting
from trimtab.server import settings
from trimtab.server.settings import Settings

_ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _no_file_of_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "some.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_given_gives_the_defaults() -> None:
    assert settings.load({}) == Settings()
    assert Settings().server_port == 4100
    assert Settings().gateway_port == 4000


def test_an_override_wins_over_the_environment_and_it_over_the_file(tmp_path: Path) -> None:
    path = _file(tmp_path, '[settings]\nhost = "a"\ngateway_host = "b"\nlog_level = "error"\n')
    loaded = settings.load(
        {"TRIMTAB_GATEWAY_HOST": "c", "TRIMTAB_LOG_LEVEL": "debug"}, overrides={"log_level": "warning"}, file=path
    )
    assert (loaded.host, loaded.gateway_host, loaded.log_level) == ("a", "c", "warning")


def test_an_override_of_none_was_not_given() -> None:
    assert settings.load({"TRIMTAB_HOST": "a"}, overrides={"host": None}).host == "a"


def test_the_file_of_the_working_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "trimtab.toml").write_text("[settings]\nserver_port = 5000\n", encoding="utf-8")
    assert settings.load({}).server_port == 5000


def test_another_file_may_be_named_in_the_environment(tmp_path: Path) -> None:
    path = _file(tmp_path, "[settings]\nbare = true\n")
    assert settings.load({"TRIMTAB_CONFIG": str(path)}).bare


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("TRIMTAB_SERVER_PORT", "0", "server_port", 0),
        ("TRIMTAB_IDLE_TIMEOUT_S", "2.5", "idle_timeout_s", 2.5),
        ("TRIMTAB_BARE", "Yes", "bare", True),
        ("TRIMTAB_CAPTURE_CONTENT", "off", "capture_content", False),
        ("TRIMTAB_DATA_DIR", "/somewhere", "data_dir", Path("/somewhere")),
        ("TRIMTAB_HOST", " ::1 ", "host", "::1"),
    ],
)
def test_text_becomes_the_type_of_the_setting(variable: str, text: str, name: str, value: object) -> None:
    assert getattr(settings.load({variable: text}), name) == value


def test_all_bad_values_are_reported_together() -> None:
    environment = {
        "TRIMTAB_SERVER_PORT": "x",
        "TRIMTAB_GATEWAY_PORT": "65536",
        "TRIMTAB_LOG_LEVEL": "loud",
        "TRIMTAB_IDLE_TIMEOUT_S": "nan",
        "TRIMTAB_BARE": "maybe",
        "TRIMTAB_SERVER_URL": "localhost:4100",
        "TRIMTAB_SEVER_PORT": "4100",
    }
    with pytest.raises(BadSetting) as caught:
        settings.load(environment)
    lines = caught.value.message.splitlines()
    assert len(lines) == len(environment)
    for variable, found in environment.items():
        assert any(variable in line for line in lines), variable
        assert variable == "TRIMTAB_SEVER_PORT" or any(repr(found) in line for line in lines)


def test_a_secret_that_cannot_be_used_is_not_shown() -> None:
    with pytest.raises(BadSetting) as caught:
        settings.load({"TRIMTAB_META_URL": "mysql://root:hunter2@db/x"})
    assert "hunter2" not in caught.value.message
    assert "TRIMTAB_META_URL" in caught.value.message


def test_secrets_are_not_shown_by_the_object_itself() -> None:
    loaded = settings.load({"TRIMTAB_META_URL": "postgresql://root:hunter2@db/x", "TRIMTAB_ADMIN_PASSWORD": "hunter3"})
    assert "hunter" not in repr(loaded)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[settings", "not valid TOML"),
        ("settings = 1", "must be a table"),
        ("[settings]\ncolour = 1", "no setting 'colour'"),
        ("[colours]\nred = 1", "no table 'colours'"),
        ("[settings]\nhost = 1", "expected text, found 1"),
        ("[settings]\nserver_port = true", "expected a whole number, found True"),
        ("[settings]\nserver_port = 1.5", "expected a whole number, found 1.5"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        settings.load({}, file=_file(tmp_path, text))


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="cannot be read"):
        settings.load({"TRIMTAB_CONFIG": str(tmp_path / "none.toml")})


def test_both_planes_cannot_have_one_port() -> None:
    with pytest.raises(BadSetting, match="must differ, found 4100 for both"):
        settings.load({"TRIMTAB_GATEWAY_PORT": "4100"})
    assert settings.load({"TRIMTAB_GATEWAY_PORT": "0", "TRIMTAB_SERVER_PORT": "0"}).gateway_port == 0


def test_a_child_process_loads_the_same_settings_whatever_its_file_says(tmp_path: Path) -> None:
    chosen = settings.load(
        {"TRIMTAB_BARE": "1", "TRIMTAB_META_URL": "postgresql://u:p@h/n", "TRIMTAB_CONNECT_TIMEOUT_S": "0.1"}
    )
    path = _file(tmp_path, '[settings]\nhost = "elsewhere"\n')
    assert settings.load(settings.to_environment(chosen), file=path) == chosen


def test_replaced_values_are_checked_too() -> None:
    assert settings.replace(Settings(), {"server_port": 1}).server_port == 1
    with pytest.raises(BadSetting, match="must differ"):
        settings.replace(Settings(), {"server_port": 4000})
    with pytest.raises(BadSetting, match="expected a whole number from 0 to 65535, found -1"):
        settings.replace(Settings(), {"server_port": -1})


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:4100"), ("0.0.0.0", "http://127.0.0.1:4100"), ("::1", "http://[::1]:4100")],  # noqa: S104 - not listened on
)
def test_the_server_is_found_where_it_listens(host: str, url: str) -> None:
    assert settings.load({"TRIMTAB_HOST": host}).effective_server_url == url


def test_a_postgres_url_gets_our_driver() -> None:
    loaded = settings.load({"TRIMTAB_META_URL": "postgresql://u:p@h/n"})
    assert loaded.effective_meta_url == "postgresql+psycopg://u:p@h/n"


def test_the_page_of_settings_is_current() -> None:
    page = (_ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == settings.markdown(), "make it anew: python -m trimtab.server.settings > docs/settings.md"


def test_every_setting_is_explained_and_named_after_its_unit() -> None:
    for row in settings.table():
        assert row.help.endswith((".", "`.")), row.name
        suffix = {"s": "_s", "ms": "_ms", "bytes": "_bytes", "MiB": "_mb", "days": "_days"}.get(row.unit, "")
        assert row.name.endswith(suffix), row.name


def test_no_other_file_reads_the_environment() -> None:
    """Processes hand `os.environ` to `settings.load` or on to a child; nobody looks into it."""
    package = Path(trimtab.__path__[0])
    readers = []
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            looks_into = (
                isinstance(node, ast.Attribute | ast.Subscript)
                and isinstance(node.value, ast.Attribute)
                and node.value.attr == "environ"
            )
            if looks_into or (isinstance(node, ast.Attribute) and node.attr in {"getenv", "putenv"}):
                readers.append(f"{path.relative_to(package)}:{node.lineno}")
    assert readers == []
