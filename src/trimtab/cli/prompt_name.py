"""Finds a prompt by its name, as people know it."""

import difflib
from typing import Any

from trimtab.base.errors import NotFound
from trimtab.cli.connection import Api


def prompt_named(api: Api, name: str) -> dict[str, Any]:
    """Return the prompt of exactly this name.

    Raises:
        NotFound: there is none; the hint names near ones.
    """
    for prompt in api.items("/prompts", q=name):
        if prompt["name"] == name:
            return prompt
    known = [str(prompt["name"]) for prompt in api.items("/prompts")]
    near = difflib.get_close_matches(name, known, n=3)
    hint = f"Did you mean {' or '.join(near)}?" if near else "`trimtab prompts list` shows what there is."
    raise NotFound(f"there is no prompt {name!r}", hint=hint)
