"""Trimtab: one open platform for the whole life of an LLM application.

`import trimtab` is what an application does; it loads the SDK only and nothing of the server.
"""

from trimtab.base.errors import TrimtabError
from trimtab.sdk.client import Client, prompt
from trimtab.sdk.prompt import Prompt, Rendered

__version__ = "0.1.0"

__all__ = ["Client", "Prompt", "Rendered", "TrimtabError", "__version__", "prompt"]
