"""Why a provider could not be reached, in words that say what to correct.

The client tells it as a chain of causes, from its own wording down to that of the system or of the TLS library; the
words are looked for in the whole chain, for the layers in between differ by what failed.
"""

from typing import Final

from pyreqwest.exceptions import DetailedPyreqwestError, PyreqwestError, RequestTimeoutError

_CONNECTING: Final = "(Connect)"
_CERTIFICATE: Final = "invalid peer certificate"
_MAX_CHARS: Final = 200

_WORDS: Final = (
    ("dns error", "its host name was not found; check the spelling and the name server"),
    ("connection refused", "its host refused the connection; nothing listens at that port"),
    ("network is unreachable", "there is no way to its network from here"),
    ("no route to host", "there is no way to its host from here"),
    ("received corrupt message", "it does not speak TLS at that port; should the URL begin with http://?"),
    ("received fatal alert", "it broke off the TLS handshake"),
    ("tls handshake", "it broke off the TLS handshake"),
    ("reset by peer", "it closed the connection at once"),
    ("broken pipe", "it closed the connection at once"),
)
"""What is looked for in the causes, in lower case, and what it means; the first that is found counts."""


def never_connected(error: PyreqwestError) -> bool:
    """Tell a connection that could not be made from one on which no answer came: one class has both."""
    return any(_CONNECTING in cause for cause in _causes(error))


def reason(error: PyreqwestError) -> str:
    """Return the reason as a clause that follows "cannot be reached: ".

    It holds nothing of the URL or the headers, so that no secret can be in it.
    """
    causes = _causes(error)
    if isinstance(error, RequestTimeoutError):
        return "no connection came about in time" if never_connected(error) else "no answer came in time"
    for cause in causes:
        _, found, flaw = cause.partition(_CERTIFICATE)
        if found:
            return f"its TLS certificate is not trusted ({flaw.strip(': ')[:_MAX_CHARS] or 'no more is known'})"
    chain = "\n".join(causes).lower()
    for mark, words in _WORDS:
        if mark in chain:
            return words
    # The first cause names the URL, which the caller names already, perhaps with less in it.
    return causes[-1][:_MAX_CHARS] if len(causes) > 1 else "the connection broke off"


def _causes(error: PyreqwestError) -> list[str]:
    if not isinstance(error, DetailedPyreqwestError):
        return []
    return [cause["message"] for cause in error.details["causes"] or []]
