import tomllib

import pytest

from trimtab.server import config_file
from trimtab.server.config_file import ProviderLine


def parse(text: str, environment: dict[str, str] | None = None) -> tuple[tuple[ProviderLine, ...], list[str]]:
    problems: list[str] = []
    lines = config_file.parse(tomllib.loads(text).get("providers", {}), environment or {}, problems)
    return lines, problems


def test_one_line_connects_a_provider_with_a_key_from_the_environment() -> None:
    lines, problems = parse('[providers]\nopenai = "env:OPENAI_API_KEY"', {"OPENAI_API_KEY": "sk-1"})
    assert problems == []
    assert lines == (ProviderLine(name="openai", kind="openai", secret="sk-1"),)


def test_the_long_form_says_everything() -> None:
    text = """
    [providers.work]
    kind = "azure_openai"
    base_url = "https://example.openai.azure.com/openai/v1"
    secret = "k"
    keep_alive = false
    models = ["gpt-5"]
    headers = {x-team = "a"}
    """
    (line,), problems = parse(text)
    assert problems == []
    assert (line.name, line.kind, line.base_url) == (
        "work",
        "azure_openai",
        "https://example.openai.azure.com/openai/v1",
    )
    assert (line.secret, line.keep_alive, line.models, dict(line.headers)) == ("k", False, ("gpt-5",), {"x-team": "a"})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("providers = 3", "`providers` must be a table of lines"),
        ("[providers]\nopenai = 3", "providers.openai: expected a key in quotes, or a table, found int"),
        (
            '[providers]\nopenai = "env:MISSING"',
            "providers.openai: the variable 'MISSING' that holds its key is not set",
        ),
        ("[providers.openai]\nsecert = 'x'", "providers.openai: there is no field 'secert'; known: kind"),
        ("[providers.openai]\nbase_url = 3", "providers.openai: base_url must be text, found int"),
        ("[providers.openai]\nmodels = 'gpt'", "providers.openai: models must be a list"),
        ("[providers.openai]\nkeep_alive = 1", "providers.openai: keep_alive must be true or false"),
        ("[providers.openai]\nheaders = {a = 1}", "providers.openai: headers must be a table of texts"),
    ],
)
def test_what_cannot_be_used_is_one_line(text: str, problem: str) -> None:
    lines, problems = parse(text)
    assert lines == ()
    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_a_secret_is_never_shown() -> None:
    (line,), _ = parse('[providers]\nopenai = "sk-secret"')
    assert "sk-secret" not in repr(line)
