"""Every error that Trimtab raises on purpose, as one tree.

    TrimtabError
    ├── InvalidInput          400  the caller sent something that cannot be accepted
    │   ├── InvalidTemplate   400  a prompt template or its variables do not hold together
    │   └── InvalidQuery      400  a filter cannot be read; knows from where to where
    ├── NotAuthenticated      401  no credentials, or credentials that are not known
    ├── Forbidden             403  known, but without the right to do this
    ├── NotFound              404  no such thing, or not yours to see
    ├── Conflict              409  the thing exists already, or has moved on since it was read
    ├── TooLarge              413  more than the stated limit
    ├── TooManyRequests       429  slow down; `retry_after_s` says for how long
    ├── Unavailable           503  a part that is needed does not answer; try again
    └── BadSetting            -    a setting that cannot be used; stops the start

A message says what was found, what was expected and what to do; it never holds a secret.
"""

from typing import ClassVar


class TrimtabError(Exception):
    """The root of the tree: a stable `code`, an HTTP `status`, a message and a hint."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        """Keep the message and the hint; a `code` given here is more exact than that of the class."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exact_code = code or self.code


class InvalidInput(TrimtabError):  # noqa: N818 - the tree names what is wrong, not that it is an error
    """The caller sent something that cannot be accepted; nothing was changed."""

    code = "invalid_input"
    status = 400


class InvalidTemplate(InvalidInput):
    """A prompt template, its declared variables or the values for them do not hold together."""

    code = "invalid_template"


class InvalidQuery(InvalidInput):
    """A filter's text cannot be read; `start` and `end` are the characters at fault, counted from 0."""

    code = "invalid_query"

    def __init__(self, message: str, *, start: int, end: int, hint: str = "") -> None:
        """Keep the place of the fault, and the `reason` without it."""
        super().__init__(f"at character {start + 1}: {message}", hint=hint)
        self.reason = message
        self.start = start
        self.end = end


class NotAuthenticated(TrimtabError):  # noqa: N818
    """There were no credentials, or none that are known here."""

    code = "not_authenticated"
    status = 401


class Forbidden(TrimtabError):  # noqa: N818
    """The caller is known but lacks the right for this."""

    code = "forbidden"
    status = 403


class NotFound(TrimtabError):  # noqa: N818
    """There is no such thing, or it belongs to somebody else."""

    code = "not_found"
    status = 404


class Conflict(TrimtabError):  # noqa: N818
    """The thing exists already, or has changed since the caller read it."""

    code = "conflict"
    status = 409


class TooLarge(TrimtabError):  # noqa: N818
    """The request is larger than the stated limit."""

    code = "too_large"
    status = 413


class TooManyRequests(TrimtabError):  # noqa: N818
    """The caller must slow down; `retry_after_s` says for how long."""

    code = "too_many_requests"
    status = 429

    def __init__(self, message: str, *, retry_after_s: int, hint: str = "") -> None:
        """Keep how long the caller should wait, in seconds."""
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class Unavailable(TrimtabError):  # noqa: N818
    """A part that this needs does not answer at present."""

    code = "unavailable"
    status = 503


class BadSetting(TrimtabError):  # noqa: N818
    """A setting cannot be used; the process does not start."""

    code = "bad_setting"
