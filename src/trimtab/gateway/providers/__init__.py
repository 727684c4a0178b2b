"""The kinds of providers, one file for each. A new kind is a new file and one line here."""

from collections.abc import Mapping
from typing import Final

from trimtab.base.errors import InvalidInput
from trimtab.gateway.providers.anthropic import ANTHROPIC
from trimtab.gateway.providers.azure_openai import AZURE_OPENAI
from trimtab.gateway.providers.bedrock import BEDROCK
from trimtab.gateway.providers.gemini import GEMINI
from trimtab.gateway.providers.groq import GROQ
from trimtab.gateway.providers.kind import ProviderKind
from trimtab.gateway.providers.local import LOCAL
from trimtab.gateway.providers.mistral import MISTRAL
from trimtab.gateway.providers.ollama import OLLAMA
from trimtab.gateway.providers.openai import OPENAI
from trimtab.gateway.providers.openai_compatible import OPENAI_COMPATIBLE
from trimtab.gateway.providers.openrouter import OPENROUTER
from trimtab.gateway.providers.vllm import VLLM

_ALL: Final = (
    OPENAI,
    ANTHROPIC,
    GEMINI,
    AZURE_OPENAI,
    BEDROCK,
    MISTRAL,
    GROQ,
    OPENROUTER,
    OLLAMA,
    VLLM,
    LOCAL,
    OPENAI_COMPATIBLE,
)

KINDS: Final[Mapping[str, ProviderKind]] = {kind.kind: kind for kind in _ALL}
"""Every kind by its name, in the order in which people are shown them."""


def kind_of(name: str) -> ProviderKind:
    """Return a kind by its name.

    Raises:
        InvalidInput: there is none.
    """
    if name not in KINDS:
        raise InvalidInput(f"there is no kind of provider {name[:60]!r}; known: {', '.join(KINDS)}")
    return KINDS[name]
