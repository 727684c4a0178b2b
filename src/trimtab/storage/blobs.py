"""Large payloads and media by key: a folder embedded, an S3-compatible store to scale, behind one port."""

import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from trimtab.base.errors import BadSetting, InvalidInput, NotFound, Unavailable

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,200}(/[A-Za-z0-9_-]{1,200}){0,7}")


class Blobs(Protocol):
    """Bytes under keys such as `project/media`. Safe to share between threads."""

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`, in place of what was there; when this returns it survives `kill -9`.

        Readers see the old bytes or the new ones, never a part.

        Raises:
            InvalidInput: the key has other characters than letters, digits, `_`, `-` and `/`.
            Unavailable: the store cannot take it now.
        """
        ...

    def get(self, key: str) -> bytes:
        """Return what is kept under `key`.

        Raises:
            NotFound: there is nothing.
            Unavailable: the store does not answer.
        """
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Forget what is kept under these keys; those that are not there are no error.

        Raises:
            Unavailable: the store does not answer; some may be gone.
        """
        ...


def open_blobs(url: str, folder: Path, *, endpoint: str = "", access_key: str = "", secret_key: str = "") -> Blobs:
    """Return the store at `url` (`s3://bucket/prefix`), or the one in `folder` when `url` is empty.

    Raises:
        BadSetting: the URL names no bucket, or the library for S3 is not installed.
    """
    if not url:
        return FolderBlobs(folder)
    return S3Blobs(url, endpoint=endpoint, access_key=access_key, secret_key=secret_key)


class FolderBlobs:
    """A file for each key, written beside its place and moved there."""

    def __init__(self, folder: Path) -> None:
        """Keep files below `folder`, which is made when the first one comes."""
        self._folder = folder

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`."""
        path = self._folder / _checked(key)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            _sync_folder(path.parent)
        except OSError as error:
            raise _gone(error) from error

    def get(self, key: str) -> bytes:
        """Return what is kept under `key`."""
        try:
            return (self._folder / _checked(key)).read_bytes()
        except FileNotFoundError:
            raise _missing(key) from None
        except OSError as error:
            raise _gone(error) from error

    def delete(self, keys: Iterable[str]) -> None:
        """Forget what is kept under these keys."""
        try:
            for key in keys:
                (self._folder / _checked(key)).unlink(missing_ok=True)
        except OSError as error:
            raise _gone(error) from error


class S3Blobs:
    """An object for each key, in a bucket that is there already. What the library retries is not seen here."""

    def __init__(self, url: str, *, endpoint: str = "", access_key: str = "", secret_key: str = "") -> None:
        """Use the bucket and the prefix that `url` names; without keys the environment of AWS counts.

        Raises:
            BadSetting: the URL names no bucket, or the library is not installed.
        """
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc:
            raise BadSetting(f"the blob store {url!r} names no bucket; it should read s3://bucket/prefix")
        try:
            import obstore  # noqa: PLC0415 - an extra that few installations need
            from obstore.store import S3Store  # noqa: PLC0415 - as above
        except ImportError as error:
            raise BadSetting("a blob store on S3 needs the extra: pip install 'trimtab[s3]'") from error
        self._library: Any = obstore
        self._failure: tuple[type[Exception], ...] = (obstore.exceptions.BaseError, OSError)
        prefix = parts.path.strip("/")
        options: dict[str, Any] = {"virtual_hosted_style_request": not endpoint}
        if endpoint:
            options |= {"endpoint": endpoint, "region": "us-east-1"}
        if access_key:
            options |= {"access_key_id": access_key, "secret_access_key": secret_key}
        client: Any = {"allow_http": endpoint.startswith("http://"), "timeout": "30s"}
        self._store: Any = S3Store(parts.netloc, prefix=prefix or None, client_options=client, **options)

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`."""
        try:
            self._library.put(self._store, _checked(key), data)
        except self._failure as error:
            raise _gone(error) from error

    def get(self, key: str) -> bytes:
        """Return what is kept under `key`."""
        try:
            return bytes(self._library.get(self._store, _checked(key)).bytes())
        except FileNotFoundError:
            raise _missing(key) from None
        except self._failure as error:
            raise _gone(error) from error

    def delete(self, keys: Iterable[str]) -> None:
        """Forget what is kept under these keys."""
        wanted = [_checked(key) for key in keys]
        try:
            if wanted:
                self._library.delete(self._store, wanted)
        except FileNotFoundError:
            return
        except self._failure as error:
            raise _gone(error) from error


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise InvalidInput(f"{key!r} is no key of a blob; it may have letters, digits, `_`, `-` and `/`")
    return key


def _missing(key: str) -> NotFound:
    return NotFound(f"there is no blob {key!r}", hint="It may have been deleted, or its time was over.")


def _gone(error: Exception) -> Unavailable:
    said = str(error).partition("\n")[0][:300]
    return Unavailable(f"the blob store does not answer: {said}", hint="Try again.", code="blobs_unavailable")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
