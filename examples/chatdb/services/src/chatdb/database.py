"""The service's own database: a PostgreSQL with a user of the service."""

from __future__ import annotations

import contextlib
import threading
from typing import Any, Iterator

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from . import logs
from .backoff import Backoff
from .errors import Unavailable
from .settings import Settings, variable

Connection = psycopg.Connection[dict[str, Any]]


def conninfo(settings: Settings, name: str) -> dict[str, Any]:
    """The parameters of a connection, by the variables of the dependency `name`."""
    prefix = variable(name)
    return {
        "host": settings.text(f"{prefix}_HOST"),
        "port": settings.whole(f"{prefix}_PORT", 5432, 1, 65535),
        "dbname": settings.text(f"{prefix}_NAME"),
        "user": settings.text(f"{prefix}_USERNAME"),
        "password": settings.text(f"{prefix}_PASSWORD"),
        "sslmode": settings.text(f"{prefix}_SSLMODE", "require"),
        "application_name": settings.text("SERVICE_NAME", "chatdb"),
        "connect_timeout": 3,
        # a server that has vanished says nothing
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 5000,
        "options": "-c statement_timeout=5000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=10000",
    }


class Database:
    """Connections to it. The first one may be long in coming: the user of a new service is made after its pod."""

    def __init__(self, settings: Settings, name: str, schema: str) -> None:
        self._schema = schema
        self._prepared = threading.Event()
        self._stopping = threading.Event()
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            kwargs={**conninfo(settings, name), "row_factory": dict_row},
            connection_class=psycopg.Connection[dict[str, Any]],
            min_size=1,
            max_size=8,
            timeout=3,
            max_waiting=64,
            # the longest wait between tries to connect again; after that it begins anew
            reconnect_timeout=10,
            check=ConnectionPool.check_connection,
            open=False,
        )
        self._preparing = threading.Thread(target=self._prepare, daemon=True)

    def start(self) -> None:
        self._pool.open()
        self._preparing.start()

    def stop(self) -> None:
        self._stopping.set()

    def close(self) -> None:
        self._pool.close(timeout=2)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction, which an error ends without a trace. Raises Unavailable where the database is away."""
        if not self._prepared.is_set():
            raise Unavailable("the database is not ready yet")
        with self._connection() as connection:
            yield connection

    def check(self) -> None:
        with self.transaction() as connection:
            connection.execute("select 1")

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            raise Unavailable(f"the database does not answer ({type(error).__name__})") from None

    def _prepare(self) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                with self._connection() as connection:
                    # all replicas do this at one time
                    connection.execute("select pg_advisory_xact_lock(727464627)")
                    connection.execute(self._schema)
                self._prepared.set()
                return
            except Exception as error:
                logs.warning("the tables are not there yet", error=type(error).__name__)
                backoff.wait(self._stopping)
