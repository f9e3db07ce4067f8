"""Objects of S3. botocore finds the credentials: keys, Pod Identity, IRSA; AWS_ENDPOINT_URL names another store."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any, Iterator

from ..errors import FetchError, StartError
from .sources import CHUNK, MOST_FILES, Fetched, Limit, signature_limit, write

_GONE = {"NoSuchKey", "NoSuchBucket", "404", "NotFound"}


def fetch_s3(bucket: str, key: str, folder: Path, limit: Limit, is_signed: bool) -> Fetched:
    """An object, or all that is below a prefix."""
    try:
        import botocore.config
        import botocore.exceptions
        import botocore.session
    except ImportError as error:
        raise StartError("MODEL_URI is s3, and this image has no botocore: install the extra s3") from error
    retries = {"mode": "standard", "total_max_attempts": 3}
    config = botocore.config.Config(connect_timeout=5, read_timeout=30, retries=retries)
    where = f"s3://{bucket}/{key}"
    try:
        client = botocore.session.get_session().create_client("s3", config=config)
        if key and not key.endswith("/"):
            try:
                path = _object(client, bucket, key, folder / PurePosixPath(key).name, limit)
            except botocore.exceptions.ClientError as error:
                if error.response["Error"]["Code"] not in _GONE:
                    raise
                key += "/"
            else:
                if not is_signed:
                    return Fetched(path)
                beside = folder / (path.name + ".sig")
                return Fetched(path, _object(client, bucket, key + ".sig", beside, signature_limit()))
        return Fetched(_prefix(client, bucket, key, folder / "model", limit), is_own=False)
    except botocore.exceptions.NoCredentialsError as error:
        raise StartError(f"{where}: there are no credentials; set AWS_* or bind the account to a role") from error
    except botocore.exceptions.NoRegionError as error:
        raise StartError(f"{where}: set AWS_REGION") from error
    except botocore.exceptions.ParamValidationError as error:
        raise StartError(f"{where} is no address of an object") from error
    except botocore.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _GONE:
            raise StartError(f"{where}: {code}") from error
        raise FetchError(f"{where}: {code}") from error
    except botocore.exceptions.BotoCoreError as error:
        raise FetchError(f"{where}: {type(error).__name__}") from error


def _object(client: Any, bucket: str, key: str, path: Path, limit: Limit) -> Path:
    answer = client.get_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    return write(answer["Body"].iter_chunks(CHUNK), path, limit)


def _prefix(client: Any, bucket: str, prefix: str, folder: Path, limit: Limit) -> Path:
    names = list(_below(client, bucket, prefix))
    if not names:
        raise StartError(f"s3://{bucket}/{prefix.rstrip('/')} is neither an object nor a prefix of one")
    for name in names:
        relative = PurePosixPath(name[len(prefix) :])
        # an object may be called ../../etc/passwd
        if relative.is_absolute() or ".." in relative.parts or "\0" in name:
            raise StartError(f"s3://{bucket}/{prefix} has an object that would be written outside its folder")
        _object(client, bucket, name, folder / relative, limit)
    return folder


def _below(client: Any, bucket: str, prefix: str) -> Iterator[str]:
    seen = 0
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            if item["Key"].endswith("/"):
                continue
            seen += 1
            if seen > MOST_FILES:
                raise StartError(f"s3://{bucket}/{prefix} must have at most {MOST_FILES} objects")
            yield str(item["Key"])
