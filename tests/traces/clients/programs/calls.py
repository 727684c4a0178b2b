"""One call to each provider, as an application makes it."""

import anthropic
import openai

_QUESTION = "Where is Oslo?"


def ask_openai(url: str) -> None:
    """Ask a model of OpenAI."""
    client = openai.OpenAI(base_url=f"{url}/v1", api_key="none")
    client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": _QUESTION}])


def ask_openai_in_vain(url: str) -> None:
    """Ask a model of OpenAI whose provider is out of order; the client tries three times in all."""
    try:
        ask_openai(f"{url}/broken")
    except openai.InternalServerError:
        return
    raise AssertionError("the provider was to answer 500")


def ask_anthropic(url: str) -> None:
    """Ask a model of Anthropic."""
    client = anthropic.Anthropic(base_url=url, api_key="none")
    client.messages.create(model="claude-sonnet-4-5", max_tokens=50, messages=[{"role": "user", "content": _QUESTION}])
