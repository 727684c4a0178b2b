"""Something real to look at from the first minute: a prompt with two versions, and calls that a real model answered.

The prompt is plain data here; the server puts it in place. The calls are made by this module as a program, once, after
everything is up: `python -m trimtab.server.samples FOLDER`. They go through the gateway like anybody's, with a header
that marks them as samples.
"""

import argparse
import http.client
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from trimtab.server import first_run, local_model
from trimtab.server.first_run import Handover

PROMPT = "support/answer"
DESCRIPTION = "Answers a customer's question about a product in a sentence or two. A sample: change it as you like."
MODEL = f"{local_model.PROVIDER}/{local_model.MODEL}"
PARAMETERS: Mapping[str, int | float] = {"temperature": 0.0, "max_tokens": 80, "frequency_penalty": 0.4, "seed": 7}
OVERRIDABLE = ("temperature", "max_tokens")
PRODUCT = "Trimtab"
QUESTION = "How do I roll back a release?"

_DONE = "samples.done"
_TIMEOUT_S = 60.0
_TRIES = 3
_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A version of the sample prompt: messages as (role, template), and why it was written."""

    messages: tuple[tuple[str, str], ...]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A variable of the sample prompt. A default is JSON text; None means that a value must be given."""

    name: str
    type: str
    description: str
    default: str | None = None


INPUTS = (
    Input(name="product", type="string", description="What the question is about"),
    Input(name="question", type="string", description="What the customer wants to know"),
    Input(name="max_sentences", type="integer", description="Longest answer, in sentences", default="2"),
)

_QUESTION = ("user", "{{ question }}")

DRAFTS = (
    Draft(
        messages=(
            (
                "system",
                "You are the support assistant of {{ product }}. Answer in at most {{ max_sentences }} sentences.",
            ),
            _QUESTION,
        ),
        message="First try",
    ),
    Draft(
        messages=(
            (
                "system",
                (
                    "You are the friendly support assistant of {{ product }}. "
                    "Answer in at most {{ max_sentences }} short sentences. Use only these facts:\n"
                    "A release puts one version of a prompt into an environment. To roll back, open the prompt, choose "
                    "Releases, and press Roll back: the release before it serves again within a second.\n"
                    "Every call through the gateway is a trace. A trace shows the messages, the latency, the tokens "
                    "and the cost.\n"
                    "A key is made under API keys. It is shown once.\n"
                    "A provider is added under Providers with its API key."
                ),
            ),
            ("user", "Where do I make an API key?"),
            ("assistant", "Open API keys and create one there. Copy it at once, because it is shown only once."),
            _QUESTION,
        ),
        message="Give it the facts and an example, so that it stops making things up",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """One call to make, and the status that it is meant to end with."""

    body: Mapping[str, object]
    user: str
    session: str
    feature: str = "help-centre"
    expected: int = 200


def _asked(question: str, *, user: str, session: str, stream: bool = False) -> _Sample:
    metadata = {"product": PRODUCT, "question": question}
    body = {"model": f"prompt:{PROMPT}", "messages": [], "metadata": metadata, "stream": stream}
    return _Sample(body=body, user=user, session=session)


_CALLS = (
    _asked(QUESTION, user="ada", session="s-1"),
    _asked("What is a trace?", user="ada", session="s-1", stream=True),
    _asked("Where do I see what a call has cost?", user="grace", session="s-2"),
    _asked("Can I see the messages of a call?", user="grace", session="s-2", stream=True),
    _Sample(
        body={
            "model": MODEL,
            "messages": [{"role": "user", "content": "Write one cheerful sentence about small rudders."}],
            "max_tokens": 40,
            "temperature": 0.0,
            "stream": True,
        },
        feature="playground",
        user="linus",
        session="s-3",
    ),
    # A call that the gateway refuses, so that an error can be looked at too: the question is missing.
    _Sample(
        body={"model": f"prompt:{PROMPT}", "messages": [], "metadata": {"product": PRODUCT}},
        user="linus",
        session="s-3",
        expected=400,
    ),
    _asked("What is a release?", user="linus", session="s-3"),
)


def are_done(folder: Path) -> bool:
    """Say whether the sample calls of a data folder were made, now or at an earlier start."""
    return (folder / _DONE).exists()


def main(arguments: list[str] | None = None) -> int:
    """Make the sample calls once for a data folder; return 0 when they are made, now or earlier."""
    parser = argparse.ArgumentParser(prog="python -m trimtab.server.samples")
    parser.add_argument("folder", type=Path, help="the data folder")
    folder = parser.parse_args(arguments).folder
    if are_done(folder):
        return 0
    handover = first_run.read(folder)
    if handover is None or not handover.api_key:
        _say(f"no key in {first_run.path(folder)}, so no sample calls are made")
        return 0
    for sample in _CALLS:
        if not _made(handover, sample):
            return 1
    (folder / _DONE).write_text(
        "The sample calls were made. Remove this file to have them made again at the next start.\n"
    )
    _say(f"made {len(_CALLS)} sample calls; see them under Traces")
    return 0


def _made(handover: Handover, sample: _Sample) -> bool:
    """Make a call, again if need be while the prompt is not in force yet; say why if it cannot be made."""
    problem = ""
    for _ in range(_TRIES):
        try:
            status, answer = _post(handover, sample)
        except (OSError, http.client.HTTPException) as error:
            problem = f"{type(error).__name__}: {error}"
        else:
            if status == sample.expected:
                return True
            problem = f"status {status}: {answer[:300].decode('utf-8', 'replace')}"
        time.sleep(_PAUSE_S)
    _say(f"a sample call failed, the rest comes at the next start: {problem}")
    return False


def _post(handover: Handover, sample: _Sample) -> tuple[int, bytes]:
    where = urlsplit(handover.gateway_url)
    connect = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    connection = connect(where.hostname or "127.0.0.1", where.port, timeout=_TIMEOUT_S)
    headers = {
        "Authorization": f"Bearer {handover.api_key}",
        "Content-Type": "application/json",
        "X-Trimtab-Sample": "1",
        "X-Trimtab-Feature": sample.feature,
        "X-Trimtab-User": sample.user,
        "X-Trimtab-Session": sample.session,
    }
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(sample.body).encode(), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a child process speaks to its supervisor on standard output


if __name__ == "__main__":
    sys.exit(main())
