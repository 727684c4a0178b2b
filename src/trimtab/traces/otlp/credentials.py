"""Where clients put their key and their project: every product of the field has its own header, and all are read."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from trimtab.base.errors import NotAuthenticated
from trimtab.identity.access import Principal, Right
from trimtab.identity.tokens import KEY_PREFIX
from trimtab.traces.sender import Sender

_KEY_HEADERS: Final = ("x-api-key", "api_key", "api-key", "wandb-api-key")
_PROJECT_HEADERS: Final = (
    "x-project-name",  # Phoenix
    "projectname",  # Opik
    "langsmith-project",
    "x-bt-parent",  # Braintrust: `project_id:…`, `project_name:…`
    "x-mlflow-experiment-id",
    "project_id",  # Weave: `entity/project`
)
_KIND_OF_NAME: Final = re.compile(r"project_(id|name):")


class Caller(msgspec.Struct, frozen=True):
    """What the headers of a request say: the key, and the project to send to if one is named."""

    key: str
    project: str = ""


def caller_of(headers: Mapping[str, str]) -> Caller:
    """Return who is calling, from headers with lower-case names.

    Raises:
        NotAuthenticated: there is no key.
    """
    named = next((found for name in _PROJECT_HEADERS if (found := headers.get(name, "").strip())), "")
    return Caller(key_of(headers), _KIND_OF_NAME.sub("", named, count=1).rpartition("/")[2])


def key_of(headers: Mapping[str, str]) -> str:
    """Return the API key among headers with lower-case names, in whichever form it is sent.

    Raises:
        NotAuthenticated: there is none.
    """
    authorization = headers.get("authorization", "")
    scheme, _, rest = authorization.partition(" ")
    candidates = [authorization]
    if scheme.lower() == "bearer":
        candidates = [rest]
    elif scheme.lower() == "basic":
        # The secret, then the public part: Langfuse has the key in the one, others in the other.
        candidates = [*reversed(_basic(rest))]
    candidates += [headers.get(name, "") for name in _KEY_HEADERS]
    for candidate in candidates:
        if candidate.strip().startswith(KEY_PREFIX):
            return candidate.strip()
    raise NotAuthenticated(
        "this needs an API key of Trimtab, found none",
        hint="Set OTEL_EXPORTER_OTLP_HEADERS to `authorization=Bearer tt_…`; Basic and x-api-key are taken as well.",
    )


def sender_of(principal: Principal, caller: Caller) -> Sender:
    """Return on whose behalf a key sends: its project, and what else it may name.

    Raises:
        Forbidden: the key may not send: that takes the scope `call`, which every application's key has.
    """
    principal.require(Right.CALL)
    return Sender(
        project_id=principal.project_id or "",
        key_id=principal.id,
        environment=principal.environment,
        named_project=caller.project,
        routes_in=principal.organisation_id if principal.routes_projects else "",
    )


def _basic(encoded: str) -> tuple[str, ...]:
    try:
        return tuple(base64.b64decode(encoded).decode().split(":", 1))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ()
