"""Topics of the message bus: each message is delivered at least once, and what handles it must not mind a second time."""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any, Callable

from aws_msk_iam_sasl_signer import MSKAuthTokenProvider
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from . import logs, metrics
from .backoff import Backoff
from .errors import StartError, Unavailable
from .settings import Settings, variable

# of a message; brokers take a mebibyte
LONGEST = 512 * 1024
# shorter than a transaction of the outbox may be idle
DELIVERY_SECONDS = 6.0

Value = dict[str, Any]


class Malformed(Exception):
    """A message that no second try makes any better."""


def client_settings(settings: Settings, name: str = "kafka") -> dict[str, Any]:
    """The settings of a client, by the variables of the dependency `name`."""
    prefix = variable(name)
    protocol = settings.text(f"{prefix}_SECURITY_PROTOCOL", "SASL_SSL")
    mechanism = settings.text(f"{prefix}_SASL_MECHANISM", "SCRAM-SHA-512")
    common = {
        "bootstrap.servers": settings.text(f"{prefix}_BOOTSTRAP_SERVERS"),
        "client.id": settings.text("SERVICE_NAME", "chatdb"),
        "security.protocol": protocol,
        "reconnect.backoff.ms": 100,
        "reconnect.backoff.max.ms": 2000,
        "socket.connection.setup.timeout.ms": 5000,
        "logger": logs.quiet("kafka"),
    }
    if protocol == "SASL_SSL" and mechanism == "SCRAM-SHA-512":
        login = {
            "sasl.mechanism": mechanism,
            "sasl.username": settings.text(f"{prefix}_USERNAME"),
            "sasl.password": settings.text(f"{prefix}_PASSWORD"),
        }
        ca = settings.optional(f"{prefix}_CA")
        return {**common, **login, **({} if ca is None else {"ssl.ca.pem": ca})}
    if protocol == "SASL_SSL" and mechanism == "AWS_MSK_IAM":
        region = settings.text("AWS_REGION")

        def token(_configuration: str) -> tuple[str, float]:
            signed, expires = MSKAuthTokenProvider.generate_auth_token(region)
            return signed, expires / 1000

        # Source: https://docs.aws.amazon.com/msk/latest/developerguide/configure-clients-for-iam-access-control.html
        return {**common, "sasl.mechanism": "OAUTHBEARER", "oauth_cb": token}
    raise StartError(
        f"{prefix}_SECURITY_PROTOCOL and {prefix}_SASL_MECHANISM must be SASL_SSL with SCRAM-SHA-512 or AWS_MSK_IAM"
    )


def consumer_settings(settings: Settings, group: str) -> dict[str, Any]:
    """Those of a consumer that begins with the first message, and commits what it says itself."""
    return {
        **client_settings(settings),
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }


def member_settings(settings: Settings, group: str) -> dict[str, Any]:
    """Those of a consumer that shares a topic with others, who take over soon after it is gone."""
    return {**consumer_settings(settings, group), "session.timeout.ms": 10_000, "heartbeat.interval.ms": 2000}


class Publisher:
    """Puts messages into topics, and says that one is there only when all replicas have it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = {
            **client_settings(settings),
            "enable.idempotence": True,
            "linger.ms": 5,
            "message.timeout.ms": int(DELIVERY_SECONDS * 1000),
            "queue.buffering.max.messages": 10_000,
        }
        self._producer = Producer(self._settings)
        self._stopping = threading.Event()
        # without it, no one learns of what was delivered
        self._poller = threading.Thread(target=self._poll, daemon=True)

    def start(self) -> None:
        self._poller.start()

    def stop(self) -> None:
        self._stopping.set()
        self._producer.flush(5)

    def publish(self, topic: str, key: str, value: Value) -> None:
        """Returns when the message is kept. Raises Unavailable where that is not known: it may be kept all the same."""
        self.publish_all(topic, [(key, value)])

    def publish_all(self, topic: str, entries: list[tuple[str, Value]]) -> None:
        delivered = threading.Semaphore(0)
        errors: list[str] = []

        def reported(error: KafkaError | None, _message: Message) -> None:
            if error is not None:
                errors.append(error.name())
                if error.fatal():
                    # it delivers nothing more, for fear of a wrong order
                    self._producer = Producer(self._settings)
            delivered.release()

        for key, value in entries:
            try:
                self._producer.produce(topic, json.dumps(value).encode(), key.encode(), on_delivery=reported)
            except (BufferError, KafkaException) as error:
                raise Unavailable(f"the message bus takes nothing ({type(error).__name__})") from None
        for _ in entries:
            if not delivered.acquire(timeout=DELIVERY_SECONDS + 2):
                raise Unavailable("the message bus does not answer")
        if errors:
            metrics.messages.labels(topic, "not-delivered").inc(len(errors))
            raise Unavailable(f"the message bus did not take a message ({errors[0]})")
        metrics.messages.labels(topic, "delivered").inc(len(entries))

    def check(self, topic: str) -> None:
        """Raises where the topic cannot be reached."""
        found = self._producer.list_topics(topic, timeout=3).topics.get(topic)
        if found is None or found.error is not None or not found.partitions:
            raise Unavailable(f"{topic} is not there")

    def _poll(self) -> None:
        while not self._stopping.is_set():
            self._producer.poll(0.2)


class Subscription:
    """
    Handles the messages of a topic one by one, as a member of a group. One is committed when it has been handled: what was not comes again,
    here or at another member. Where the handler raises, it is asked again with growing waits; a malformed message is passed by.
    """

    def __init__(self, settings: Settings, topic: str, group: str, handle: Callable[[Value], None]) -> None:
        self._topic, self._handle = topic, handle
        self._settings = member_settings(settings, group)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(10)

    def _run(self) -> None:
        consumer = Consumer(self._settings)
        consumer.subscribe([self._topic])
        try:
            while not self._stopping.is_set():
                message = consumer.poll(0.2)
                if message is None or message.error() is not None:
                    # the library connects again by itself; an error tells only how it goes
                    continue
                if self._handled(consumer, message):
                    commit(consumer, message)
        finally:
            # its partitions go to others at once
            consumer.close()

    def _handled(self, consumer: Consumer, message: Message) -> bool:
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                self._handle(decoded(message))
                metrics.messages.labels(self._topic, "handled").inc()
                return True
            except Malformed as error:
                metrics.messages.labels(self._topic, "malformed").inc()
                logs.warning("a malformed message is passed by", topic=self._topic, reason=str(error))
                return True
            except Exception as error:
                metrics.messages.labels(self._topic, "retried").inc()
                logs.warning(
                    "a message is tried again", topic=self._topic, error=type(error).__name__, reason=str(error)
                )
                rest(consumer, backoff.next(), self._stopping)
        return False


class View:
    """
    What a topic holds, by key, in the memory of each replica: so any of them can answer for what another one asked. It begins with what
    the topic holds, and keeps the newest.
    """

    def __init__(self, settings: Settings, topic: str, group: str, most: int = 10_000) -> None:
        self._topic, self._most = topic, most
        # the group is one that may be named; nothing is committed to it, and every member gets every message
        self._settings = consumer_settings(settings, group)
        self._values: dict[str, Value] = {}
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(10)

    def get(self, key: str, wait: float = 0) -> Value | None:
        """The newest message with this key, for which it waits some seconds."""
        with self._changed:
            self._changed.wait_for(lambda: key in self._values or self._stopping.is_set(), wait)
            return self._values.get(key)

    def _run(self) -> None:
        backoff = Backoff()
        consumer = Consumer(self._settings)
        try:
            assigned = 0
            while not self._stopping.is_set():
                if assigned == 0:
                    try:
                        assigned = len(consumer.list_topics(self._topic, timeout=3).topics[self._topic].partitions)
                    except KafkaException:
                        assigned = 0
                    if assigned == 0:
                        backoff.wait(self._stopping)
                        continue
                    consumer.assign([TopicPartition(self._topic, at, OFFSET_BEGINNING) for at in range(assigned)])
                message = consumer.poll(0.2)
                if message is not None and message.error() is None:
                    self._keep(message)
        finally:
            consumer.close()

    def _keep(self, message: Message) -> None:
        try:
            value = decoded(message)
            key = text_of(value, "id")
        except Malformed as error:
            logs.warning("a malformed message is passed by", topic=self._topic, reason=str(error))
            return
        with self._changed:
            self._values.pop(key, None)
            self._values[key] = value
            while len(self._values) > self._most:
                del self._values[next(iter(self._values))]
            self._changed.notify_all()


def decoded(message: Message) -> Value:
    data = message.value()
    if data is None or len(data) > LONGEST:
        raise Malformed("it is empty or too long")
    try:
        value = json.loads(data)
    except ValueError:
        raise Malformed("it is not JSON") from None
    if not isinstance(value, dict):
        raise Malformed("it is no object")
    return value


def text_of(value: Value, name: str) -> str:
    """A field that must be a text."""
    found = value.get(name)
    if not isinstance(found, str) or not found:
        raise Malformed(f"{name} is no text")
    return found


def id_of(value: Value) -> str:
    """The id of what a message is about."""
    try:
        return str(uuid.UUID(text_of(value, "id")))
    except ValueError:
        raise Malformed("id is no UUID") from None


def commit(consumer: Consumer, message: Message) -> None:
    try:
        consumer.commit(message=message, asynchronous=False)
    except KafkaException as error:
        # the message comes again
        logs.warning("an offset is not committed", error=error.args[0].name())


def rest(consumer: Consumer, seconds: float, stopping: threading.Event) -> None:
    """Waits, and remains a member of the group: that takes polls, which must bring no message."""
    partitions = consumer.assignment()
    consumer.pause(partitions)
    try:
        if not stopping.wait(seconds):
            consumer.poll(0)
    finally:
        # some may belong to another member by now
        mine = consumer.assignment()
        consumer.resume([one for one in partitions if one in mine])
