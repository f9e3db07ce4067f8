"""The steps between source and sink, in their order. Each takes a frame and gives one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Callable

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, MapType, VariantType

from errors import PipelineError, SpecError, reason
from names import column, quoted, unused

Lookup = Callable[[str, str], DataFrame]


def transform(
    spark: SparkSession,
    frame: DataFrame,
    steps: list[dict[str, Any]],
    lookup: Lookup,
    last_run: datetime,
    this_run: datetime,
) -> DataFrame:
    """Applies the steps. An error names the step and its field."""
    for number, step in enumerate(steps):
        field = f"transformations[{number}]"
        config = step.get("config") or {}
        kind = step.get("type")
        if kind == "clean":
            frame = clean(frame, config, f"{field}.config")
        elif kind == "enrich":
            frame = enrich(frame, config, f"{field}.config", lookup)
        elif kind == "filter":
            frame = _filter(frame, config, f"{field}.config")
        elif kind == "aggregate":
            frame = aggregate(frame, config, f"{field}.config")
        elif kind == "sql":
            frame = _sql(spark, frame, config, f"{field}.config.query")
        elif kind == "python" and config.get("script"):
            names = {"spark": spark, "F": F, "last_run": last_run, "this_run": this_run}
            frame = run_script(frame, str(config["script"]), f"{field}.config.script", names)
        else:
            raise SpecError(f"{field}.type", f'"{kind}" is no transformation')
    return frame


def require_columns(frame: DataFrame, columns: list[str], field: str) -> None:
    """Fails where the frame lacks a column."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise SpecError(field, f"no column {', '.join(missing)}; there are {', '.join(frame.columns)}")


def clean(frame: DataFrame, config: dict[str, Any], field: str) -> DataFrame:
    """
    `removeNulls` drops rows with a null in one of `columns` (all by default). `deduplication` then keeps one of the rows that are
    equal in `columns`, nulls being equal: that with the greatest values in the other columns, compared in their order.
    """
    columns: list[str] = config.get("columns") or list(frame.columns)
    require_columns(frame, columns, f"{field}.columns")
    if config.get("removeNulls"):
        frame = frame.dropna(how="any", subset=[quoted(name) for name in columns])
    if config.get("deduplication"):
        unordered = [part.name for part in frame.schema.fields if not _comparable(part.dataType)]
        refused = [name for name in unordered if name in columns]
        if refused:
            raise SpecError(
                f"{field}.deduplication", f"{', '.join(refused)} cannot be compared; name others in columns"
            )
        rest = [name for name in frame.columns if name not in columns]
        if not rest:
            return frame.dropDuplicates(columns)
        order = [F.to_json(F.struct(column(name))) if name in unordered else column(name) for name in rest]
        rank = unused(frame, "_rank")
        window = Window.partitionBy(*[quoted(name) for name in columns]).orderBy(
            *[each.desc_nulls_last() for each in order]
        )
        frame = frame.withColumn(rank, F.row_number().over(window)).where(column(rank) == 1).drop(rank)
    return frame


def enrich(frame: DataFrame, config: dict[str, Any], field: str, lookup: Lookup) -> DataFrame:
    """
    Adds the columns of `lookupTable` to rows with an equal `joinKey`; rows without a match keep nulls there (left join). A
    column that the rows have too becomes `<lookupTable>_<column>`. A key with several lookup rows would multiply rows: it
    fails the run.
    """
    table, key = str(config["lookupTable"]), str(config["joinKey"])
    require_columns(frame, [key], f"{field}.joinKey")
    found = lookup(table, f"{field}.lookupTable")
    require_columns(found, [key], f"{field}.joinKey")
    prefix = table.rsplit(".", 1)[-1]
    for name in found.columns:
        if name != key and name in frame.columns:
            found = found.withColumnRenamed(name, f"{prefix}_{name}")
    window = Window.partitionBy(quoted(key))
    found = found.where(column(key).isNotNull())
    several = F.concat(F.lit(f"{field}.lookupTable: {table} has several rows for {key} "), column(key).cast("string"))
    # judged where the rows are read, without a pass over the table before; raise_error has no value, so it must be in the key itself
    once = F.when(F.count(F.lit(1)).over(window) > 1, F.raise_error(several).cast(found.schema[key].dataType))
    found = found.withColumn(key, once.otherwise(column(key)))
    return frame.join(found, on=key, how="left").select(
        *[quoted(name) for name in frame.columns], *[quoted(name) for name in found.columns if name != key]
    )


def aggregate(frame: DataFrame, config: dict[str, Any], field: str) -> DataFrame:
    """One row for each group of `groupBy` (one in all without it) with the expressions of `aggregates`."""
    groups: list[str] = config.get("groupBy") or []
    require_columns(frame, groups, f"{field}.groupBy")
    named: dict[str, str] = config["aggregates"]
    expressions = []
    for name, text in named.items():
        where = f"{field}.aggregates.{name}"
        if name in groups:
            raise SpecError(where, "is a column of groupBy too")
        expressions.append(_aggregate(frame, groups, name, text, where))
    return frame.groupBy(*[quoted(name) for name in groups]).agg(*expressions)


def _aggregate(frame: DataFrame, groups: list[str], name: str, text: str, field: str) -> Column:
    value: Column = checked(field, lambda: F.expr(text).alias(name))
    checked(field, lambda: frame.groupBy(*[quoted(each) for each in groups]).agg(value).schema)
    return value


def _filter(frame: DataFrame, config: dict[str, Any], field: str) -> DataFrame:
    kept: DataFrame = checked(f"{field}.condition", lambda: frame.where(str(config["condition"])))
    columns: list[str] = config.get("columns") or []
    require_columns(frame, columns, f"{field}.columns")
    return kept.select(*[quoted(name) for name in columns]) if columns else kept


def _sql(spark: SparkSession, frame: DataFrame, config: dict[str, Any], field: str) -> DataFrame:
    frame.createOrReplaceTempView("input")
    result: DataFrame = checked(field, lambda: spark.sql(str(config["query"])))
    return result


def run_script(frame: DataFrame, script: str, field: str, names: dict[str, Any]) -> DataFrame:
    """
    Runs the script in this driver. It finds the rows in `df`, beside `spark`, `F` (pyspark.sql.functions), `last_run` and
    `this_run` (times in UTC), and leaves the new rows in `df`.
    """
    scope: dict[str, Any] = {**names, "df": frame, "__name__": "pipeline_script"}
    try:
        exec(compile(script, field, "exec"), scope)
    except SyntaxError as error:
        raise SpecError(field, f"line {error.lineno}: {error.msg}") from None
    except Exception as error:
        lines = []
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == field:
                lines.append(str(trace.tb_lineno))
            trace = trace.tb_next
        raise PipelineError(field, f"line {', '.join(lines)}: {type(error).__name__}: {reason(error)}") from None
    result = scope.get("df")
    if not isinstance(result, DataFrame):
        raise SpecError(field, f"must leave a DataFrame in df; it left {type(result).__name__}")
    return result


def checked(field: str, make: Callable[[], Any]) -> Any:
    """What `make` gives; an error of Spark's analysis names the field."""
    try:
        return make()
    except Exception as error:
        raise SpecError(field, reason(error)) from None


def _comparable(kind: DataType) -> bool:
    inner = getattr(kind, "elementType", None)
    if isinstance(kind, (MapType, VariantType)):
        return False
    if inner is not None:
        return _comparable(inner)
    return all(_comparable(part.dataType) for part in getattr(kind, "fields", []))
