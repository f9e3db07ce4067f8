"""Which column of a query's result is what. Queries on Spark itself are run by the test of the job's ConfigMap."""

from __future__ import annotations

import pytest

from batch_features import columns_of, spark_url
from conftest import Json


def test_columns_are_found_by_name_in_any_case(view: Json) -> None:
    columns = ["EVENT_TIMESTAMP", "Purchase_Frequency", "other", "ENTITY_ID"]
    features = {"purchase_frequency": "Purchase_Frequency"}
    assert columns_of(view, columns) == ("ENTITY_ID", features, "EVENT_TIMESTAMP")


def test_the_entity_is_the_first_column_and_a_single_feature_the_one_that_is_left(view: Json) -> None:
    assert columns_of(view, ["customer", "count"]) == ("customer", {"purchase_frequency": "count"}, None)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["customer", "Customer"], "gives two columns of one name"),
        (["purchase_frequency"], "gives no column for the entity"),
        (["entity_id", "a", "b"], "gives no column purchase_frequency"),
    ],
)
def test_a_result_that_can_mean_several_things_is_refused(view: Json, columns: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        columns_of(view, columns)


def test_s3_goes_through_s3a() -> None:
    assert [spark_url(url) for url in ("s3://lake/a", "file:///a")] == ["s3a://lake/a", "file:///a"]
