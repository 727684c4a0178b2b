"""Prints the API document (OpenAPI) without opening a store: `python -m trimtab.server.api_document`.

The console's types are made from it.
"""

import json
import sys

from trimtab.server.app import create_app
from trimtab.server.settings import Settings


def document() -> str:
    """Return the document as JSON, the same text for the same routes."""
    return json.dumps(create_app(Settings()).openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
