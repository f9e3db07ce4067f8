"""Gets the artifact of a model: a file or a folder of this machine, an object or a prefix of S3, or a URL."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator
from urllib.parse import urljoin, urlsplit, urlunsplit

import urllib3

from ..errors import FetchError, StartError

CHUNK = 1024 * 1024
# objects below a prefix
MOST_FILES = 1000
LARGEST_SIGNATURE = 64 * 1024
IMAGE_FOLDER = Path("/model")


@dataclass(frozen=True)
class Fetched:
    """What is there now: a file or a folder, and the file with the signature of the file, if it was asked for."""

    path: Path
    signature: Path | None = None
    # nobody but this process can change it, or it is in the image
    is_own: bool = True


class Limit:
    """Counts what is written, and ends where it is too much."""

    def __init__(self, most: int, what: str = "the model", setting: str = "INFERENCE_MAX_ARTIFACT_BYTES") -> None:
        self.most = most
        self.left = most
        self._rule = f"{what} must have at most {setting} ({most})"

    def take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise StartError(self._rule)


def signature_limit() -> Limit:
    return Limit(LARGEST_SIGNATURE, "the signature", "bytes")


def shown(uri: str) -> str:
    """A URI without what is secret in it."""
    parts = urlsplit(uri)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")) if parts.scheme else uri


def fetch(uri: str, folder: Path, *, most: int, timeout: float, is_checked: bool, is_signed: bool) -> Fetched:
    """
    Gets what a URI names into a folder. Raises StartError where that cannot succeed, FetchError where it did not in time.

    `is_checked` says that there is a checksum or a key: without one, plain HTTP is refused.
    """
    parts = urlsplit(uri)
    limit = Limit(most)
    if parts.scheme in ("", "file"):
        return _local(uri if parts.scheme == "" else parts.path, folder, limit, is_checked, is_signed)
    if parts.scheme == "s3":
        from .s3 import fetch_s3

        return _patiently(
            lambda: fetch_s3(parts.netloc, parts.path.lstrip("/"), folder, Limit(most), is_signed), timeout
        )
    if parts.scheme == "http" and not is_checked:
        raise StartError(
            "MODEL_URI must be https, or MODEL_SHA256 or MODEL_PUBLIC_KEY_FILE be set: anybody can change what http brings"
        )
    if parts.scheme in ("http", "https"):
        return _patiently(lambda: _http(uri, folder, Limit(most), is_signed), timeout)
    raise StartError(f"MODEL_URI must be s3, https, file or an absolute path, got {parts.scheme}")


def _patiently(attempt: Callable[[], Fetched], timeout: float) -> Fetched:
    """Tries until it succeeds, or the time is over."""
    until = time.monotonic() + timeout
    pause = 0.5
    while True:
        try:
            return attempt()
        except FetchError:
            if time.monotonic() + pause >= until:
                raise
            time.sleep(pause)
            pause = min(15.0, pause * 2)


def _local(path: str, folder: Path, limit: Limit, is_checked: bool, is_signed: bool) -> Fetched:
    source = Path(path)
    if not source.is_absolute():
        raise StartError(f"MODEL_URI must be an absolute path, got {path!r}")
    if not source.exists():
        raise StartError(f"MODEL_URI names {source}, which is not there")
    if source.is_dir():
        return Fetched(source, is_own=_is_below(source, IMAGE_FOLDER))
    if not source.is_file():
        raise StartError(f"MODEL_URI names {source}, which is neither a file nor a folder")
    signature = source.with_name(source.name + ".sig")
    if not is_checked or _is_below(source, IMAGE_FOLDER):
        limit.take(source.stat().st_size)
        return Fetched(source, signature if is_signed else None)
    # what is checked is a copy that nobody else can change before it is loaded
    with source.open("rb") as file:
        copy = write(_blocks(file), folder / source.name, limit)
    if is_signed:
        if not signature.is_file():
            raise StartError(f"the signature {signature} is not there")
        with signature.open("rb") as file:
            signature = write(_blocks(file), folder / signature.name, signature_limit())
    return Fetched(copy, signature if is_signed else None)


def _is_below(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder)


def _blocks(file: Any) -> Iterator[bytes]:
    while block := file.read(CHUNK):
        yield block


def write(blocks: Iterable[bytes], path: Path, limit: Limit) -> Path:
    """Writes a file, no more of it than the limit has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("wb") as file:
            for block in blocks:
                limit.take(len(block))
                file.write(block)
    except OSError as error:
        free = shutil.disk_usage(path.parent).free
        raise StartError(
            f"{path.name} cannot be written into {path.parent}, which has {free} bytes free: {error.strerror}"
        ) from error
    return path


def _http(uri: str, folder: Path, limit: Limit, is_signed: bool) -> Fetched:
    parts = urlsplit(uri)
    name = Path(parts.path).name or "model"
    with urllib3.PoolManager() as pool:
        path = _download(pool, uri, folder / name, limit)
        if not is_signed:
            return Fetched(path)
        beside = urlunsplit(parts._replace(path=parts.path + ".sig"))
        return Fetched(path, _download(pool, beside, folder / (name + ".sig"), signature_limit()))


def _download(pool: urllib3.PoolManager, uri: str, path: Path, limit: Limit) -> Path:
    where = shown(uri)
    parts = urlsplit(uri)
    headers = {"accept-encoding": "identity"}
    if parts.username is not None:
        headers |= urllib3.make_headers(basic_auth=f"{parts.username}:{parts.password or ''}")
        uri = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    response: urllib3.BaseHTTPResponse | None = None
    try:
        for _ in range(4):
            timeout = urllib3.Timeout(connect=5, read=30)
            response = pool.request(
                "GET", uri, headers=headers, preload_content=False, redirect=False, retries=False, timeout=timeout
            )
            following = response.get_redirect_location()
            if not following:
                break
            # the stores that releases are kept in redirect; none of them to less safety, and none of them is told the password
            following = urljoin(uri, following)
            if urlsplit(following).scheme != "https" and urlsplit(uri).scheme == "https":
                raise StartError(f"{where} redirects to plain HTTP")
            if urlsplit(following).netloc != urlsplit(uri).netloc:
                headers.pop("authorization", None)
            uri = following
            response.release_conn()
        else:
            raise StartError(f"{where} redirects more than 3 times")
        if response.status != 200:
            say = f"{where} answers {response.status}"
            raise (
                StartError(say)
                if 400 <= response.status < 500 and response.status not in (408, 425, 429)
                else FetchError(say)
            )
        length = response.headers.get("content-length")
        written = write(response.stream(CHUNK), path, limit)
        if length is not None and length.isdigit() and int(length) != written.stat().st_size:
            raise FetchError(f"{where} ended early")
        return written
    except urllib3.exceptions.HTTPError as error:
        raise FetchError(f"{where}: {type(error).__name__}") from error
    finally:
        if response is not None:
            response.close()
