"""
Training orchestrator: takes training jobs, and tells what became of them. A job that was accepted is a row of PostgreSQL, with an entry in
an outbox in the same transaction; what is in the outbox goes to the topic, as soon as there is one to take it.
"""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any

from fastapi import Header, Query, Response
from psycopg.types.json import Jsonb
from pydantic import BaseModel, Field

from .. import logs
from ..backoff import Backoff
from ..bus import Malformed, Publisher, Subscription, Value, text_of
from ..bus import id_of as message_id
from ..database import Database
from ..errors import Refused, Unavailable
from ..learning import KINDS, MOST_COLUMNS, MOST_ROWS
from ..service import Service, reply
from ..settings import NAME, Settings
from .query_parser import id_of

# of a request with its rows; the template of the Jobs bounds it, too
LONGEST_REQUEST = 16 * 1024
BATCH = 50

SCHEMA = """
create table if not exists jobs (
  id uuid primary key,
  request jsonb not null,
  status text not null default 'queued',
  version integer,
  reason text,
  created timestamptz not null default now(),
  changed timestamptz not null default now()
);
create table if not exists outbox (
  number bigint generated always as identity primary key,
  job uuid not null,
  message jsonb not null
)
"""


class TrainingJob(BaseModel):
    model: str = Field(pattern=f"^{NAME.pattern}$")
    kind: str = Field(pattern=f"^({'|'.join(KINDS)})$")
    rows: list[list[float | str]] = Field(min_length=2, max_length=MOST_ROWS)


class TrainingOrchestrator(Service):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._database = Database(settings, "postgres", SCHEMA)
        publisher = Publisher(settings)
        topic = settings.text("TRAINING_JOBS_TOPIC")
        self._outbox = Outbox(self._database, publisher, topic)
        results = Subscription(
            settings, settings.text("TRAINING_RESULTS_TOPIC"), settings.text("TRAINING_RESULTS_GROUP"), self._finish
        )
        self.tasks += [self._database, publisher, self._outbox, results]
        self.readiness.needs("postgres", self._database.check)
        # jobs are accepted without it
        self.readiness.watches("kafka", lambda: publisher.check(topic))
        self.app.add_api_route("/training/jobs", self._accept, methods=["POST"])
        self.app.add_api_route("/training/jobs", self._list, methods=["GET"])
        self.app.add_api_route("/training/jobs/{id}", self._tell, methods=["GET"])

    def close(self) -> None:
        self._database.close()

    def _accept(self, job: TrainingJob, idempotency_key: str | None = Header(None, max_length=64)) -> Response:
        id = id_of(idempotency_key)
        if any(len(row) > MOST_COLUMNS for row in job.rows):
            raise Refused(422, f"a row has at most {MOST_COLUMNS} columns")
        message = {"id": id, **job.model_dump()}
        if len(json.dumps(message).encode()) > LONGEST_REQUEST:
            raise Refused(413, f"a training job has at most {LONGEST_REQUEST} bytes")
        with self._database.transaction() as connection:
            insert = "insert into jobs (id, request) values (%s, %s) on conflict do nothing returning id"
            if connection.execute(insert, [id, Jsonb(job.model_dump())]).fetchone() is not None:
                connection.execute("insert into outbox (job, message) values (%s, %s)", [id, Jsonb(message)])
        self._outbox.wake()
        return reply(202, {"id": id, "status": "queued"}, {"Location": f"jobs/{id}"})

    def _list(self, limit: int = Query(50, ge=1, le=500)) -> Response:
        with self._database.transaction() as connection:
            rows = connection.execute(f"{_SELECT} order by created desc limit %s", [limit]).fetchall()
        return reply(200, {"jobs": rows})

    def _tell(self, id: uuid.UUID) -> Response:
        with self._database.transaction() as connection:
            row: dict[str, Any] | None = connection.execute(f"{_SELECT} where id = %s", [id]).fetchone()
        if row is None:
            raise Refused(404, "there is no such job")
        return reply(200, row)

    def _finish(self, result: Value) -> None:
        status = text_of(result, "status")
        if status not in ("done", "failed"):
            raise Malformed("status is neither done nor failed")
        id = message_id(result)
        with self._database.transaction() as connection:
            # the first result stays: one that comes twice says the same
            connection.execute(
                "update jobs set status = %s, version = %s, reason = %s, changed = now() where id = %s and status = 'queued'",
                [status, result.get("version"), result.get("reason"), id],
            )


_SELECT = "select id, request->>'model' as model, status, version, reason, created, changed from jobs"


class Outbox:
    """Sends what was accepted. Several replicas do so at one time, each other entries; one that is sent twice has the same id."""

    def __init__(self, database: Database, publisher: Publisher, topic: str) -> None:
        self._database, self._publisher, self._topic = database, publisher, topic
        self._stopping = False
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()
        self._thread.join(15)

    def wake(self) -> None:
        self._woken.set()

    def _run(self) -> None:
        backoff = Backoff()
        while not self._stopping:
            try:
                sent = self._send()
                backoff.reset()
                # others wake their own replica only, and may have ended since
                wait = 0.0 if sent == BATCH else 1.0
            except Unavailable as error:
                logs.warning("the outbox waits", reason=str(error))
                wait = backoff.next()
            self._woken.wait(wait)
            self._woken.clear()

    def _send(self) -> int:
        with self._database.transaction() as connection:
            rows = connection.execute(
                "delete from outbox where number in (select number from outbox order by number limit %s for update skip locked)"
                " returning number, message",
                [BATCH],
            ).fetchall()
            if rows:
                # a failure leaves the transaction, and so the entries stay
                rows.sort(key=lambda row: row["number"])
                self._publisher.publish_all(self._topic, [(row["message"]["id"], row["message"]) for row in rows])
            return len(rows)
