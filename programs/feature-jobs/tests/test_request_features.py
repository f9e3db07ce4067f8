"""Features out of the tenant's own functions. What Feast makes of them is asked by the test of the repository."""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from feast.types import Float64, Int64

import request_features

TEXT = "FACTOR = 2\n\n\ndef helper(x):\n    return x * FACTOR\n\n\ndef share(revenue, amount):\n    return helper(amount) / revenue\n\n\ndef later():\n    return 1\n"


@pytest.fixture
def module(tmp_path: Path) -> ModuleType:
    path = tmp_path / "share.py"
    path.write_text(TEXT)
    spec = importlib.util.spec_from_file_location("share", path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_the_function_is_the_one_called_like_the_feature_or_else_the_last(module: ModuleType) -> None:
    assert request_features.function_of(module, "share").__name__ == "share"
    assert request_features.function_of(module, "unknown").__name__ == "later"
    with pytest.raises(ValueError, match="the transformation of x defines no function"):
        request_features.function_of(ModuleType("empty"), "x")


def test_the_source_stands_for_itself_and_takes_lists(module: ModuleType) -> None:
    function = request_features.function_of(module, "share")
    space: dict[str, Any] = {}
    exec(request_features.source_of(module, "share", function, ["revenue", "amount"]), space)
    assert space["compute_share"]({"revenue": [2, 4], "amount": [1, 1]}) == {"share": [1.0, 0.5]}


def test_annotations_of_the_tenant_stay_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "transformations").mkdir()
    (tmp_path / "transformations" / "twice.py").write_text("def twice(amount: int):\n    return amount * 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    view = request_features.request_feature("twice", Int64, [], "", "", {})
    assert view.feature_transformation is not None
    udf = view.feature_transformation.udf
    assert udf({"amount": [1, 2]}) == {"twice": [2, 4]}
    assert udf.__globals__["twice"].__annotations__ == {"amount": int}


def test_a_value_of_the_request_has_the_type_of_its_annotation() -> None:
    def function(plain, count: int, wrong: list):  # type: ignore[no-untyped-def, type-arg]
        pass

    plain, count, wrong = inspect.signature(function, eval_str=True).parameters.values()
    assert request_features.request_type(plain) == Float64
    assert request_features.request_type(count) == Int64
    with pytest.raises(ValueError, match="wrong must be an int, float, str, bool or bytes"):
        request_features.request_type(wrong)
