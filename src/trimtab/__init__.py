"""Trimtab: one open platform for the whole life of an LLM application.

`import trimtab` is what an application does; it loads the SDK only and nothing of the server.
"""

__version__ = "0.1.0"
