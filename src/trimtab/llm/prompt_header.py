"""How a call says which release its messages were rendered from, when the application rendered them itself.

    x-trimtab-prompt: support/answer@production; version=3; release=rel_01k…; arm=main

The SDK writes it and the gateway reads it into the record, so that such a call is counted under its prompt like one
that the gateway rendered. It is a statement of whoever holds the key, as the feature and the user are.
"""

import re
from typing import Final

from trimtab.llm.call import PromptRef

NAME: Final = "x-trimtab-prompt"

_FORM = re.compile(
    r"(?P<name>[A-Za-z0-9._/-]{1,255})@(?P<environment>[a-z0-9-]{1,40}); version=(?P<version>[1-9][0-9]{0,8}); "
    r"release=(?P<release>[A-Za-z0-9_]{1,40}); arm=(?P<arm>[A-Za-z0-9_-]{1,40})",
    re.ASCII,
)


def write(prompt: PromptRef) -> str:
    """Return the header's value for a release."""
    return (
        f"{prompt.name}@{prompt.environment}; version={prompt.version}; release={prompt.release_id}; arm={prompt.arm}"
    )


def read(value: str | None) -> PromptRef | None:
    """Return the release that a header's value names, None when there is none or it cannot be read."""
    found = _FORM.fullmatch(value) if value else None
    if found is None:
        return None
    return PromptRef(
        name=found["name"],
        version=int(found["version"]),
        release_id=found["release"],
        environment=found["environment"],
        arm=found["arm"],
    )
