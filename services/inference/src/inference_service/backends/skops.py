"""Models of scikit-learn in the format of skops, which says by name what types it would make."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np

from ..decode import Arrays
from ..errors import StartError
from ..schema import Tensor
from .base import LoadOptions, Outputs


class SkopsBackend:
    """An estimator of scikit-learn."""

    format = "skops"

    def __init__(self, path: Path, options: LoadOptions) -> None:
        try:
            import sklearn.base
            import skops.io
        except ImportError as error:
            raise StartError(
                "this image has no scikit-learn: install the extra sklearn, or save the model as ONNX"
            ) from error
        try:
            unknown = set(skops.io.get_untrusted_types(file=path)) - set(options.skops_trusted)
            if unknown:
                listed = ", ".join(sorted(map(str, unknown))[:8])
                raise StartError(f"{path.name} would make objects of types that are not trusted: {listed}")
            model = skops.io.load(path, trusted=list(options.skops_trusted))
        except StartError:
            raise
        except Exception as error:
            # a damaged file raises whatever its content leads to
            raise StartError(f"skops cannot load {path.name}: {type(error).__name__}: {str(error)[:500]}") from error
        if not isinstance(model, sklearn.base.BaseEstimator) or not callable(getattr(model, "predict", None)):
            raise StartError(f"{path.name} must hold an estimator with predict, and holds {type(model).__name__}")
        self._model: Any = model
        self._probabilities = callable(getattr(model, "predict_proba", None))
        self._threads = options.threads
        self._limits: contextlib.AbstractContextManager[Any] | None = None
        names = getattr(model, "feature_names_in_", ())
        self.column_names: tuple[str, ...] = tuple(map(str, names))
        self.inputs: tuple[Tensor, ...] | None = _inputs(model)
        self.outputs: tuple[str, ...] = ("predictions", *(["probabilities"] if self._probabilities else []))

    def run(self, arrays: Arrays) -> Outputs:
        if self._limits is None:
            # once, in the thread that runs the model: pools of BLAS and OpenMP are limited for the process
            from threadpoolctl import threadpool_limits

            self._limits = threadpool_limits(self._threads)
        [values] = arrays.values()
        found: Outputs = {"predictions": np.asarray(self._model.predict(values))}
        if self._probabilities:
            found["probabilities"] = _probabilities(self._model.predict_proba(values))
        return found


def _probabilities(found: Any) -> Any:
    # estimators of several answers have a list with an array for each
    return np.stack(found, axis=1) if isinstance(found, list) else np.asarray(found)


def _inputs(model: Any) -> tuple[Tensor, ...] | None:
    count = getattr(model, "n_features_in_", None)
    return None if count is None else (Tensor("input", "float64", (None, int(count))),)
