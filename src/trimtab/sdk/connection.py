"""Where the server is and who is asking: from arguments, or from the environment, and nowhere else in the SDK."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from trimtab.base.errors import BadSetting

DEFAULT_URL: Final = "http://127.0.0.1:4100"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach the server. An empty project or environment means that of the key."""

    base_url: str
    api_key: str = field(repr=False)
    project_id: str = ""
    environment: str = ""


def connect(
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    project_id: str | None = None,
    environment: str | None = None,
    variables: Mapping[str, str] = os.environ,
) -> Connection:
    """Return the connection; what is not given comes from TRIMTAB_URL, _API_KEY, _PROJECT and _ENVIRONMENT.

    Raises:
        BadSetting: there is no key, or the URL cannot be used.
    """
    url = (base_url or variables.get("TRIMTAB_URL") or DEFAULT_URL).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadSetting(
            f"the server's address must be an http or https URL, found {url!r}",
            hint=f"Set TRIMTAB_URL, or pass base_url. Without either it is {DEFAULT_URL}.",
        )
    key = api_key or variables.get("TRIMTAB_API_KEY") or ""
    if not key:
        raise BadSetting(
            "there is no API key", hint="Set TRIMTAB_API_KEY, or pass api_key. Keys are made in the console."
        )
    return Connection(
        base_url=url,
        api_key=key,
        project_id=project_id or variables.get("TRIMTAB_PROJECT") or "",
        environment=environment or variables.get("TRIMTAB_ENVIRONMENT") or "",
    )


def given(variable: str, variables: Mapping[str, str] = os.environ) -> str:
    """Return what the environment says, an empty text when it says nothing; for the command line."""
    return variables.get(variable, "")
