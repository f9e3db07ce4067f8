"""Model registry: versions of models, with what is known of them in PostgreSQL and their artifacts in a bucket."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import Any

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from ..database import Database
from ..errors import Refused
from ..learning import load
from ..service import MEBIBYTE, Service, reply
from ..settings import NAME, Settings
from ..storage import Bucket

SCHEMA = """
create table if not exists model_versions (
  model text not null,
  version integer not null,
  training uuid not null unique,
  artifact text not null,
  sha256 text not null,
  created timestamptz not null default now(),
  primary key (model, version)
)
"""
_COLUMNS = "model, version, training, sha256, created"


class ModelRegistry(Service):
    longest_body = 8 * MEBIBYTE

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._database = Database(settings, "postgres", SCHEMA)
        self._bucket = Bucket(settings, "models")
        self.tasks.append(self._database)
        self.readiness.needs("postgres", self._database.check)
        self.readiness.needs("models", self._bucket.check)
        self.app.add_api_route("/models", self._list, methods=["GET"])
        self.app.add_api_route("/models/{model}/versions/{version}", self._version, methods=["GET"])
        self.app.add_api_route("/models/{model}/versions/{version}/artifact", self._artifact, methods=["GET"])
        self.app.add_api_route("/models/{model}/trainings/{id}", self._register, methods=["PUT"])
        self.app.add_api_route("/trainings/{id}", self._training, methods=["GET"])

    def close(self) -> None:
        self._database.close()

    def _list(self) -> Response:
        with self._database.transaction() as connection:
            rows = connection.execute(
                "select model, max(version) as version from model_versions group by model order by model limit 1000"
            ).fetchall()
        return reply(200, {"models": rows})

    def _version(self, model: str, version: str) -> Response:
        return reply(200, {key: value for key, value in self._find(model, version).items() if key != "artifact"})

    def _artifact(self, model: str, version: str) -> Response:
        found = self._find(model, version)
        return Response(self._bucket.get(found["artifact"]), media_type="application/json")

    def _training(self, id: uuid.UUID) -> Response:
        with self._database.transaction() as connection:
            row = connection.execute(f"select {_COLUMNS} from model_versions where training = %s", [id]).fetchone()
        if row is None:
            raise Refused(404, "no model came of this training")
        return reply(200, row)

    async def _register(self, model: str, id: uuid.UUID, request: Request) -> Response:
        data = await request.body()
        return await run_in_threadpool(self._keep, model, id, data)

    def _keep(self, model: str, id: uuid.UUID, data: bytes) -> Response:
        """One training makes one version, however often it is said."""
        if not NAME.fullmatch(model):
            raise Refused(422, "a model has a name of small letters, digits and dashes")
        try:
            load(data)
        except ValueError as error:
            raise Refused(422, str(error)) from None
        sha256 = hashlib.sha256(data).hexdigest()
        artifact = f"{model}/{id}/{sha256}.json"
        # first what the row tells of: a row without its artifact would be a lie, an artifact without a row is only waste
        self._bucket.put(artifact, data)
        with self._database.transaction() as connection:
            # versions of a model are given one after the other
            connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [model])
            known = connection.execute(f"select {_COLUMNS} from model_versions where training = %s", [id]).fetchone()
            if known is not None:
                return reply(200, known)
            row = connection.execute(
                "insert into model_versions (model, version, training, artifact, sha256)"
                " select %s, coalesce(max(version), 0) + 1, %s, %s, %s from model_versions where model = %s"
                f" returning {_COLUMNS}",
                [model, id, artifact, sha256, model],
            ).fetchone()
        return reply(201, row)

    def _find(self, model: str, version: str) -> dict[str, Any]:
        if version != "latest" and not re.fullmatch("[0-9]{1,9}", version):
            raise Refused(404, "a version is a number or `latest`")
        which = "" if version == "latest" else "and version = %s"
        values = [model] if version == "latest" else [model, int(version)]
        with self._database.transaction() as connection:
            row = connection.execute(
                f"select {_COLUMNS}, artifact from model_versions where model = %s {which} order by version desc limit 1",
                values,
            ).fetchone()
        if row is None:
            raise Refused(404, "there is no such version")
        return row
