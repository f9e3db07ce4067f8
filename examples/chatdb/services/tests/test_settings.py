from __future__ import annotations

from typing import Any, Mapping

import pytest

from chatdb.bus import client_settings
from chatdb.connections import MongoDb, MySql, PostgreSql, connect
from chatdb.database import conninfo
from chatdb.errors import StartError
from chatdb.settings import Settings
from conftest import KAFKA, POSTGRES


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "PORT"),
        ({"PORT": ""}, "PORT"),
        ({"PORT": "-1"}, "PORT"),
        ({"PORT": "80x"}, "PORT"),
        ({"PORT": "65536"}, "PORT"),
        ({"PORT": "1_000"}, "PORT"),
    ],
)
def test_a_wrong_variable_is_named_and_not_quoted(environment: Mapping[str, str], name: str) -> None:
    with pytest.raises(StartError, match=f"^{name} must be ") as error:
        Settings(environment).whole("PORT", None, 0, 65535)
    assert "80x" not in str(error.value)


@pytest.mark.parametrize(
    "value", ["model-registry:8080", "ftp://registry", "http://", "http://user:secret@registry", "http://registry/path"]
)
def test_an_address_of_a_service_is_one(value: str) -> None:
    with pytest.raises(StartError, match="^MODEL_REGISTRY_URL must be http"):
        Settings({"MODEL_REGISTRY_URL": value}).url("model-registry")


def test_addresses_have_no_slash_at_their_end() -> None:
    assert Settings({"MODEL_REGISTRY_URL": "http://registry:8080/"}).url("model-registry") == "http://registry:8080"


@pytest.mark.parametrize("value", ["Orders", "orders,a b", "-a"])
def test_a_list_of_names_has_names(value: str) -> None:
    with pytest.raises(StartError, match="^EXTERNAL_DATABASES must be "):
        Settings({"EXTERNAL_DATABASES": value}).names("EXTERNAL_DATABASES")


def test_a_database_is_asked_for_tls_unless_the_platform_says_otherwise() -> None:
    assert conninfo(Settings(POSTGRES), "postgres")["sslmode"] == "require"
    assert conninfo(Settings({**POSTGRES, "POSTGRES_SSLMODE": "verify-full"}), "postgres")["sslmode"] == "verify-full"


def test_kafka_is_asked_with_a_password_by_tls() -> None:
    found = client_settings(Settings({**KAFKA, "KAFKA_CA": "-----BEGIN CERTIFICATE-----"}))
    assert (found["security.protocol"], found["sasl.mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (found["sasl.username"], found["ssl.ca.pem"]) == ("user", "-----BEGIN CERTIFICATE-----")


def test_kafka_of_aws_is_asked_with_a_token_of_the_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": "b-1:9098",
        "KAFKA_SASL_MECHANISM": "AWS_MSK_IAM",
        "AWS_REGION": "eu-central-1",
    }
    found = client_settings(Settings(environment))
    assert found["sasl.mechanism"] == "OAUTHBEARER"
    asked: list[Any] = []

    def generate(region: str) -> tuple[str, int]:
        asked.append(region)
        return "token", 1_800_000_000_000

    monkeypatch.setattr("chatdb.bus.MSKAuthTokenProvider.generate_auth_token", generate)
    # in milliseconds there, in seconds here
    assert found["oauth_cb"]("") == ("token", 1_800_000_000)
    assert asked == ["eu-central-1"]


@pytest.mark.parametrize("more", [{"KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}, {"KAFKA_SASL_MECHANISM": "PLAIN"}])
def test_kafka_without_tls_or_with_a_plain_password_is_refused(more: Mapping[str, str]) -> None:
    with pytest.raises(StartError, match="must be SASL_SSL with SCRAM-SHA-512 or AWS_MSK_IAM"):
        client_settings(Settings({**KAFKA, **more}))


@pytest.mark.parametrize(("engine", "kind"), [("postgresql", PostgreSql), ("mysql", MySql), ("mongodb", MongoDb)])
def test_each_engine_has_its_driver(engine: str, kind: type) -> None:
    found = connect(Settings({**POSTGRES, "POSTGRES_ENGINE": engine}), "postgres")
    assert isinstance(found, kind)
    found.close()


def test_an_engine_that_is_not_known_is_refused() -> None:
    with pytest.raises(StartError, match="^POSTGRES_ENGINE must be one of postgresql, mysql, mongodb"):
        connect(Settings({**POSTGRES, "POSTGRES_ENGINE": "oracle"}), "postgres")


@pytest.mark.parametrize(
    ("value", "names"), [("", []), (" , ", []), ("orders", ["orders"]), ("orders, users-2", ["orders", "users-2"])]
)
def test_a_list_has_its_names(value: str, names: list[str]) -> None:
    assert Settings({"EXTERNAL_DATABASES": value}).names("EXTERNAL_DATABASES") == names
    assert Settings({}).names("EXTERNAL_DATABASES") == []
