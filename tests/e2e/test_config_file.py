"""Providers in `trimtab.toml` are connected at the start, with keys from the environment, and only once."""

from collections.abc import Callable

from tests.e2e.conftest import FREE_PORTS
from tests.e2e.installation import Installation, eventually


def write(installation: Installation, fake: str, *, model: str = "one") -> None:
    """Put a file with two providers beside the data folder."""
    (installation.data.parent / "trimtab.toml").write_text(
        f"""
        [providers]
        groq = "env:GROQ_KEY_OF_THE_TEST"

        [providers.house]
        kind = "openai_compatible"
        base_url = "{fake}"
        models = ["{model}"]
        """
    )


def test_a_line_in_the_file_is_all_that_a_provider_needs(install: Callable[..., Installation], fake: str) -> None:
    one = install("--bare", *FREE_PORTS, environment={"GROQ_KEY_OF_THE_TEST": "gsk_0123456789abcdef"})
    write(one, fake)
    one.start()
    groq, house = one.get("/providers")["items"]
    assert (groq["name"], groq["kind"], groq["has_secret"], groq["secret_hint"]) == ("groq", "groq", True, "cdef")
    assert (house["kind"], house["base_url"], house["models"]) == ("openai_compatible", fake, ["one"])

    def call() -> str | None:
        answer = one.openai().chat.completions.create(model="house/one", messages=[{"role": "user", "content": "Hi"}])
        return answer.choices[0].message.content

    assert eventually(call, "an answer") == "This is a fake answer."
    assert "gsk_0123456789abcdef" not in one.text()


def test_a_second_start_writes_nothing_and_a_changed_line_is_taken_over(
    install: Callable[..., Installation], fake: str
) -> None:
    one = install("--bare", *FREE_PORTS, environment={"GROQ_KEY_OF_THE_TEST": "gsk_0123456789abcdef"})
    write(one, fake)
    one.start()
    entries = changes(one)
    assert one.stop() == 0
    one.start()
    assert changes(one) == entries
    assert one.stop() == 0
    write(one, fake, model="two")
    one.start()
    assert changes(one) == entries + 1
    assert one.get("/providers")["items"][1]["models"] == ["two"]


def test_a_line_that_cannot_be_used_does_not_keep_the_rest_from_starting(install: Callable[..., Installation]) -> None:
    one = install("--bare", *FREE_PORTS)
    (one.data.parent / "trimtab.toml").write_text('[providers.mine]\nkind = "no_such_kind"\n')
    one.start()
    assert "the provider 'mine' of the configuration file is left out: there is no kind of provider" in one.text()
    assert one.get("/providers")["items"] == []


def changes(installation: Installation) -> int:
    """Return how many entries of the audit log speak of providers."""
    entries = installation.get("/audit", limit=200)["items"]
    return sum(entry["action"].startswith("provider.") for entry in entries)
