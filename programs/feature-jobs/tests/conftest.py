"""What the tests of the jobs share: a view of a feature store, and the folder of its values."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Callable

import pyarrow
import pyarrow.parquet
import pytest

Json = dict[str, Any]
Store = Callable[..., None]


@pytest.fixture
def view(tmp_path: Path) -> Json:
    """A view as the operator writes it into the file of a job."""
    return {
        "name": "purchase_frequency",
        "entity": "entity",
        "joinKey": "entity_id",
        "keyType": "string",
        "timestampField": "event_timestamp",
        "features": [{"name": "purchase_frequency", "type": "float"}],
        "folder": f"file://{tmp_path}/values/purchase_frequency",
    }


@pytest.fixture
def job() -> Json:
    """What all jobs of a store are told."""
    return {"repository": "/etc/feast/repository", "format": "parquet"}


@pytest.fixture
def store(view: Json, tmp_path: Path) -> Store:
    """Stores values of the view: pairs of entity and value, computed at a time and dated as told, or then."""

    def call(pairs: list[tuple[str, float | None]], created: datetime, dated: datetime | None = None) -> None:
        folder = tmp_path / "values" / "purchase_frequency" / f"run_date={created:%Y-%m-%d}"
        folder.mkdir(parents=True, exist_ok=True)
        times = pyarrow.timestamp("us", tz="UTC")
        table = pyarrow.table(
            {
                "entity_id": [entity for entity, _ in pairs],
                "purchase_frequency": pyarrow.array([value for _, value in pairs], pyarrow.float32()),
                "event_timestamp": pyarrow.array([dated or created] * len(pairs), times),
                "created_timestamp": pyarrow.array([created] * len(pairs), times),
            }
        )
        pyarrow.parquet.write_table(table, folder / f"part-{created:%H%M%S%f}.parquet")

    return call
