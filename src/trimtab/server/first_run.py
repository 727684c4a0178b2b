"""What the first start leaves for people and tools: a file with addresses and a key, and the block that greets.

The server writes `cli.json` in the data folder, readable by its owner alone. The first admin's password stands in it
only until it has been shown once. Standard library only: the supervisor reads it too.
"""

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path

from trimtab import __version__

_FILE = "cli.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """How to reach this installation and its first project. Empty texts are not known."""

    server_url: str
    gateway_url: str
    project_id: str
    project: str
    email: str
    api_key: str = dataclasses.field(default="", repr=False)
    """For applications: calls and reads."""
    command_key: str = dataclasses.field(default="", repr=False)
    """For the `trimtab` command: everything in the project."""
    password: str = dataclasses.field(default="", repr=False)
    """The first admin's, until it was shown."""


def path(folder: Path) -> Path:
    """Return where the file lies in a data folder."""
    return folder / _FILE


def read(folder: Path) -> Handover | None:
    """Return what the file says, or None when there is none or it cannot be understood."""
    try:
        content = json.loads(path(folder).read_text(encoding="utf-8"))
        # A file of an earlier version lacks what was added since; that is then not known.
        known = {field.name for field in dataclasses.fields(Handover)} & content.keys()
        return Handover(**{name: str(content[name]) for name in known})
    except (OSError, ValueError, AttributeError, TypeError):
        return None


def write(folder: Path, handover: Handover) -> None:
    """Replace the file in one step; nobody but its owner can ever read it."""
    part = folder / f".{_FILE}.{os.getpid()}"
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(dataclasses.asdict(handover), file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path(folder))


def update(folder: Path, handover: Handover) -> None:
    """Write the file anew; a key or password that `handover` does not know is kept from the one that is there."""
    before = read(folder)
    if before is not None:
        handover = dataclasses.replace(
            handover,
            api_key=handover.api_key or before.api_key,
            command_key=handover.command_key or before.command_key,
            password=handover.password or before.password,
        )
    if handover != before:
        write(folder, handover)


def forget_password(folder: Path, handover: Handover) -> None:
    """Take the password out of the file, now that it has been shown."""
    write(folder, dataclasses.replace(handover, password=""))


def greeting(handover: Handover, *, data_folder: Path, command: str, local_model: str, prompt: str) -> str:
    """Return the block that says where to go.

    Args:
        handover: what the server left in the file; the password is shown if it stands there.
        data_folder: as the user knows it.
        command: what the user types for `trimtab`.
        local_model: one line on its state; empty when there is none.
        prompt: a released prompt to try; empty when there is none.
    """
    password = handover.password or f"as before (forgotten? {command} admin reset-password --data {data_folder})"
    if handover.password:
        password += "   (shown only this once; change it after signing in)"
    rows = [
        ("Console", handover.server_url),
        ("Sign in", handover.email),
        ("Password", password),
        ("Gateway", f"{handover.gateway_url}/v1"),
        ("API key", f"in {path(data_folder)}"),
        ("Local model", local_model),
    ]
    lines = ["", f"  Trimtab {__version__} is running", ""]
    lines += [f"    {name:<12} {text}" for name, text in rows if text]
    if handover.api_key:
        lines += ["", "  Try it (any OpenAI SDK works the same way):", "", *_snippet(handover, prompt)]
    lines += ["", "  Ctrl-C stops everything.", ""]
    return "\n".join(lines) + "\n"


def _snippet(handover: Handover, prompt: str) -> list[str]:
    if prompt:
        body = (
            f'"model": "prompt:{prompt}", "messages": [],\n'
            '           "metadata": {"product": "Trimtab", "question": "How do I roll back a release?"}'
        )
    else:
        body = '"model": "openai/gpt-5-mini", "messages": [{"role": "user", "content": "Hello"}]'
    return [
        f"    curl {handover.gateway_url}/v1/chat/completions \\",
        f"      -H 'Authorization: Bearer {handover.api_key}' -H 'Content-Type: application/json' \\",
        f"      -d '{{{body}}}'",
    ]
