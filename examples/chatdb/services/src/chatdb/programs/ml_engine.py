"""
ML engine: makes plans of questions, and has Jobs train models. Both come by topics, and their results go by topics; nothing is kept here.
"""

from __future__ import annotations

import time

from fastapi import Response
from pydantic import BaseModel, Field

from ..bus import Publisher, Subscription, Value, id_of, text_of
from ..http_client import HttpClient
from ..kubernetes import JobTemplate
from ..learning import Model, load
from ..plans import LONGEST_QUESTION, plan_of
from ..service import Service, reply
from ..settings import Settings
from ..training import Trainings

INTENT_MODEL = "question-intent"
INTENT_SECONDS = 10.0


class Question(BaseModel):
    question: str = Field(min_length=1, max_length=LONGEST_QUESTION)


class MlEngine(Service):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._registry = HttpClient("model-registry", settings.url("model-registry"))
        self._publisher = Publisher(settings)
        self._plans = settings.text("QUERY_PLANS_TOPIC")
        queries = Subscription(settings, settings.text("QUERIES_TOPIC"), settings.text("QUERIES_GROUP"), self._plan)
        template = JobTemplate(settings, "train-model")
        self.tasks += [self._publisher, queries, Trainings(settings, template, self._registry, self._publisher)]
        self.readiness.needs("kafka", lambda: self._publisher.check(self._plans))
        self.readiness.needs("model-registry", self._registry.check)
        self._intent: tuple[float, Model | None] | None = None
        self.app.add_api_route("/engine/plans", self._answer, methods=["POST"])

    def _answer(self, question: Question) -> Response:
        return reply(200, self._planned(question.question))

    def _plan(self, query: Value) -> None:
        id, question = id_of(query), text_of(query, "question")
        found = {"id": id, "database": query.get("database"), **self._planned(question)}
        self._publisher.publish(self._plans, id, found)

    def _planned(self, question: str) -> Value:
        try:
            return {"status": "planned", "plan": plan_of(question, self._operation).to_json()}
        except ValueError as error:
            return {"status": "not-understood", "reason": str(error)}

    def _operation(self, question: str) -> str | None:
        """The operation that a model of the registry finds in a question, where somebody has trained one."""
        model = self._intent_model()
        return None if model is None else str(model.predict([question])[0])

    def _intent_model(self) -> Model | None:
        now = time.monotonic()
        known = self._intent
        if known is None or now - known[0] > INTENT_SECONDS:
            version = self._registry.get(f"/models/{INTENT_MODEL}/versions/latest")
            model = None
            if version is not None:
                path = f"/models/{INTENT_MODEL}/versions/{version['version']}/artifact"
                model = load(self._registry.request("GET", path).data)
            known = self._intent = (now, model if model is None or model.kind == "classification" else None)
        return known[1]
