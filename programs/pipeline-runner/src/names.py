"""Names of columns and tables in Spark SQL. Without quotes a dot in a name asks for a field of a column."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def quoted(name: str) -> str:
    """The name with its quotes, whatever is in it."""
    return "`" + name.replace("`", "``") + "`"


def column(name: str) -> Column:
    """The column of exactly this name."""
    return F.col(quoted(name))


def unused(frame: DataFrame, name: str) -> str:
    """The name, or one that begins with it, that no column has; Spark looks at no capitals."""
    taken = {each.lower() for each in frame.columns}
    while name.lower() in taken:
        name += "_"
    return name
