"""Who the client of Kafka is, and of which brokers."""

from __future__ import annotations

import json

import pytest

from connection import Connection
from errors import SpecError
from lineage import datasets
from redaction import redact
from sinks import kafka_options

PROPERTIES = {
    "bootstrap.servers": "${BUS_BOOTSTRAP_SERVERS}",
    "security.protocol": "SASL_SSL",
    "sasl.jaas.config": 'Module required username="${BUS_USERNAME}" password="${BUS_PASSWORD}";',
    "ssl.truststore.certificates": "${BUS_CA}",
}


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform's message bus."""
    monkeypatch.setenv("KAFKA_PROPERTIES", json.dumps(PROPERTIES))
    monkeypatch.setenv("BUS_BOOTSTRAP_SERVERS", "bus:9093")
    monkeypatch.setenv("BUS_USERNAME", "bus.vision.spark")
    monkeypatch.setenv("BUS_PASSWORD", 'secret"1')
    monkeypatch.setenv("BUS_CA", "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n")


def test_the_platforms_bus_is_used_with_the_user_of_the_namespace(bus: None) -> None:
    assert kafka_options({"maxOffsetsPerTrigger": "5"}, None, None, "f") == {
        "maxOffsetsPerTrigger": "5",
        "kafka.bootstrap.servers": "bus:9093",
        "kafka.security.protocol": "SASL_SSL",
        "kafka.sasl.jaas.config": 'Module required username="bus.vision.spark" password="secret\\"1";',
        "kafka.ssl.truststore.certificates": "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n",
    }
    assert redact('it is secret"1') == "it is ***"


@pytest.mark.parametrize("name", ["kafka.security.protocol", "Kafka.Security.Protocol"])
def test_no_option_changes_how_the_bus_is_reached(bus: None, name: str) -> None:
    options = kafka_options({name: "PLAINTEXT"}, None, None, "f")
    assert options["kafka.security.protocol"] == "SASL_SSL"
    assert "PLAINTEXT" not in options.values()


@pytest.mark.parametrize(
    "options, secret, servers",
    [
        ({}, None, "own:9092"),
        ({"kafka.bootstrap.servers": "own:9092"}, None, None),
        ({}, Connection(url="own:9092", username="u", password="p"), None),
    ],
)
def test_other_brokers_get_nothing_of_the_platforms_user(
    bus: None, options: dict[str, str], secret: Connection | None, servers: str | None
) -> None:
    found = kafka_options(options, secret, servers, "f")
    assert found["kafka.bootstrap.servers"] == "own:9092"
    assert "bus.vision.spark" not in json.dumps(found)


def test_a_secret_without_brokers_is_not_sent_to_the_platforms(bus: None) -> None:
    with pytest.raises(SpecError, match="the brokers are not known"):
        kafka_options({}, Connection(username="u", password="p"), None, "f")


def test_a_variable_that_is_missing_is_named(bus: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUS_CA")
    with pytest.raises(SpecError, match="needs the variable BUS_CA"):
        kafka_options({}, None, None, "f")


def test_events_of_lineage_name_the_brokers(bus: None) -> None:
    (found,) = datasets({"type": "kafka", "config": {"topic": "vision.orders"}}, None)
    assert (found.namespace, found.name) == ("kafka://bus:9093", "vision.orders")
