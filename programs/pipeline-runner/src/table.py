"""
Tables over JDBC as sinks. Spark writes the rows to a table beside the target; then one transaction carries them over and commits the
pipeline's state with them. A run that fails before leaves the target as it was; tried again, it neither loses nor doubles a row.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Optional

from pyspark.sql import DataFrame

from counting import Counted, require_readable
from errors import PipelineError, SpecError
from jdbc import Database
from sinks import FIELD, SinkContext, newest_of_each_key, require_keys
from state import State, parse_state

STATE_TABLE = "ml_platform_pipeline_state"


class TableSink:
    """A table. It is made from the rows where it is not there (without keys or indexes)."""

    def __init__(self, context: SinkContext, config: dict[str, Any]) -> None:
        given = dict(config.get("options") or {})
        self.order = given.pop("orderBy", None)
        self.database = Database(context.spark, {**config, "options": given}, context.connection, FIELD)
        if self.database.kind == "postgresql":
            # so that text reaches columns of uuid, json and the like
            self.database.options["stringtype"] = "unspecified"
        self.table = self.database.table_name(config["table"])
        self.mode = str(config.get("mode") or "append")
        self.keys: list[str] = config.get("keys") or []
        schema, dot, name = self.table.rpartition(".")
        self.mark = f"_stg_{_short(context.pipeline)}_"
        self.staging = f"{schema}{dot}{name[:30]}{self.mark}{_short(context.run)}"
        self.state_table = f"{schema}{dot}{STATE_TABLE}"
        self.pipeline = context.pipeline

    def quarantine(self) -> Optional[str]:
        """None: the operator says where."""
        return None

    def load(self) -> State:
        """The state, and the table that keeps it, made where it is not there."""
        connection = self.database.connect()
        try:
            self._drop_former(connection)
            if self._columns(connection, self.state_table) is None:
                kind = "CLOB" if self.database.kind == "oracle" else "TEXT"
                kind = "VARCHAR(MAX)" if self.database.kind == "mssql" else kind
                self._execute(
                    connection,
                    f"CREATE TABLE {self.state_table} "
                    f"(pipeline VARCHAR(320) NOT NULL PRIMARY KEY, version INTEGER NOT NULL, content {kind} NOT NULL)",
                )
            statement = connection.prepareStatement(f"SELECT content FROM {self.state_table} WHERE pipeline = ?")
            statement.setString(1, self.pipeline)
            rows = statement.executeQuery()
            return parse_state(str(rows.getString(1)) if rows.next() else None, self.state_table)
        except PipelineError:
            raise
        except Exception as error:
            raise self.database.failure("sink", error) from None
        finally:
            connection.close()

    def write(self, frame: DataFrame, former: State, state: State) -> None:
        """Writes the rows and commits the state."""
        if self.mode == "upsert":
            require_keys(frame, self.keys)
            frame = newest_of_each_key(frame, self.keys, self.order)
        connection = self.database.connect()
        try:
            rows = Counted(frame)
            columns = self._stage(connection, rows.frame)
            connection.setAutoCommit(False)
            counts = [self._execute(connection, statement) for statement in self._carry_over(columns)]
            self._require_readable(connection, columns, rows.count(), counts[-1])
            self._commit_state(connection, former, replace(state, version=former.version + 1))
            connection.commit()
            connection.setAutoCommit(True)
            self._execute(connection, f"DROP TABLE {self.staging}", optional=True)
        except PipelineError:
            raise
        except Exception as error:
            raise self.database.failure("sink", error) from None
        finally:
            # a transaction that was not committed ends with its connection
            connection.close()

    def _require_readable(self, connection: Any, columns: list[str], written: int, inserted: int) -> None:
        """Within the transaction: a trigger, a rule or a policy of the table can drop rows, and no statement fails."""
        staged = self._one(connection, f"SELECT COUNT(*) FROM {self.staging}")
        require_readable(written, staged, f"look at the rights and the space of {self.staging}")
        if self.mode == "upsert":
            found = f"EXISTS (SELECT 1 FROM {self.table} WHERE {self._same()})"
            readable = self._one(connection, f"SELECT COUNT(*) FROM {self.staging} s WHERE {found}")
        elif inserted == written:
            return
        else:
            # a trigger that puts rows elsewhere, such as into partitions, has them not counted
            names, minus = self._list(columns), "MINUS" if self.database.kind == "oracle" else "EXCEPT"
            missing = f"SELECT {names} FROM {self.staging} {minus} SELECT {names} FROM {self.table}"
            readable = written - self._one(connection, f"SELECT COUNT(*) FROM ({missing}) missing")
        require_readable(written, readable, f"a trigger, a rule or a policy of {self.table} drops rows")

    def _one(self, connection: Any, sql: str) -> int:
        statement = connection.createStatement()
        try:
            rows = statement.executeQuery(sql)
            rows.next()
            return int(rows.getLong(1))
        finally:
            statement.close()

    def _stage(self, connection: Any, frame: DataFrame) -> list[str]:
        """Writes the rows to the staging table, which has the target's types. Gives the target's names of the columns."""
        there = self._columns(connection, self.table)
        if there is not None:
            exact = {name.lower(): name for name in there}
            unknown = [name for name in frame.columns if name.lower() not in exact]
            if unknown:
                raise SpecError(
                    f"{FIELD}.table", f"{self.table} has no column {', '.join(unknown)}; it has {', '.join(there)}"
                )
            frame = frame.toDF(*[exact[name.lower()] for name in frame.columns])
            self.keys = [exact[key.lower()] for key in self.keys]
            self._copy_structure(connection, self._list(list(frame.columns)), self.table, self.staging)
        self._append(frame)
        if there is None:
            self._copy_structure(connection, "*", self.staging, self.table)
        return list(frame.columns)

    def _append(self, frame: DataFrame) -> None:
        options = {**self.database.options, "dbtable": self.staging}
        frame.write.format("jdbc").options(**options).mode("append").save()

    def _copy_structure(self, connection: Any, columns: str, source: str, target: str) -> None:
        if self.database.kind == "mssql":
            self._execute(connection, f"SELECT {columns} INTO {target} FROM {source} WHERE 1 = 0")
        else:
            self._execute(connection, f"CREATE TABLE {target} AS SELECT {columns} FROM {source} WHERE 1 = 0")

    def _list(self, columns: list[str]) -> str:
        return ", ".join(self.database.quote(column) for column in columns)

    def _same(self) -> str:
        quote = self.database.quote
        return " AND ".join(f"{self.table}.{quote(key)} = s.{quote(key)}" for key in self.keys)

    def _carry_over(self, columns: list[str]) -> list[str]:
        """The statements of the transaction. Those of upsert need no unique index and keep columns that the rows lack."""
        names, target, staging = self._list(columns), self.table, self.staging
        insert = f"INSERT INTO {target} ({names}) SELECT {names} FROM {staging} s"
        if self.mode == "append":
            return [insert]
        if self.mode == "overwrite":
            return [f"DELETE FROM {target}", insert]
        quote = self.database.quote
        same = self._same()
        values = [quote(column) for column in columns if column not in self.keys]
        statements = [f"{insert} WHERE NOT EXISTS (SELECT 1 FROM {target} WHERE {same})"]
        if values and self.database.kind == "postgresql":
            sets = ", ".join(f"{value} = s.{value}" for value in values)
            statements.insert(0, f"UPDATE {target} SET {sets} FROM {staging} s WHERE {same}")
        elif values:
            sets = ", ".join(f"{value} = (SELECT s.{value} FROM {staging} s WHERE {same})" for value in values)
            statements.insert(0, f"UPDATE {target} SET {sets} WHERE EXISTS (SELECT 1 FROM {staging} s WHERE {same})")
        return statements

    def _commit_state(self, connection: Any, former: State, state: State) -> None:
        """Within the transaction. Two runs that began from one version cannot both get through."""
        if former.version == 0:
            insert = f"INSERT INTO {self.state_table} (content, version, pipeline) VALUES (?, ?, ?)"
            statement = connection.prepareStatement(insert)
        else:
            update = f"UPDATE {self.state_table} SET content = ?, version = ? WHERE pipeline = ? AND version = ?"
            statement = connection.prepareStatement(update)
            statement.setInt(4, former.version)
        statement.setString(1, state.dump())
        statement.setInt(2, state.version)
        statement.setString(3, self.pipeline)
        if statement.executeUpdate() != 1:
            raise PipelineError("state", "another run of this pipeline was committed meanwhile; this one was not")

    def _drop_former(self, connection: Any) -> None:
        """Drops what failed runs of this pipeline left. One that is still alive then fails, and leaves the target as it was."""
        for pattern in (f"%{self.mark}%", f"%{self.mark.upper()}%"):
            found = connection.getMetaData().getTables(connection.getCatalog(), None, pattern, None)
            names = []
            while found.next():
                parts = [found.getString("TABLE_SCHEM"), found.getString("TABLE_NAME")]
                names.append(".".join(self.database.quote(str(part)) for part in parts if part))
            for name in names:
                self._execute(connection, f"DROP TABLE {name}", optional=True)

    def _columns(self, connection: Any, table: str) -> Optional[list[str]]:
        """Names of the table's columns; None where there is no such table."""
        statement = connection.createStatement()
        try:
            about = statement.executeQuery(f"SELECT * FROM {table} WHERE 1 = 0").getMetaData()
            return [str(about.getColumnName(number + 1)) for number in range(about.getColumnCount())]
        except Exception:
            return None
        finally:
            statement.close()

    def _execute(self, connection: Any, sql: str, optional: bool = False) -> int:
        """Gives the number of rows that the statement says it changed."""
        statement = connection.createStatement()
        try:
            return int(statement.executeUpdate(sql))
        except Exception:
            if not optional:
                raise
            return 0
        finally:
            statement.close()


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
