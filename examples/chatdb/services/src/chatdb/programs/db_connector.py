"""DB connector: answers plans from the databases of others, which it only reads. Its health paths are those of Spring Boot."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from pydantic import BaseModel

from ..connections import ExternalDatabase, connect
from ..errors import Refused
from ..plans import Plan
from ..service import Service, reply
from ..settings import Settings


class Query(BaseModel):
    plan: dict[str, Any]
    database: str | None = None


class DbConnector(Service):
    live_path = "/actuator/health"
    ready_path = "/actuator/health/readiness"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._databases: dict[str, ExternalDatabase] = {
            name: connect(settings, name) for name in settings.names("EXTERNAL_DATABASES")
        }
        # one that is away takes no other one along
        if self._databases:
            self.readiness.needs_one_of({name: database.check for name, database in self._databases.items()})
        self.app.add_api_route("/databases", self._list, methods=["GET"])
        self.app.add_api_route("/databases/{name}/tables", self._tables, methods=["GET"])
        self.app.add_api_route("/databases/queries", self._run, methods=["POST"])

    def close(self) -> None:
        for database in self._databases.values():
            database.close()

    def _list(self) -> Response:
        return reply(200, {"databases": self.readiness.states})

    def _tables(self, name: str) -> Response:
        return reply(200, {"database": name, "tables": self._database(name).schema()})

    def _run(self, query: Query) -> Response:
        name = query.database or next(iter(self._databases), "")
        try:
            plan = Plan.of(query.plan)
        except ValueError as error:
            raise Refused(422, str(error)) from None
        rows = self._database(name).run(plan)
        return reply(200, {"database": name, "rows": rows})

    def _database(self, name: str) -> ExternalDatabase:
        found = self._databases.get(name)
        if found is None:
            raise Refused(404, f"a database is one of: {', '.join(self._databases) or 'none'}")
        return found
