"""The bucket of models: S3 or what speaks its protocol."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .errors import Unavailable
from .settings import Settings, variable


class Bucket:
    """A bucket. Keys come from the environment or from the identity of the workload, as boto3 looks for them."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._bucket = settings.text(f"{variable(name)}_BUCKET")
        endpoint = settings.optional("AWS_ENDPOINT_URL_S3")
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=settings.text("AWS_REGION", "us-east-1"),
            config=Config(
                connect_timeout=2,
                read_timeout=5,
                retries={"mode": "standard", "total_max_attempts": 3},
                s3={"addressing_style": "path" if endpoint else "auto"},
                # newer checksums are not known to all servers of the protocol
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def put(self, key: str, data: bytes) -> None:
        self._ask("put_object", Key=key, Body=data, ContentType="application/json")

    def get(self, key: str) -> bytes:
        body = self._ask("get_object", Key=key)["Body"]
        try:
            found: bytes = body.read()
        except Exception as error:
            raise Unavailable(f"the bucket does not answer ({type(error).__name__})") from None
        return found

    def check(self) -> None:
        self._ask("head_bucket")

    def _ask(self, operation: str, **arguments: object) -> Any:
        try:
            return getattr(self._client, operation)(Bucket=self._bucket, **arguments)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(f"the bucket does not answer ({type(error).__name__})") from None
