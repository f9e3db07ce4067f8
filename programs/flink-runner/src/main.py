"""Runs the statements of a DataPipeline on Flink: main.py PIPELINE.json"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

from pyflink.table import EnvironmentSettings, TableEnvironment

from redaction import guard, hide, hide_url

# an address is no secret
SECRET_KEYS = ("password", "token")
SECRETS = os.environ.get("PIPELINE_SECRETS", "/etc/pipeline")


def filled(statement: str) -> str:
    """
    The statement with the values of Secrets and, as `{{env.NAME}}`, of variables; a value can end neither the text of JAAS nor the literal
    of SQL. `{{source.url:kafka:9092}}` is what follows the colon where the Secret has no such key.
    """

    def value(match: re.Match[str]) -> str:
        if match.group(1) == "env":
            return escaped(os.environ[match.group(2)])
        path = os.path.join(SECRETS, match.group(1), match.group(2))
        if match.group(3) is not None and not os.path.isfile(path):
            return match.group(3)
        with open(path, encoding="utf-8") as file:
            text = file.read().rstrip("\r\n")
        if match.group(2) in SECRET_KEYS:
            hide(text)
        hide_url(text)
        return escaped(text)

    return re.sub(r"\{\{(source|sink|env)\.(\w+)(?::([^}]*))?\}\}", value, statement)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("'", "''")


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def create(environment: TableEnvironment, sink: dict[str, Any]) -> str:
    """The table of a sink, with the columns of its query. Only columns of a key are never null."""
    schema = environment.sql_query(sink["query"])._j_table.getResolvedSchema()
    columns = []
    for index in range(schema.getColumnCount()):
        column = schema.getColumn(index).get()
        kind = column.getDataType().getLogicalType()
        is_key = column.getName() in sink["keys"]
        columns.append(f"{quoted(column.getName())} {kind.copy(not is_key).asSerializableString()}")
    if sink["keys"]:
        columns.append("PRIMARY KEY (" + ", ".join(map(quoted, sink["keys"])) + ") NOT ENFORCED")
    parts = "PARTITIONED BY (" + ", ".join(map(quoted, sink["partitionBy"])) + ")" if sink["partitionBy"] else ""
    options = ", ".join(f"{literal(key)} = {literal(text)}" for key, text in sink["options"].items())
    return f"CREATE TEMPORARY TABLE {quoted(sink['table'])} ({', '.join(columns)}) {parts} WITH ({options})"


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        pipeline = json.load(file)
    environment = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    environment.get_config().set("pipeline.name", pipeline["name"]).set("table.local-time-zone", "UTC")
    # a hint in a query would give a table other options: where it is, and so who gets the password of its user
    environment.get_config().set("table.dynamic-table-options.enabled", "false")
    for statement in pipeline["statements"]:
        environment.execute_sql(filled(statement))
    inserts = environment.create_statement_set()
    for sink in pipeline["sinks"]:
        environment.execute_sql(filled(create(environment, sink)))
        inserts.add_insert_sql(f"INSERT INTO {quoted(sink['table'])} {sink['query']}")
    result = inserts.execute()
    if os.environ.get("PIPELINE_WAIT"):
        result.wait()


if __name__ == "__main__":
    guard()
    main(sys.argv[1])
