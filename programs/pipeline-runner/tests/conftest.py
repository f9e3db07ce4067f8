"""What the tests of the pipeline runner share: one Spark, one database per test, and the runner called as its job would."""

from __future__ import annotations

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable, Iterator

import psycopg
import pytest
from pyspark.sql import SparkSession

import main as runner
import redaction

RUNNER = Path(__file__).resolve().parents[1] / "src"


def spark_settings() -> dict[str, str]:
    packages = json.loads((RUNNER / "connectors.json").read_text())["packages"]
    return {
        "spark.master": "local[2]",
        "spark.jars.packages": ",".join([*packages["postgresql"], *packages["delta"]]),
        "spark.jars.ivy": os.environ["PIPELINE_IVY"],
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        # many small queries: compiling each would take longer than running it
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -XX:TieredStopAtLevel=1",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    }


def forget() -> None:
    """Has nothing hidden any more."""
    redaction._parts.clear()
    redaction._tokens.clear()


@pytest.fixture(autouse=True)
def nothing_is_hidden() -> None:
    """As in a process of its own."""
    forget()


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    builder = SparkSession.builder
    for key, value in spark_settings().items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    runner.session("tests")
    yield session
    session.stop()


def connect(database: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host="127.0.0.1",
        port=os.environ["PGPORT"],
        user=os.environ["PGUSER"],
        password=os.environ["PGPASSWORD"],
        dbname=database,
        autocommit=True,
    )


@pytest.fixture
def database() -> Iterator[psycopg.Connection[Any]]:
    """An empty database; `info` says how it is reached."""
    with connect("postgres") as admin:
        admin.execute("DROP DATABASE IF EXISTS shop WITH (FORCE)")
        admin.execute("CREATE DATABASE shop")
    with connect("shop") as connection:
        yield connection


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """The Secret of the database, as a mounted folder."""
    folder = tmp_path / "secret"
    folder.mkdir()
    for key, value in {
        "host": "127.0.0.1",
        "port": os.environ["PGPORT"],
        "database": "shop",
        "username": os.environ["PGUSER"],
        "password": os.environ["PGPASSWORD"] + "\n",
    }.items():
        (folder / key).write_text(value)
    return folder


class Outcome:
    def __init__(self, code: int, result: dict[str, Any]) -> None:
        self.code = code
        self.result = result

    def ok(self) -> dict[str, Any]:
        assert self.code == 0, self.result
        return self.result


Run = Callable[..., Outcome]


@pytest.fixture
def run(spark: SparkSession, tmp_path: Path) -> Run:
    """Runs a spec as the job's main program does, in this Spark."""

    def call(spec: dict[str, Any], *options: str, name: str = "customer-etl-pipeline") -> Outcome:
        file, result = tmp_path / "pipeline.json", tmp_path / "result.json"
        file.write_text(json.dumps({"metadata": {"name": name, "namespace": "data-processing"}, "spec": spec}))
        result.unlink(missing_ok=True)
        code = runner.main([str(file), "--result", str(result), "--metrics-port", "-1", *options])
        return Outcome(code, json.loads(result.read_text()))

    return call


class Lake:
    """A folder of the lake."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark = spark
        self.folder = folder
        self.url = f"file://{folder}"

    def rows(self, format: str = "parquet", **options: str) -> list[dict[str, Any]]:
        return [row.asDict() for row in self.spark.read.format(format).options(**options).load(self.url).collect()]

    def values(self, column: str) -> list[Any]:
        return sorted(row[column] for row in self.rows())

    def files(self) -> list[str]:
        """Names below, without those that are hidden, but for the runner's own."""
        names = (str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file())
        return sorted(name for name in names if not name.endswith(".crc"))

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            (self.folder / "_state" / "data-processing.customer-etl-pipeline.json").read_text()
        )
        return found

    def quarantine(self) -> list[dict[str, Any]]:
        files = self.folder.glob("_quarantine/run=*/**/*.json")
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    return Lake(spark, tmp_path / "lake")


@pytest.fixture
def frame(spark: SparkSession, tmp_path: Path) -> Callable[..., str]:
    """Writes rows as Parquet; gives their location."""

    def write(rows: list[tuple[Any, ...]], schema: str, name: str = "in") -> str:
        spark.createDataFrame(rows, schema).coalesce(1).write.mode("overwrite").parquet(f"file://{tmp_path}/{name}")
        return f"file://{tmp_path}/{name}"

    return write


class Server:
    """A local HTTP server: keeps what it gets, answers what `answer` says."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.answer: Callable[[str], tuple[int, Any]] = lambda path: (200, {})
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(size)) if size else None
                outer.requests.append((self.path, dict(self.headers), body))
                code, content = outer.answer(self.path)
                self.send_response(code)
                if code in (301, 302):
                    self.send_header("Location", content)
                    content = {}
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            do_GET = do_POST = _serve

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()
