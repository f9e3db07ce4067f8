"""The databases of others that questions are answered from: PostgreSQL, MySQL and MongoDB."""

from __future__ import annotations

import contextlib
import queue
from typing import Any, Iterator, Protocol, cast

import psycopg
import pymongo
import pymongo.errors
import pymysql
from psycopg import sql
from psycopg_pool import ConnectionPool, PoolTimeout

from .database import conninfo
from .errors import Refused, StartError, Unavailable
from .plans import Plan
from .settings import Settings, variable

MOST_ROWS = 100
POOL = 4
_FUNCTIONS = {"count": "count", "sum": "sum", "average": "avg", "maximum": "max", "minimum": "min"}
# Source: https://www.mongodb.com/docs/manual/reference/operator/aggregation/
_ACCUMULATORS = {"sum": "$sum", "average": "$avg", "maximum": "$max", "minimum": "$min"}

Rows = list[dict[str, Any]]
Schema = dict[str, list[str]]


class ExternalDatabase(Protocol):
    """A database, with connections that are kept. Each method raises Unavailable where it is away."""

    def check(self) -> None: ...

    def schema(self) -> Schema:
        """Its tables with their columns."""

    def run(self, plan: Plan) -> Rows: ...

    def close(self) -> None: ...


class PostgreSql:
    def __init__(self, settings: Settings, name: str) -> None:
        parameters = conninfo(settings, name)
        # what asks for nothing but answers may do nothing else
        options = f"{parameters['options']} -c default_transaction_read_only=on"
        self._pool = ConnectionPool(
            kwargs={**parameters, "options": options},
            min_size=0,
            max_size=POOL,
            timeout=3,
            max_waiting=32,
            reconnect_timeout=10,
            check=ConnectionPool.check_connection,
            open=True,
        )

    def check(self) -> None:
        with self._connection() as connection:
            connection.execute("select 1")

    def schema(self) -> Schema:
        with self._connection() as connection:
            found = connection.execute(
                "select table_name, column_name from information_schema.columns where table_schema = any(current_schemas(false))"
                " order by table_name, ordinal_position limit 5000"
            )
            return _grouped(cast(list[tuple[str, str]], found.fetchall()))

    def run(self, plan: Plan) -> Rows:
        where = [sql.SQL("{}::text = %s").format(sql.Identifier(one.column)) for one in plan.where]
        statement = sql.SQL("select {} from {}{} limit {}").format(
            self._selected(plan),
            sql.Identifier(plan.table),
            sql.SQL(" where {}").format(sql.SQL(" and ").join(where)) if where else sql.SQL(""),
            sql.Literal(MOST_ROWS),
        )
        with self._connection() as connection:
            cursor = connection.execute(statement, [one.equals for one in plan.where])
            names = [column.name for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def close(self) -> None:
        self._pool.close(timeout=2)

    def _selected(self, plan: Plan) -> sql.Composable:
        if plan.operation == "list":
            return sql.SQL("*")
        of = sql.SQL("*") if plan.column is None else sql.Identifier(plan.column)
        return sql.SQL("{}({}) as answer").format(sql.SQL(_FUNCTIONS[plan.operation]), of)

    @contextlib.contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except psycopg.errors.QueryCanceled:
            raise Refused(504, "the database took too long") from None
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            raise Unavailable(f"the database does not answer ({type(error).__name__})") from None
        except psycopg.DatabaseError as error:
            raise Refused(422, f"the database refuses the plan ({type(error).__name__})") from None


class MySql:
    def __init__(self, settings: Settings, name: str) -> None:
        prefix = variable(name)
        self._parameters: dict[str, Any] = {
            "host": settings.text(f"{prefix}_HOST"),
            "port": settings.whole(f"{prefix}_PORT", 3306, 1, 65535),
            "database": settings.text(f"{prefix}_NAME"),
            "user": settings.text(f"{prefix}_USERNAME"),
            "password": settings.text(f"{prefix}_PASSWORD"),
            "connect_timeout": 3,
            "read_timeout": 5,
            "write_timeout": 5,
            "autocommit": True,
            "init_command": "set session transaction read only",
        }
        # as many as may be open at one time; None is one that is still to be made
        self._pool: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(POOL):
            self._pool.put(None)

    def check(self) -> None:
        self._query("select 1", [])

    def schema(self) -> Schema:
        statement = (
            "select table_name as t, column_name as c from information_schema.columns where table_schema = database()"
            " order by table_name, ordinal_position limit 5000"
        )
        return _grouped([(row["t"], row["c"]) for row in self._query(statement, [])])

    def run(self, plan: Plan) -> Rows:
        of = "*" if plan.column is None else _quoted(plan.column)
        selected = "*" if plan.operation == "list" else f"{_FUNCTIONS[plan.operation]}({of}) as answer"
        where = " and ".join(f"cast({_quoted(one.column)} as char) = %s" for one in plan.where)
        statement = (
            f"select {selected} from {_quoted(plan.table)}{' where ' + where if where else ''} limit {MOST_ROWS}"
        )
        return self._query(statement, [one.equals for one in plan.where])

    def close(self) -> None:
        while not self._pool.empty():
            connection = self._pool.get()
            if connection is not None:
                connection.close()

    def _query(self, statement: str, values: list[str]) -> Rows:
        try:
            connection = self._pool.get(timeout=3)
        except queue.Empty:
            raise Unavailable("all connections of the database are in use") from None
        try:
            if connection is None:
                connection = pymysql.connect(**self._parameters, cursorclass=pymysql.cursors.DictCursor)
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return list(cursor.fetchall())
        except (pymysql.err.OperationalError, pymysql.err.InterfaceError) as error:
            if connection is not None:
                with contextlib.suppress(Exception):
                    connection.close()
                connection = None
            raise Unavailable(f"the database does not answer ({type(error).__name__})") from None
        except pymysql.err.DatabaseError as error:
            raise Refused(422, f"the database refuses the plan ({type(error).__name__})") from None
        finally:
            self._pool.put(connection)


class MongoDb:
    def __init__(self, settings: Settings, name: str) -> None:
        prefix = variable(name)
        self._client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
            host=settings.text(f"{prefix}_HOST"),
            port=settings.whole(f"{prefix}_PORT", 27017, 1, 65535),
            username=settings.text(f"{prefix}_USERNAME"),
            password=settings.text(f"{prefix}_PASSWORD"),
            maxPoolSize=POOL,
            serverSelectionTimeoutMS=3000,
            connectTimeoutMS=3000,
            timeoutMS=5000,
            connect=False,
        )
        self._database = self._client[settings.text(f"{prefix}_NAME")]

    def check(self) -> None:
        with self._errors():
            self._database.command("ping")

    def schema(self) -> Schema:
        with self._errors():
            tables = sorted(self._database.list_collection_names())[:100]
            # a collection has no columns but those of its documents
            return {table: sorted((self._database[table].find_one() or {}).keys()) for table in tables}

    def run(self, plan: Plan) -> Rows:
        with self._errors():
            return list(self._database[plan.table].aggregate(mongo_stages(plan), maxTimeMS=5000))

    def close(self) -> None:
        self._client.close()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except pymongo.errors.OperationFailure as error:
            raise Refused(422, f"the database refuses the plan ({error.code})") from None
        except pymongo.errors.PyMongoError as error:
            raise Unavailable(f"the database does not answer ({type(error).__name__})") from None


def mongo_stages(plan: Plan) -> list[dict[str, Any]]:
    """The pipeline of aggregation that a plan is."""
    # as text, as in the others; a value that came is never read as an expression
    equal = [{"$eq": [{"$toString": f"${one.column}"}, {"$literal": one.equals}]} for one in plan.where]
    match = [{"$match": {"$expr": {"$and": equal}}}] if equal else []
    if plan.operation == "list":
        return [*match, {"$limit": MOST_ROWS}, {"$project": {"_id": 0}}]
    if plan.operation == "count":
        return [*match, {"$count": "answer"}]
    group = {"_id": None, "answer": {_ACCUMULATORS[plan.operation]: f"${plan.column}"}}
    return [*match, {"$group": group}, {"$project": {"_id": 0}}]


ENGINES: dict[str, type[PostgreSql] | type[MySql] | type[MongoDb]] = {
    "postgresql": PostgreSql,
    "mysql": MySql,
    "mongodb": MongoDb,
}


def connect(settings: Settings, name: str) -> ExternalDatabase:
    """The database of this name, by its variables. It may be away: the first one to ask learns of it."""
    engine = settings.text(f"{variable(name)}_ENGINE")
    if engine not in ENGINES:
        raise StartError(f"{variable(name)}_ENGINE must be one of {', '.join(ENGINES)}")
    return ENGINES[engine](settings, name)


def _quoted(name: str) -> str:
    # a plan's names have no quotes
    return f"`{name}`"


def _grouped(columns: list[tuple[str, str]]) -> Schema:
    result: Schema = {}
    for table, column in columns:
        result.setdefault(table, []).append(column)
    return result
