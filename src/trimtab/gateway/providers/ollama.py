"""Ollama, on the machine itself unless its address says otherwise."""

from typing import Final

from trimtab.gateway.providers.kind import ProviderKind

OLLAMA: Final = ProviderKind(
    kind="ollama",
    title="Ollama",
    base_url="http://127.0.0.1:11434/v1",
    needs_secret=False,
    docs_note="Models on your own machine. It needs no secret unless a proxy in front of it does.",
)
