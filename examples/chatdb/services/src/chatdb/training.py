"""Trainings that come by a topic, and run as Jobs."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

from . import logs, metrics
from .backoff import Backoff
from .bus import Malformed, Publisher, Value, decoded, id_of, member_settings
from .http_client import HttpClient
from .kubernetes import JobTemplate
from .settings import Settings

# at one time in one replica; the quota of the template bounds all of them
MOST = 10
INTERVAL = 1.0

Place = tuple[str, int, int]


@dataclass
class Training:
    """A message whose Job is not done. Without a request it is one that is only to be committed."""

    request: Value | None
    started: bool = False
    done: bool = False


class Trainings:
    """
    Starts a Job for each message, and commits the message when its result is known and sent: where this one ends before, another one gets the
    message, and finds the Job by its name. Messages are committed in their order, whichever Job ends first.
    """

    def __init__(self, settings: Settings, template: JobTemplate, registry: HttpClient, publisher: Publisher) -> None:
        self._template, self._registry, self._publisher = template, registry, publisher
        self._topic = settings.text("TRAINING_JOBS_TOPIC")
        self._results = settings.text("TRAINING_RESULTS_TOPIC")
        self._settings = member_settings(settings, settings.text("TRAINING_JOBS_GROUP"))
        self.waiting: dict[Place, Training] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(10)

    def _run(self) -> None:
        consumer = Consumer(self._settings)
        consumer.subscribe([self._topic], on_revoke=self._revoked, on_lost=self._revoked)
        backoff = Backoff()
        pause = 0.0
        try:
            while not self._stopping.wait(pause):
                self._take(consumer)
                try:
                    self._advance()
                    backoff.reset()
                    pause = INTERVAL if self.waiting else 0.0
                except Exception as error:
                    logs.warning("trainings wait", error=type(error).__name__, reason=str(error))
                    pause = backoff.next()
                self._commit(consumer)
        finally:
            consumer.close()

    def _take(self, consumer: Consumer) -> None:
        """Takes messages, up to as many as may run. Polls in any case: without it this is no member of the group for long."""
        full = len(self.waiting) >= MOST
        partitions = consumer.assignment()
        if full:
            consumer.pause(partitions)
        else:
            consumer.resume(partitions)
        for message in consumer.consume(MOST - len(self.waiting) if not full else 1, 0.2):
            topic, partition, offset = message.topic(), message.partition(), message.offset()
            if message.error() is not None or topic is None or partition is None or offset is None:
                continue
            self.waiting[topic, partition, offset] = Training(self._request(message))

    def _request(self, message: Any) -> Value | None:
        try:
            request = decoded(message)
            # with another one, the registry and the API server would refuse it for ever
            id_of(request)
            return request
        except Malformed as error:
            metrics.messages.labels(self._topic, "malformed").inc()
            logs.warning("a malformed message is passed by", topic=self._topic, reason=str(error))
            return None

    def _advance(self) -> None:
        """Each training one step further. Raises the last of the errors, after all were asked."""
        failure: Exception | None = None
        for training in list(self.waiting.values()):
            try:
                training.done = training.done or self._step(training)
            except Exception as error:
                # the others go on
                failure = error
        if failure is not None:
            raise failure

    def _step(self, training: Training) -> bool:
        request = training.request
        if request is None:
            return True
        id = str(request["id"])
        # what comes again after its Job is gone is not trained again
        known = self._registry.get(f"/trainings/{id}")
        if known is not None:
            return self._tell({"id": id, "status": "done", "model": known["model"], "version": known["version"]})
        state = self._template.state(id)
        if state == "absent":
            self._template.start(id, json.dumps(request))
            logs.info("a training has started", job=self._template.job_name(id))
        elif state == "failed":
            return self._tell(
                {"id": id, "status": "failed", "reason": f"the Job {self._template.job_name(id)} has failed"}
            )
        elif state == "complete":
            # the model came between the two questions, or the program ended well without one
            known = self._registry.get(f"/trainings/{id}")
            if known is None:
                return self._tell({"id": id, "status": "failed", "reason": "the Job has ended without a model"})
        return False

    def _tell(self, result: Value) -> bool:
        self._publisher.publish(self._results, str(result["id"]), result)
        metrics.messages.labels(self._topic, "handled").inc()
        return True

    def _commit(self, consumer: Consumer) -> None:
        """Commits, of each partition, what lies before the first one that is not done."""
        offsets: dict[tuple[str, int], int] = {}
        for place in finished(self.waiting):
            topic, partition, offset = place
            offsets[topic, partition] = offset + 1
            del self.waiting[place]
        if not offsets:
            return
        try:
            consumer.commit(
                offsets=[TopicPartition(topic, partition, offset) for (topic, partition), offset in offsets.items()],
                asynchronous=False,
            )
        except KafkaException as error:
            # the messages come again, and their results, too
            logs.warning("an offset is not committed", error=error.args[0].name())

    def _revoked(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Another member goes on with these."""
        gone = {(one.topic, one.partition) for one in partitions}
        for place in [one for one in self.waiting if one[:2] in gone]:
            del self.waiting[place]


def finished(waiting: dict[Place, Training]) -> list[Place]:
    """The places, in order, that are done and have none before them in their partition that is not."""
    open_partitions: set[tuple[str, int]] = set()
    result = []
    for place in sorted(waiting):
        if not waiting[place].done:
            open_partitions.add(place[:2])
        elif place[:2] not in open_partitions:
            result.append(place)
    return result
