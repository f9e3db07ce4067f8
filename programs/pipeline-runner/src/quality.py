"""
Quality checks, evaluated on the rows that are about to be written.

`not-null`, `unique`, `range` and `sql` with an expression over one row are judged row by row. Rows that break one go to the quarantine.
`row-count`, `freshness` and `sql` with an aggregate judge the rows that remain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Optional

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import DateType, NumericType, TimestampNTZType, TimestampType

from binding import format_time, parse_duration
from errors import SpecError
from names import column, quoted, unused
from transforms import checked, require_columns

# the column that rows which break a check have in the quarantine
FAILED = "failed_checks"


@dataclass(frozen=True)
class Verdict:
    """What the checks say. `failed` is in the order of the spec; `fatal` are those of them that fail the run."""

    good: DataFrame
    bad: DataFrame
    good_count: int
    bad_count: int
    failed: list[str]
    fatal: list[str]
    messages: list[str]


def judge(frame: DataFrame, checks: list[dict[str, Any]], this_run: datetime) -> tuple[DataFrame, Verdict]:
    """The frame that was kept for this (release it with `unpersist`), and the verdict. Reads the source once."""
    columns = list(frame.columns)
    mark = unused(frame, FAILED)
    rows: dict[str, Column] = {}
    whole: list[tuple[str, dict[str, Any]]] = []
    for number, check in enumerate(checks):
        field = f"quality[{number}]"
        if "column" in check:
            require_columns(frame, [check["column"]], f"{field}.column")
        kind = check["type"]
        if kind == "unique":
            frame, rows[check["name"]] = _unique(frame, check["column"], number)
        elif kind in ("not-null", "range") or (kind == "sql" and not _aggregates(frame, check["expression"], field)):
            rows[check["name"]] = _broken(frame, check, field)
        else:
            whole.append((field, check))
    marks = [F.when(broken, F.lit(name)) for name, broken in rows.items()]
    failed = F.array_compact(F.array(*marks)) if marks else F.array().cast("array<string>")
    kept = frame.withColumn(mark, failed).select(*[quoted(name) for name in columns], quoted(mark)).persist()
    counts = kept.agg(
        F.count(F.lit(1)).alias("n"),
        F.count_if(F.size(quoted(mark)) > 0).alias("bad"),
        *[F.count_if(F.array_contains(quoted(mark), name)).alias(f"check_{place}") for place, name in enumerate(rows)],
    ).collect()[0]
    good = kept.where(F.size(quoted(mark)) == 0).drop(mark)
    messages = {
        name: f"{name}: {counts[f'check_{place}']} rows"
        for place, name in enumerate(rows)
        if counts[f"check_{place}"] > 0
    }
    good_count = int(counts["n"]) - int(counts["bad"])
    for field, check in whole:
        message = _whole(good, good_count, check, field, this_run)
        if message:
            messages[check["name"]] = f"{check['name']}: {message}"
    names = [check["name"] for check in checks if check["name"] in messages]
    fatal = [
        check["name"] for check in checks if check["name"] in messages and check.get("onFailure", "fail") == "fail"
    ]
    bad = kept.where(F.size(quoted(mark)) > 0)
    return kept, Verdict(good, bad, good_count, int(counts["bad"]), names, fatal, [messages[name] for name in names])


def _unique(frame: DataFrame, name: str, number: int) -> tuple[DataFrame, Column]:
    """Broken by every row of a value that occurs more than once: none of them is known to be the right one."""
    spread, repeated = unused(frame, f"_spread_{number}"), unused(frame, f"_repeated_{number}")
    # nulls are no repetition; without this they would all meet in one partition
    frame = frame.withColumn(spread, F.when(column(name).isNull(), F.monotonically_increasing_id()))
    count = F.count(F.lit(1)).over(Window.partitionBy(quoted(name), quoted(spread)))
    frame = frame.withColumn(repeated, column(name).isNotNull() & (count > 1))
    return frame, column(repeated)


def _broken(frame: DataFrame, check: dict[str, Any], field: str) -> Column:
    if check["type"] == "sql":
        good = checked(f"{field}.expression", lambda: F.expr(check["expression"]))
        return ~F.coalesce(good, F.lit(False))
    given = column(check["column"])
    if check["type"] == "not-null":
        return given.isNull()
    if not isinstance(frame.schema[check["column"]].dataType, NumericType):
        kind = frame.schema[check["column"]].dataType.simpleString()
        raise SpecError(f"{field}.column", f"{check['column']} is a {kind}, not a number")
    broken = F.lit(False)
    if check.get("min") is not None:
        broken = broken | (given < check["min"])
    if check.get("max") is not None:
        broken = broken | (given > check["max"])
    # an empty value is in every range, as it is to a CHECK of SQL
    return F.coalesce(broken, F.lit(False))


def _aggregates(frame: DataFrame, expression: str, field: str) -> bool:
    """Whether the expression is over all rows. Fails where it is neither that nor over one row, or gives no boolean."""
    expr = checked(f"{field}.expression", lambda: F.expr(expression))
    selected: DataFrame = checked(f"{field}.expression", lambda: frame.select(expr.alias("good")))
    schema = selected.schema
    if schema["good"].dataType.simpleString() != "boolean":
        raise SpecError(
            f"{field}.expression", f'"{expression}" is a {schema["good"].dataType.simpleString()}, not a boolean'
        )
    # Spark turns a selection of aggregates into an aggregation
    plan: Any = selected._jdf.queryExecution().analyzed()
    return str(plan.nodeName()) == "Aggregate"


def _whole(frame: DataFrame, count: int, check: dict[str, Any], field: str, this_run: datetime) -> Optional[str]:
    if check["type"] == "row-count":
        least, most = check.get("min"), check.get("max")
        if (least is not None and count < least) or (most is not None and count > most):
            return f"{count} rows, not {least if least is not None else 'any'} to {most if most is not None else 'any'}"
        return None
    if check["type"] == "freshness":
        return _stale(frame, check, field, this_run)
    value = frame.agg(F.expr(check["expression"]).alias("good")).collect()[0]["good"]
    return None if value is True else f"{check['expression']} is {str(value).lower()}"


def _stale(frame: DataFrame, check: dict[str, Any], field: str, this_run: datetime) -> Optional[str]:
    """The newest row against the time of the run. There is nothing to judge where no row has a time."""
    kind = frame.schema[check["column"]].dataType
    if not isinstance(kind, (DateType, TimestampType, TimestampNTZType)):
        raise SpecError(f"{field}.column", f"{check['column']} is a {kind.simpleString()}, not a time")
    micros = F.unix_micros(F.max(quoted(check["column"])).cast("timestamp"))
    newest = frame.agg(micros.alias("newest")).collect()[0]["newest"]
    if newest is None:
        return None
    try:
        allowed = parse_duration(check["maxAge"])
    except ValueError as error:
        raise SpecError(f"{field}.maxAge", str(error)) from None
    time = datetime.fromtimestamp(newest / 1e6, timezone.utc)
    return f"the newest row is of {format_time(time)}" if this_run - time > allowed else None
