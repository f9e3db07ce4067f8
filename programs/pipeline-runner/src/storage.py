"""Files and folders of any store that Hadoop reaches, and how the spec's locations name them."""

from __future__ import annotations

import re
from typing import Any, Iterator, Optional

from pyspark.sql import SparkSession

from connection import Connection
from errors import PipelineError, SpecError, reason
from packages import missing_package

# an object appears whole when its stream is closed, and a rename would copy it
_OBJECT_STORES = {"s3a", "gs", "abfs", "abfss"}


def is_hidden(name: str) -> bool:
    """Whether readers of a folder pass over a file or folder of this name: Hive, Trino, Arrow and, but for `_column=`, Spark do."""
    return name[:1] in ("_", ".")


def resolve(location: str, field: str) -> str:
    """
    The location as Hadoop names it: `s3://` becomes `s3a://`, and `pvc://claim/path` the folder where the operator mounts the claim,
    `/mnt/pvc/claim/path`.
    """
    scheme, separator, rest = location.partition("://")
    if not separator:
        return location
    if scheme == "s3":
        return f"s3a://{rest}"
    if scheme == "pvc":
        return f"file:///mnt/pvc/{rest}"
    if scheme in ("s3a", "gs", "abfs", "abfss", "hdfs", "file"):
        return location
    raise SpecError(
        field, f'"{scheme}://" is no store that Spark reads and writes: use s3, gs, abfss, hdfs, pvc or file'
    )


def connect_store(spark: SparkSession, location: str, connection: Optional[Connection]) -> None:
    """Has this bucket, and no other, use the Secret's key pair (username, password) and endpoint (url)."""
    bucket = re.match(r"s3a://([^/]+)", location)
    if connection is None or bucket is None:
        return
    conf: Any = spark.sparkContext._jsc.hadoopConfiguration()
    prefix = f"fs.s3a.bucket.{bucket.group(1)}"
    if connection.username and connection.password:
        conf.set(f"{prefix}.access.key", connection.username)
        conf.set(f"{prefix}.secret.key", connection.password)
        conf.set(f"{prefix}.aws.credentials.provider", "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider")
    if connection.url:
        conf.set(f"{prefix}.endpoint", connection.url)
        conf.set(f"{prefix}.path.style.access", "true")


class Folder:
    """A folder, through Hadoop's FileSystem. Names are relative to it."""

    def __init__(self, spark: SparkSession, location: str, field: str) -> None:
        self.location = location.rstrip("/")
        jvm: Any = spark.sparkContext._jvm
        self._jvm = jvm
        self._conf: Any = spark.sparkContext._jsc.hadoopConfiguration()
        try:
            self._root = jvm.org.apache.hadoop.fs.Path(self.location)
            self._fs = self._root.getFileSystem(self._conf)
        except Exception as error:
            text = reason(error)
            scheme = self.location.split("://")[0].replace("s3a", "s3")
            raise PipelineError(field, missing_package(text, scheme) or text) from None

    def _path(self, name: str) -> Any:
        return self._jvm.org.apache.hadoop.fs.Path(f"{self.location}/{name}") if name else self._root

    def exists(self, name: str = "") -> bool:
        """Whether there is a file or folder of this name."""
        return bool(self._fs.exists(self._path(name)))

    def files(self, name: str = "", hidden: bool = False) -> Iterator[str]:
        """Every file below, as a path relative to `name`, without those that Spark takes as hidden (`_…`, `.…`)."""
        start = self._path(name)
        if not self._fs.exists(start):
            return
        for status in self._fs.listStatus(start):
            last = str(status.getPath().getName())
            if not hidden and is_hidden(last):
                continue
            if status.isDirectory():
                for below in self.files(f"{name}/{last}" if name else last, hidden):
                    yield f"{last}/{below}"
            else:
                yield last

    def move(self, source: str, target: str) -> None:
        """Moves a file to a name that is not taken."""
        path = self._path(target)
        self._fs.mkdirs(path.getParent())
        if not self._fs.rename(self._path(source), path):
            raise OSError(f"{self.location}/{source} could not be moved to {target}")

    def delete(self, name: str) -> None:
        """Deletes a file or a folder with all below; it is no error that there is none."""
        self._fs.delete(self._path(name), True)

    def read(self, name: str) -> Optional[str]:
        """The text of a file; None where there is none."""
        path = self._path(name)
        if not self._fs.exists(path):
            return None
        stream = self._fs.open(path)
        try:
            return str(self._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
        finally:
            stream.close()

    def replace(self, name: str, text: str) -> None:
        """Puts the text in the place of the file at once: readers see the previous text or this one, never a part."""
        atomic = str(self._root.toUri().getScheme()) in _OBJECT_STORES
        path = self._path(name if atomic else f"{name}.tmp")
        stream = self._fs.create(path, True)
        try:
            stream.write(bytearray(text, "utf-8"))
        finally:
            stream.close()
        if not atomic:
            context = self._jvm.org.apache.hadoop.fs.FileContext.getFileContext(self._root.toUri(), self._conf)
            options = self._jvm.org.apache.hadoop.fs.Options
            overwrite = options.Rename.OVERWRITE
            array = self._jvm.java.lang.reflect.Array.newInstance(overwrite.getClass(), 1)
            array[0] = overwrite
            context.rename(path, self._path(name), array)
