"""Why the gateway says no, in the form in which OpenAI's clients expect to hear it."""

from typing import Final

from trimtab.base.errors import TrimtabError
from trimtab.llm.call import PromptRef

INVALID_REQUEST: Final = "invalid_request_error"
AUTHENTICATION: Final = "authentication_error"
PERMISSION: Final = "permission_error"
RATE_LIMIT: Final = "rate_limit_error"
UPSTREAM: Final = "upstream_error"
TIMEOUT: Final = "timeout_error"
UNAVAILABLE: Final = "unavailable_error"
INTERNAL: Final = "internal_error"


class Refusal(TrimtabError):  # noqa: N818 - says what happens, like the rest of the tree
    """A call that is answered with an error; nothing of it was sent upstream, or the upstream failed."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        type_: str = INVALID_REQUEST,
        param: str | None = None,
        hint: str = "",
    ) -> None:
        """Keep all that the answer says.

        Args:
            status: the HTTP status.
            code: the stable code; docs/guides/gateway.md lists them all.
            message: what was found, what was expected, what to do.
            type_: the class of errors in OpenAI's terms.
            param: the part of the body that is wrong, such as `messages[0].role`.
            hint: what else helps.
        """
        super().__init__(message, hint=hint, code=code)
        self.http_status = status
        self.type = type_
        self.param = param
        self.prompt: PromptRef | None = None
        """The released prompt that was called, where the call came so far: its errors are counted under it."""
