"""The command line against a real server: what people type, what scripts read, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run, run_command
from tests.conftest import Running

Json = dict[str, Any]


def content(tmp_path: Path, text: str) -> str:
    path = tmp_path / "prompt.json"
    document = {"messages": [{"role": "user", "template": text}], "variables": [{"name": "question"}]}
    path.write_text(json.dumps(document))
    return str(path)


def test_a_prompt_goes_from_a_file_to_production_and_back(run: Run, tmp_path: Path) -> None:
    assert run("providers", "add", "ollama", "--no-secret", "--model", "small").code == 0
    file = content(tmp_path, "One {{ question }}")
    assert run("prompts", "create", "support/answer", "--file", file, "-m", "first").out == (
        "Created support/answer with version 1.\n"
    )
    content(tmp_path, "Two {{ question }}")
    pushed = run("prompts", "push-version", "support/answer", "--file", file, "--base", "1", "-m", "second")
    assert pushed.out == "support/answer is at version 2.\n"
    again = run("prompts", "push-version", "support/answer", "--file", file)
    assert again.out == "support/answer is at version 2; nothing has changed.\n"

    assert "needed" in run("prompts", "release", "support/answer", "1").err
    release = ("prompts", "release", "support/answer")
    released = run(*release, "1", "--model", "ollama/small", "--set", "temperature=0.2", "--set", "stop=END")
    assert released.out == "support/answer version 1 is live in production with ollama/small.\n"
    second = run(*release, "--set", "temperature=0.5", "--note", "better", "--json").json
    assert (second["version"], second["model"]) == (2, "ollama/small")
    assert second["parameters"] == {"temperature": 0.5, "stop": "END"}

    rendered = run("prompts", "render", "support/answer", "--environment", "production", "-v", "question=Why = how?")
    assert rendered.out == "[user]\nTwo Why = how?\n"
    assert run("prompts", "rollback", "support/answer", "--note", "worse").out == (
        "support/answer version 1 is live in production again, with ollama/small.\n"
    )
    history = run("prompts", "history", "support/answer")
    assert [line.split()[3:5] for line in history.out.splitlines()[1:4]] == [
        ["v1", "*"],
        ["v2", "release"],
        ["v1", "release"],
    ]
    assert run("prompts", "list").out.splitlines()[1].split()[:5] == ["support/answer", "chat", "2", "production", "v1"]


def test_what_show_prints_can_be_pushed_again(run: Run, tmp_path: Path) -> None:
    file = content(tmp_path, "{{ question }}")
    run("prompts", "create", "p", "--file", file)
    shown = run("prompts", "show", "p", "--json").json
    (tmp_path / "again.json").write_text(json.dumps(shown))
    assert run("prompts", "push-version", "p", "--file", str(tmp_path / "again.json"), "--json").json["number"] == 1
    text = run("prompts", "show", "p").out
    assert "p version 1" in text
    assert "question: string" in text


def test_a_prompt_is_described_anew(run: Run, tmp_path: Path) -> None:
    run("prompts", "create", "p", "--file", content(tmp_path, "{{ question }}"))
    assert run("prompts", "describe", "p", "Answers customers").out == "p is described as 'Answers customers'.\n"
    assert "Answers customers" in run("prompts", "list").out
    assert run("prompts", "describe", "p", "", "--json").json["description"] == ""
    assert "no prompt" in run("prompts", "describe", "q", "x").err


def test_two_versions_are_compared(run: Run, tmp_path: Path) -> None:
    file = content(tmp_path, "same\nold {{ question }}")
    run("prompts", "create", "p", "--file", file)
    content(tmp_path, "same\nnew {{ question }}")
    run("prompts", "push-version", "p", "--file", file)
    assert run("prompts", "diff", "p").out == (
        "p: version 1 to 2\n\n[user] changed\n  same\n- old {{ question }}\n+ new {{ question }}\n"
    )
    assert run("prompts", "diff", "p", "2", "1", "--json").json["from"] == 2


def test_a_price_is_set_explained_and_ended(run: Run) -> None:
    tokens = ("--provider-kind", "openai", "--tokens", "input_uncached=300", "--tokens", "output_text=100")
    assert run("prices", "explain", "house-llm", *tokens).code == 1
    assert run("prices", "list").out.startswith("No prices of your own")
    rates = ("--rate", "input_uncached=1", "--rate", "output_text=2", "--above", "input_uncached:200=3")
    made = run("prices", "set", "house-llm", *rates, "--graduated", "--fee", "0.01", "--json").json
    assert made["rates"]["input_uncached"]["tiers"] == [{"above": 200, "usd_per_million": "3"}]
    # 200 x $1/M + 100 x $3/M + 100 x $2/M + $0.01
    said = run("prices", "explain", "house-llm", *tokens)
    assert said.code == 0
    assert said.out.splitlines()[-2].endswith("+ 1 request x $0.01 = $0.0107")
    assert said.out.splitlines()[-1] == f"price: own/{made['id']}"
    assert run("prices", "list").out.splitlines()[1].split()[:3] == [made["id"], "any", "house-llm"]
    assert run("prices", "end", made["id"]).code == 0
    assert run("prices", "explain", "house-llm", *tokens).code == 1
    assert run("prices", "set", "house-llm", "--rate", "input_uncached").code == 2


def test_a_key_is_made_used_and_revoked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run("keys", "create", "ci", "--scope", "read", "--environment", "staging", "--json").json
    assert (made["key"]["scopes"], made["key"]["environment"]) == (["read"], "staging")
    assert "ci" in run("keys", "list").out
    assert run("keys", "revoke", made["key"]["id"]).code == 0
    states = {key["name"]: key["revoked_at"] for key in run("keys", "list", "--json").json}
    assert states["ci"] is not None
    monkeypatch.setenv("TRIMTAB_API_KEY", made["secret"])
    assert run("keys", "list").code == 4


def test_only_the_key_itself_goes_to_standard_output(run: Run) -> None:
    done = run("keys", "create", "app")
    assert done.out.startswith("tt_")
    assert len(done.out.split()) == 1


def test_a_providers_secret_comes_from_a_file_and_is_never_shown(run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("sk-test-0123456789abcdef\n")
    added = run("providers", "add", "work", "--kind", "openai", "--secret-file", str(secret), "--json")
    assert (added.json["secret_hint"], "sk-test" in added.out) == ("cdef", False)
    listed = run("providers", "list")
    assert "…cdef" in listed.out
    assert run("providers", "remove", "work").code == 0
    assert run("providers", "remove", "work").code == 5


def test_a_check_that_fails_ends_with_one(run: Run) -> None:
    run("providers", "add", "gone", "--kind", "openai_compatible", "--base-url", "http://127.0.0.1:9", "--no-secret")
    done = run("providers", "check", "gone")
    assert (done.code, done.out.startswith("not ok: http://127.0.0.1:9 cannot be reached")) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("prompts", "show", "nothing"), 5, "there is no prompt 'nothing'"),
        (("prompts", "render", "p", "-v", "question"), 3, "expected NAME=VALUE, found 'question'"),
        (("prompts", "render", "p"), 3, "no value for the required variable question"),
        (("prompts", "release", "p", "9", "--model", "x/y"), 5, "no version 9"),
        (("prompts", "rollback", "p"), 5, "is not released"),
        (("keys", "list", "--url", "http://127.0.0.1:9"), 7, "cannot be reached"),
        (("keys", "list", "--url", "nonsense"), 2, "http or https URL"),
        (("prompts", "nonsense"), 2, "No such command"),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_how_it_ends_tells_scripts_why(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    run("prompts", "create", "p", "--file", content(tmp_path, "{{ question }}"))
    done = run(*arguments)
    assert (done.code, says in done.err) == (code, True), done.err


def test_a_conflict_ends_with_six_and_an_error_can_be_read_as_json(run: Run, tmp_path: Path) -> None:
    create = ("prompts", "create", "p", "--file", content(tmp_path, "{{ question }}"), "--json")
    assert run(*create).code == 0
    done = run(*create)
    assert done.code == 6
    assert json.loads(done.err)["error"]["code"] == "conflict"


@pytest.mark.parametrize("text", ["{", "[]", '{"messages": 1}'])
def test_a_file_that_is_no_prompt_is_refused(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.json"
    file.write_text(text)
    done = run("prompts", "create", "p", "--file", str(file))
    assert (done.code, "broken.json" in done.err) == (3, True)


def test_without_anything_set_the_data_folder_says_where_to_go(
    running: Running, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for variable in ("TRIMTAB_URL", "TRIMTAB_API_KEY", "TRIMTAB_PROJECT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TRIMTAB_DATA_DIR", str(tmp_path))
    done = run_command(capsys, "keys", "list")
    assert (done.code, "there is no API key" in done.err) == (2, True)
    left = {"server_url": url, "command_key": running.ours.key, "project_id": running.ours.project.id}
    (tmp_path / "cli.json").write_text(json.dumps(left))
    assert run_command(capsys, "keys", "list").code == 0
    monkeypatch.delenv("TRIMTAB_DATA_DIR")
    assert run_command(capsys, "keys", "list", "--data", str(tmp_path)).code == 0


def test_the_key_in_the_data_folder_is_not_sent_to_another_server(
    running: Running, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("TRIMTAB_API_KEY", raising=False)
    monkeypatch.setenv("TRIMTAB_DATA_DIR", str(tmp_path))
    left = {"server_url": "http://127.0.0.1:9", "command_key": running.ours.key, "project_id": running.ours.project.id}
    (tmp_path / "cli.json").write_text(json.dumps(left))
    done = run_command(capsys, "keys", "list", "--url", url)
    assert (done.code, "there is no API key" in done.err) == (2, True)


def test_help_loads_no_command_and_nothing_of_the_server() -> None:
    code = (
        "import sys; from trimtab.cli.main import trimtab; trimtab(['--help'], standalone_mode=False); "
        "print('LOADED', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    shown, _, loaded = done.stdout.partition("LOADED")
    assert "Write, compare, render and release prompts." in shown
    for module in ("trimtab.cli.prompts", "trimtab.cli.up", "trimtab.server", "fastapi", "sqlalchemy", "http.client"):
        assert module not in loaded.split()
