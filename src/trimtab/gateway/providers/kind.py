"""What Trimtab knows of a kind of provider: where it is, how it wants its secret, how it departs from OpenAI."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderKind:
    """One kind of provider, all of which answer OpenAI's chat completions at `<base_url>/chat/completions`."""

    kind: str
    title: str
    base_url: str
    """Where it is unless somebody says otherwise; a pattern with braces when it differs for each account."""
    docs_note: str
    """What a person who connects it should know, in a sentence or two."""
    secret_hint: str = ""
    """Where the secret comes from and how it looks."""
    needs_base_url: bool = False
    needs_secret: bool = True
    auth_header: str = "authorization"
    auth_prefix: str = "Bearer "
    keep_alive: bool = True
    """False for servers that drop the connection although they said that they would keep it."""
    stream_usage: bool = True
    """Whether it takes `stream_options.include_usage`; false for those that refuse what they do not know."""
    models_header: str = ""
    """The header in which the list of models wants the secret, where it differs from that of calls."""
    models_headers: Mapping[str, str] = field(default_factory=dict)
    """What the list of models wants besides."""
    probe_path: str = ""
    """A path that answers 200 only to a good secret, for those whose list of models is open to everybody."""
    model_prefix: str = ""
    """What the ids in the list of models begin with, and calls do without."""
