"""What the tests have in common. None of them needs a network: the ways between the programs are tested by the tools tests of the repository."""

from __future__ import annotations

from typing import Iterator

import hypothesis
import pytest

from chatdb import redaction

KAFKA = {
    "KAFKA_BOOTSTRAP_SERVERS": "localhost:1",
    "KAFKA_USERNAME": "user",
    "KAFKA_PASSWORD": "a password of Kafka",
}
POSTGRES = {
    "POSTGRES_HOST": "localhost",
    "POSTGRES_PORT": "1",
    "POSTGRES_NAME": "jobs",
    "POSTGRES_USERNAME": "user",
    "POSTGRES_PASSWORD": "a password of PostgreSQL",
}


@pytest.fixture
def hidden() -> Iterator[None]:
    """Takes back what was hidden."""
    yield
    redaction._parts.clear()
    redaction._tokens.clear()


# how long a case takes is a matter of the machine
hypothesis.settings.register_profile("chatdb", deadline=None)
hypothesis.settings.load_profile("chatdb")
