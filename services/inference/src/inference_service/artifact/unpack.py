"""Archives of a model's folder: unpacked within bounds, into their folder and nowhere else."""

from __future__ import annotations

import gzip
import stat
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from ..errors import StartError
from .sources import CHUNK, MOST_FILES, Limit, write

# of what one header of an archive may ask to be read at once
LARGEST_READ = 8 * 1024 * 1024


def is_tar(path: Path) -> bool:
    """Whether a file is a tar, compressed by gzip or not at all."""
    with path.open("rb") as file:
        head = file.read(512)
    return head[:2] == b"\x1f\x8b" or head[257:262] == b"ustar"


def is_folder_zip(path: Path) -> bool:
    """Whether a file is a zip of a folder with an MLmodel, rather than a model whose format is a zip."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(
            PurePosixPath(name).name == "MLmodel" and name.count("/") <= 1 for name in archive.namelist()[:MOST_FILES]
        )


def check_zip(path: Path, most: int) -> list[str]:
    """The names in a zip; raises StartError where it would be more than the limit when it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise StartError(f"{path.name} is a damaged zip") from error
    names = [entry.filename for entry in entries]
    if len(names) > 100_000 or len(set(names)) < len(names):
        raise StartError(f"{path.name} must have at most 100000 entries of different names")
    Limit(most).take(sum(entry.file_size for entry in entries))
    return names


def unpack(path: Path, folder: Path, most: int) -> Path:
    """The folder with what was in an archive."""
    limit = Limit(most)
    try:
        if zipfile.is_zipfile(path) and not is_tar(path):
            _unzip(path, folder, limit)
        else:
            _untar(path, folder, limit)
    except (
        tarfile.TarError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        gzip.BadGzipFile,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise StartError(f"{path.name} is a damaged archive") from error
    return folder


def _target(folder: Path, name: str) -> Path:
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts or "\\" in name or "\0" in name:
        raise StartError(f"the archive has {name!r}, which would be written outside its folder")
    return folder / relative


def _unzip(path: Path, folder: Path, limit: Limit) -> None:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_FILES:
            raise StartError(f"the archive must have at most {MOST_FILES} files")
        for entry in entries:
            target = _target(folder, entry.filename)
            if entry.is_dir():
                continue
            if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
                raise StartError(f"the archive has {entry.filename!r}, which is no file")
            with archive.open(entry) as file:
                write(iter(lambda: file.read(CHUNK), b""), target, limit)


class _Bounded:
    """A stream that ends a program that reads too much of it: a header of a few bytes may be a gigabyte when it is decompressed."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file = file
        # headers and padding are no files
        self._limit = Limit(most + 2 * CHUNK)

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LARGEST_READ:
            raise StartError(f"the archive has a header of more than {LARGEST_READ} bytes")
        block = self._file.read(size)
        self._limit.take(len(block))
        return block


def _untar(path: Path, folder: Path, limit: Limit) -> None:
    with path.open("rb") as raw:
        is_compressed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if is_compressed else raw  # type: ignore[assignment]
        bounded = _Bounded(stream, limit.most)
        count = 0
        # as a stream, so that nothing is read twice
        with tarfile.open(fileobj=bounded, mode="r|", bufsize=CHUNK) as archive:  # type: ignore[call-overload]
            for member in archive:
                count += 1
                if count > MOST_FILES:
                    raise StartError(f"the archive must have at most {MOST_FILES} files")
                target = _target(folder, member.name)
                if member.isdir():
                    continue
                if not member.isreg() or member.issparse():
                    raise StartError(f"the archive has {member.name!r}, which is no plain file")
                file = archive.extractfile(member)
                if file is not None:
                    write(iter(lambda file=file: file.read(CHUNK), b""), target, limit)  # type: ignore[misc]
