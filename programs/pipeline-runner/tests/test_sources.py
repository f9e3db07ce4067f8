"""Sources other than a table, the binding of parameters, connections, lineage, and what must not be told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable

import pytest
from psycopg import Connection

from binding import bind, parse_duration
from conftest import RUNNER, Lake, Run, Server, spark_settings
from connection import read_connection
from lineage import tables_of
from metrics import Metrics
from redaction import redact

Frame = Callable[..., str]
TIME = datetime(2024, 1, 2, 3, 4, 5, 6, timezone.utc)


@pytest.mark.parametrize(
    ("query", "bound"),
    [
        ("a > :last_run", "a > <T>"),
        ("a>:last_run AND b<=:this_run", "a><T> AND b<=<T>"),
        ("a = ':last_run' AND b > :last_run", "a = ':last_run' AND b > <T>"),
        ("a = 'it''s :last_run'", "a = 'it''s :last_run'"),
        ('":last_run" > 1 -- :last_run\n/* :last_run */', '":last_run" > 1 -- :last_run\n/* :last_run */'),
        ("x::last_run", "x::last_run"),
        ("$q$ ':last_run $q$ || :last_run", "$q$ ':last_run $q$ || <T>"),
        (":last_runs", ":last_runs"),
    ],
)
def test_parameters_are_bound_outside_strings_and_comments(query: str, bound: str) -> None:
    assert bind(query, {"last_run": TIME, "this_run": TIME}, lambda _: "<T>") == bound


def test_durations_are_as_the_spec_writes_them() -> None:
    assert parse_duration("15m32s").total_seconds() == 932
    assert parse_duration("1.5h").total_seconds() == 5400
    for text in ("", "5", "5 m", "m5", "5x"):
        with pytest.raises(ValueError):
            parse_duration(text)


def test_url_of_the_secret_is_taken_apart(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://us%40er:p%3Aw%2F1@db:5433/shop?sslmode=require\n")
    found = read_connection(str(tmp_path), "here")
    assert found is not None
    assert (found.host, found.port, found.database, found.username, found.password) == (
        "db",
        "5433",
        "shop",
        "us@er",
        "p:w/1",
    )
    assert (found.driver, found.parameters, found.url) == ("postgresql", (("sslmode", "require"),), None)
    assert redact("no p:w/1 here") == "no *** here"


def test_tables_of_a_query() -> None:
    query = "WITH recent AS (SELECT * FROM a.orders) SELECT * FROM recent JOIN customers c ON true WHERE x = 'FROM nothing' -- FROM x"
    assert tables_of(query) == ["a.orders", "customers"]


def api_spec(url: str, lake: Lake, **options: str) -> dict[str, Any]:
    return {
        "source": {"type": "api", "config": {"url": url, "options": options}},
        "sink": {"type": "datalake", "config": {"path": lake.url}},
    }


def test_api_pages_until_one_is_empty(run: Run, lake: Lake, server: Server, tmp_path: Path) -> None:
    pages = {"1": [{"id": 1}, {"id": 2}], "2": [{"id": 3}]}
    server.answer = lambda path: (200, {"data": {"items": pages.get(path.rpartition("page=")[2], [])}})
    (tmp_path / "token").write_text("t0ps3cret")
    options = {"itemsPath": "data.items", "pageParameter": "page", "pageSizeParameter": "size", "pageSize": "2"}
    result = run(api_spec(f"{server.url}/v1?kind=a", lake, **options), "--source-connection", str(tmp_path)).ok()
    assert result["recordsRead"] == 3
    assert lake.values("id") == [1, 2, 3]
    assert [path for path, _, _ in server.requests] == [f"/v1?kind=a&size=2&page={n}" for n in (1, 2, 3)]
    assert all(headers["Authorization"] == "Bearer t0ps3cret" for _, headers, _ in server.requests)


def test_api_is_told_a_token_below_the_url_of_its_secret_only(
    run: Run, lake: Lake, server: Server, tmp_path: Path
) -> None:
    server.answer = lambda path: (200, [{"id": 1}])
    (tmp_path / "token").write_text("t0ps3cret")
    (tmp_path / "url").write_text(f"{server.url}/v1")
    connection = ("--source-connection", str(tmp_path))
    run(api_spec(f"{server.url}/v1/orders?kind=a", lake), *connection).ok()
    asked = len(server.requests)
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    for url in (f"{server.url}/v10", f"{elsewhere}/v1", f"{server.url}/v1/../v2", f"{server.url}/v1/%2e%2E/v2"):
        message = run(api_spec(url, lake), *connection).result["message"]
        assert message.startswith("source.config.url: must be below the url of the Secret")
    assert len(server.requests) == asked


def test_api_follows_cursors_and_asks_since_the_last_run(run: Run, lake: Lake, server: Server) -> None:
    server.answer = lambda path: (200, {"items": [{"p": path}], "next": None if "cursor=n" in path else "n"})
    options = {"itemsPath": "items", "cursorParameter": "cursor", "cursorPath": "next", "sinceParameter": "since"}
    first = run(api_spec(server.url, lake, **options)).ok()
    assert first["recordsRead"] == 2
    run(api_spec(server.url, lake, **options)).ok()
    assert f"since={first['lastRun']}".replace(":", "%3A") in server.requests[2][0]


def test_api_errors_name_the_field(run: Run, lake: Lake, server: Server) -> None:
    server.answer = lambda path: (404, {})
    assert run(api_spec(server.url, lake)).result["message"] == "source.config.url: the API answered 404 Not Found"
    server.answer = lambda path: (200, {"data": []})
    message = run(api_spec(server.url, lake, itemsPath="items")).result["message"]
    assert message == 'source.config.options.itemsPath: the answer has no "items"'
    server.answer = lambda path: (302, "http://localhost:1/elsewhere")
    assert "redirects to another host" in run(api_spec(server.url, lake)).result["message"]


def test_lineage_tells_start_and_completion(
    run: Run, lake: Lake, server: Server, database: Connection[Any], secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", server.url)
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "k3y")
    database.execute("CREATE TABLE customers (id int, name text)")
    database.execute("INSERT INTO customers VALUES (1, 'a'), (2, NULL)")
    spec = {
        "source": {"type": "database", "config": {"driver": "postgresql", "query": "SELECT id, name FROM customers"}},
        "transformations": [{"type": "clean", "config": {"removeNulls": True}}],
        "sink": {"type": "datalake", "config": {"path": lake.url}},
    }
    run(spec, "--source-connection", str(secret)).ok()
    start, complete = (body for _, _, body in server.requests)
    assert [path for path, _, _ in server.requests] == ["/api/v1/lineage"] * 2
    assert server.requests[0][1]["Authorization"] == "Bearer k3y"
    assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == complete["run"]["runId"]
    assert complete["schemaURL"] == "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
    assert (complete["job"]["namespace"], complete["job"]["name"]) == ("data-processing", "customer-etl-pipeline")
    (read,), (written,) = complete["inputs"], complete["outputs"]
    assert (read["namespace"], read["name"]) == (
        f"postgres://127.0.0.1:{os.environ['PGPORT']}",
        "shop.public.customers",
    )
    assert read["inputFacets"]["inputStatistics"]["rowCount"] == 2
    assert (written["namespace"], written["name"]) == ("file", str(lake.folder))
    assert written["outputFacets"]["outputStatistics"]["rowCount"] == 1
    assert written["facets"]["schema"]["fields"] == [{"name": "id", "type": "int"}, {"name": "name", "type": "string"}]


@pytest.mark.parametrize(
    "password", ["Wr0ng#Pa55word", "Wr0ng/Pa55word", "Wr0ng?Pa55word", "12/Pa55word", "Wr0ng@Pa55word"]
)
@pytest.mark.parametrize("start", ["postgresql://etl:{}@127.0.0.1:1/shop", "jdbc:postgresql://etl:{}@127.0.0.1:1/shop"])
def test_a_password_in_a_url_is_in_no_result_log_or_lineage(
    start: str,
    password: str,
    run: Run,
    lake: Lake,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", server.url)
    (tmp_path / "url").mkdir()
    (tmp_path / "url" / "url").write_text(start.format(password))
    spec = api_spec("", lake)
    spec["source"] = {"type": "database", "config": {"driver": "postgresql", "table": "customers"}}
    failed = run(spec, "--source-connection", str(tmp_path / "url"))
    assert failed.code in (1, 2)
    told = json.dumps([failed.result, *[body for _, _, body in server.requests]]) + "".join(capfd.readouterr())
    assert "Pa55word" not in told and "Wr0ng" not in told


def test_lineage_tells_failure_and_never_causes_one(
    run: Run, lake: Lake, frame: Frame, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", server.url)
    spec = api_spec("", lake)
    spec["source"] = {"type": "datalake", "config": {"path": "file:///does/not/exist"}}
    assert run(spec).code == 2
    last = server.requests[-1][2]
    assert last["eventType"] == "FAIL"
    assert last["run"]["facets"]["errorMessage"]["message"].startswith("source.config.path: [PATH_NOT_FOUND]")
    server.answer = lambda path: (500, {})
    spec["source"]["config"]["path"] = frame([(1,)], "id int")
    run(spec).ok()
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:1")
    run(spec).ok()
    sent = len(server.requests)
    monkeypatch.setenv("OPENLINEAGE_URL", server.url)
    run({**spec, "lineage": {"enabled": False}}).ok()
    assert len(server.requests) == sent


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": {"type": "kinesis", "config": {"topic": "x"}}}, "source.type: "),
        ({"sink": {"type": "kinesis", "config": {"topic": "x"}}}, "sink.type: "),
        ({"source": {"type": "datalake", "config": {"path": "hf://a/b"}}}, 'source.config.path: "hf://" is no store'),
        (
            {"source": {"type": "database", "config": {"driver": "postgresql", "table": "t"}}},
            "source.config.connection: must be set",
        ),
        ({"sink": {"type": "kafka", "config": {"topic": "t"}}}, "sink.config.options: the brokers are not known"),
        (
            {"source": {"type": "kafka", "config": {"topic": "t", "bootstrapServers": "x:1"}}},
            "source.config.topic: the connector for kafka",
        ),
    ],
)
def test_spec_that_cannot_run_names_its_field(
    change: dict[str, Any], message: str, run: Run, lake: Lake, frame: Frame
) -> None:
    spec = {**api_spec("", lake), "source": {"type": "datalake", "config": {"path": frame([(1,)], "id int")}}, **change}
    failed = run(spec)
    assert failed.result["message"].startswith(message)
    assert failed.code == 2


def test_connection_that_is_refused_tells_no_secret(
    run: Run, lake: Lake, database: Connection[Any], secret: Path
) -> None:
    spec = api_spec("", lake)
    spec["source"] = {"type": "database", "config": {"driver": "postgresql", "table": "customers"}}
    (secret / "password").write_text("Wr0ng-Pa55")
    failed = run(spec, "--source-connection", str(secret))
    assert failed.code == 1
    assert failed.result["message"].startswith(
        "source.config.connection: PSQLException: FATAL: password authentication failed"
    )
    assert "Wr0ng-Pa55" not in json.dumps(failed.result)
    (secret / "host").unlink()
    assert (
        run(spec, "--source-connection", str(secret))
        .result["message"]
        .startswith("source.config.connection: the Secret must have")
    )
    assert "is not mounted" in run(spec, "--source-connection", "/no/such").result["message"]
    spec["source"]["config"]["options"] = {"Password": "x"}
    assert (
        run(spec, "--source-connection", str(secret))
        .result["message"]
        .startswith("source.config.options: Password must not be set")
    )


def test_job_as_a_process_keeps_secrets_out_of_its_logs(
    lake: Lake, database: Connection[Any], secret: Path, tmp_path: Path
) -> None:
    database.execute("CREATE TABLE customers (id int)")
    query = "SELECT 1 / (id - id) AS id FROM customers"
    database.execute("INSERT INTO customers VALUES (1)")
    spec = {
        "source": {"type": "database", "config": {"driver": "postgresql", "query": query}},
        "sink": {"type": "datalake", "config": {"path": lake.url}},
    }
    file, result = tmp_path / "p.json", tmp_path / "termination-log"
    file.write_text(json.dumps({"metadata": {"name": "p"}, "spec": spec}))
    options = ["--source-connection", str(secret), "--result", str(result), "--metrics-port", "0"]
    verbose = {**spark_settings(), "spark.logConf": "true"}
    settings = " ".join(f"--conf '{key}={value}'" for key, value in verbose.items())
    done = subprocess.run(
        [sys.executable, str(RUNNER / "main.py"), str(file), *options],
        env={
            **os.environ,
            "PYSPARK_SUBMIT_ARGS": f"{settings} pyspark-shell",
            "PGPASSWORD": "",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 1
    told = json.loads(result.read_text())
    assert told["state"] == "Failed" and "division by zero" in told["message"]
    assert len(result.read_bytes()) <= 4096
    # Spark itself has told of the failed task
    assert "TaskSetManager" in done.stderr
    assert (secret / "password").read_text().strip() not in done.stdout + done.stderr


def test_metrics_are_served_for_prometheus() -> None:
    metrics = Metrics(0, 0)
    metrics.counts.written = 12
    metrics.counts.quarantined = 3
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics.port}/metrics") as answer:
        text = answer.read().decode()
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    metrics.close()
    assert "# TYPE pipeline_records_processed_total counter\npipeline_records_processed_total 12\n" in text
    assert "pipeline_records_quarantined_total 3\n" in text


def test_result_fits_into_a_termination_message(run: Run, lake: Lake, frame: Frame) -> None:
    checks = [{"name": f"{n:02d}-{'x' * 60}", "type": "not-null", "column": "id"} for n in range(64)]
    spec = {
        **api_spec("", lake),
        "source": {"type": "datalake", "config": {"path": frame([(None,)], "id int")}},
        "quality": checks,
    }
    failed = run(spec)
    assert failed.code == 3
    assert len(json.dumps(failed.result, separators=(",", ":")).encode()) <= 4096
    assert failed.result["recordsQuarantined"] == 1
