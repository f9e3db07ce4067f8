"""URLs of databases, composed of any parts and read back as their drivers read them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from addresses import authority, host_of, oracle_url, path_url, sqlserver_url
from connection import Connection, read_connection
from errors import SpecError
from jdbc import Database
from lineage import datasets
from redaction import redact

TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1)
KEY = st.from_regex(r"[a-z][a-zA-Z0-9]{0,8}", fullmatch=True)
HOSTS = [("db", "db"), ("db.example.com", "db.example.com"), ("10.0.0.1", "10.0.0.1"), ("::1", "[::1]")]
HOSTS += [("[::1]", "[::1]"), ("2001:db8::7", "[2001:db8::7]"), ("db_1", "db_1")]


@pytest.mark.parametrize(("host", "written"), HOSTS)
def test_an_ipv6_address_has_brackets(host: str, written: str) -> None:
    assert authority(host, 5432) == f"{written}:5432"
    assert path_url("postgresql", host, "5432", "shop", []) == f"jdbc:postgresql://{written}:5432/shop"
    assert oracle_url(host, "1521", "shop", []) == f"jdbc:oracle:thin:@//{written}:1521/shop"
    # its driver takes the address as a property alone
    assert f"serverName={host_of(host)};portNumber=1433;" in sqlserver_url(host, None, "shop", [])


@pytest.mark.parametrize(
    "host", ["", "a b", "a/b", "a@b", "a:5432", "a?b", "a#b", "[a]", "::g", "a;b", "a'b", "-a", "a\nb"]
)
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(ValueError):
        authority(host, 1)


@pytest.mark.parametrize("port", ["", "0", "65536", "-1", "1a", "٣", "1\n"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(ValueError):
        authority("a", port)


@settings(deadline=None)
@given(TEXT, st.lists(st.tuples(KEY, TEXT), max_size=3))
def test_any_database_and_parameter_is_read_back_from_a_path(database: str, parameters: list[tuple[str, str]]) -> None:
    parts = urlsplit(path_url("mysql", "::1", "3306", database, parameters).removeprefix("jdbc:"))
    assert (parts.hostname, parts.port, unquote(parts.path[1:])) == ("::1", 3306, database)
    assert parse_qsl(parts.query, keep_blank_values=True) == parameters


def properties(url: str) -> list[tuple[str, str]]:
    """As the driver of SQL Server reads them: a value in braces ends at a brace that is not doubled."""
    found = re.findall(
        r"([A-Za-z0-9]+)=(?:\{((?:[^}]|\}\})*)\}|([^;{]*))(?:;|$)", url.removeprefix("jdbc:sqlserver://;")
    )
    return [(key, braced.replace("}}", "}") or plain) for key, braced, plain in found]


@settings(deadline=None)
@given(TEXT, st.lists(st.tuples(KEY, TEXT), max_size=3))
def test_any_database_and_parameter_is_read_back_of_sql_server(
    database: str, parameters: list[tuple[str, str]]
) -> None:
    url = sqlserver_url("db", "1433", database, parameters)
    start = [("serverName", "db"), ("portNumber", "1433"), ("databaseName", database), ("encrypt", "true")]
    assert properties(url) == [*start, *parameters]


def test_an_instance_of_sql_server_is_asked_for_its_port() -> None:
    assert sqlserver_url("db\\SALES", None, "My shop", []) == (
        "jdbc:sqlserver://;serverName=db;instanceName=SALES;databaseName={My shop};encrypt=true"
    )
    assert ";instanceName=SALES;portNumber=1500;" in sqlserver_url("db\\SALES", "1500", "x", [])
    with pytest.raises(ValueError):
        sqlserver_url("db\\a;b", None, "x", [])


@pytest.mark.parametrize("service", ["a b", "a/b", "a?b", "a)b", ""])
def test_a_service_of_oracle_that_is_none_is_refused(service: str) -> None:
    with pytest.raises(ValueError):
        oracle_url("db", "1521", service, [])


def secret(folder: Path, **keys: str) -> Connection:
    for key, value in keys.items():
        (folder / key).write_text(value)
    found = read_connection(str(folder), "here")
    assert found is not None
    return found


@settings(deadline=None)
@given(user=TEXT, password=TEXT, database=TEXT, host=st.sampled_from(["db", "[::1]", "10.0.0.1"]))
def test_an_encoded_url_of_a_secret_is_taken_apart(
    tmp_path_factory: pytest.TempPathFactory, user: str, password: str, database: str, host: str
) -> None:
    user, password, database = (text.replace("/", "|") for text in (user, password, database))
    parts = [quote(text, safe="") for text in (user, password)]
    url = f"postgresql://{':'.join(parts)}@{host}:5433/{quote(database, safe='')}?sslmode=require"
    found = secret(tmp_path_factory.mktemp("secret"), url=url)
    assert (found.username, found.password, found.database, found.port) == (user, password, database, "5433")
    assert found.host == host.strip("[]")


@pytest.mark.parametrize(
    "password", ["pa#ss1word", "pa/ss1word", "pa?ss1word", "12/ss1word", "12?ss1word", "pa ss1word", "p[a#s]s1word"]
)
@pytest.mark.parametrize("scheme", ["postgresql", "mysql", "sqlserver", "oracle", "mongodb"])
def test_a_password_that_ends_the_url_is_refused_and_not_told(scheme: str, password: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as refused:
        secret(tmp_path, url=f"{scheme}://user:{password}@db:5432/shop")
    assert "percent-encode" in str(refused.value)
    assert "ss1word" not in str(refused.value)
    assert refused.value.__cause__ is None and refused.value.__suppress_context__
    assert redact(f"others say {password}") == "others say ***"


@pytest.mark.parametrize(
    "url",
    ["jdbc:postgresql://u:12/ss1word@db/shop", "jdbc:sqlserver://db:1433;databaseName=shop;password={12/ss1word}"],
)
def test_lineage_names_no_part_of_a_password(url: str, tmp_path: Path) -> None:
    part = {"type": "database", "config": {"table": "orders"}}
    (found,) = datasets(part, secret(tmp_path, url=url))
    told = str(found.event("input"))
    assert "db" in told and "shop" in told and "orders" in told
    assert "ss1word" not in told and "12" not in told


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "mssql", "oracle"])
def test_each_driver_gets_a_url_of_its_own(kind: str, spark: SparkSession) -> None:
    config: dict[str, Any] = {"driver": kind}
    database = Database(spark, config, Connection(host="::1", database="shop"), "source.config")
    assert database.options["url"].startswith("jdbc:") and "shop" in database.options["url"]
    with pytest.raises(SpecError, match="source.config.connection: the Secret's address is none"):
        Database(spark, config, Connection(host="a/b", database="shop"), "source.config")


def test_the_driver_of_postgresql_reads_the_url(spark: SparkSession) -> None:
    jvm: Any = spark._jvm
    for database in ("shop", "my shop/2?x=1&y#z%", "größe+1"):
        url = path_url("postgresql", "::1", "5433", database, [("options", "-c a=b&c"), ("applicationName", "x y+z")])
        found = jvm.org.postgresql.Driver.parseURL(url, None)
        assert found.getProperty("PGDBNAME") == database
        assert found.getProperty("PGPORT") == "5433" and found.getProperty("PGHOST") == "[::1]"
        assert (
            found.getProperty("options"),
            found.getProperty("ApplicationName") or found.getProperty("applicationName"),
        ) == ("-c a=b&c", "x y+z")
