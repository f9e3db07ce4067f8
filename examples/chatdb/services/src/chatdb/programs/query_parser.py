"""Query parser: takes questions, and tells what became of them. Its topics are its memory: it can be ended and started at any time."""

from __future__ import annotations

import uuid

from fastapi import Header, Query, Response
from pydantic import BaseModel, Field

from ..bus import Publisher, View
from ..errors import Refused
from ..plans import LONGEST_QUESTION
from ..service import Service, reply
from ..settings import NAME, Settings


class Question(BaseModel):
    question: str = Field(min_length=1, max_length=LONGEST_QUESTION)
    database: str | None = Field(None, pattern=f"^{NAME.pattern}$")


class QueryParser(Service):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._queries = settings.text("QUERIES_TOPIC")
        self._publisher = Publisher(settings)
        self._plans = View(settings, settings.text("QUERY_PLANS_TOPIC"), settings.text("QUERY_PLANS_GROUP"))
        self.tasks += [self._publisher, self._plans]
        self.readiness.needs("kafka", lambda: self._publisher.check(self._queries))
        self.app.add_api_route("/query/questions", self._ask, methods=["POST"])
        self.app.add_api_route("/query/questions/{id}", self._tell, methods=["GET"])

    def _ask(self, question: Question, idempotency_key: str | None = Header(None, max_length=64)) -> Response:
        id = id_of(idempotency_key)
        message = {"id": id, "question": " ".join(question.question.split()), "database": question.database}
        # accepted when the bus has it: whatever ends then, it is answered
        self._publisher.publish(self._queries, id, message)
        return reply(202, {"id": id, "status": "pending"}, {"Location": f"questions/{id}"})

    def _tell(self, id: uuid.UUID, wait: float = Query(0, ge=0, le=10)) -> Response:
        found = self._plans.get(str(id), wait)
        # no replica knows what another one was asked until there is a plan
        return reply(200, found or {"id": str(id), "status": "pending"})


def id_of(key: str | None) -> str:
    """The id of what a client sends: its own, so that it may send it twice, or a new one."""
    try:
        return str(uuid.uuid4() if key is None else uuid.UUID(key))
    except ValueError:
        raise Refused(400, "Idempotency-Key must be a UUID") from None
