"""What a model is asked, and what its answer means."""

from __future__ import annotations

import pandas
import pytest

from model_features import request_of, values_of


def test_inputs_are_named_and_in_order_and_lack_what_an_entity_lacks() -> None:
    frame = pandas.DataFrame({"town": ["x", None], "age": [1, float("nan")]}, index=["a", "b"])
    assert request_of(frame, {"town": "string", "age": "int"}) == {
        "inputs": [
            {"name": "age", "shape": [2, 1], "datatype": "FP64", "data": [1.0, None]},
            {"name": "town", "shape": [2, 1], "datatype": "BYTES", "data": ["x", ""]},
        ]
    }


def test_of_a_list_of_classes_the_last_one_is_the_value() -> None:
    two = {"outputs": [{"name": "p", "shape": [2, 2], "data": [0.9, 0.1, 0.2, 0.8]}]}
    assert list(values_of(two, 2)) == [0.1, 0.8]
    assert list(values_of({"outputs": [{"data": [0.1, 0.8]}]}, 2)) == [0.1, 0.8]


def test_an_answer_about_other_entities_is_refused() -> None:
    with pytest.raises(ValueError, match="the model gave 1 values for 2 entities"):
        values_of({"outputs": [{"shape": [1], "data": [0.1]}]}, 2)
