"""Models in ONNX, run by ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnxruntime

from ..decode import Arrays
from ..errors import StartError
from ..schema import Tensor
from .base import LoadOptions, Outputs
from .onnx_file import check_self_contained

_TYPES = {
    "tensor(bool)": "bool",
    "tensor(float16)": "float16",
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(int8)": "int8",
    "tensor(int16)": "int16",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(uint8)": "uint8",
    "tensor(uint16)": "uint16",
    "tensor(uint32)": "uint32",
    "tensor(uint64)": "uint64",
    "tensor(string)": "string",
}
_PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")


class OnnxBackend:
    """A session of ONNX Runtime."""

    format = "onnx"
    column_names: tuple[str, ...] = ()

    def __init__(self, path: Path, options: LoadOptions) -> None:
        check_self_contained(path)
        chosen = onnxruntime.SessionOptions()
        chosen.intra_op_num_threads = options.threads
        chosen.inter_op_num_threads = 1
        # threads that spin take the CPU from the requests of others
        chosen.add_session_config_entry("session.intra_op.allow_spinning", "0")
        chosen.log_severity_level = 3
        available = onnxruntime.get_available_providers()
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), chosen, providers=[provider for provider in _PROVIDERS if provider in available]
            )
        except Exception as error:
            # the errors of the runtime have no common class
            raise StartError(f"ONNX Runtime cannot load {path.name}: {str(error)[:500]}") from error
        self.inputs: tuple[Tensor, ...] | None = tuple(_tensor(one) for one in self._session.get_inputs())
        self.outputs: tuple[str, ...] = tuple(one.name for one in self._session.get_outputs())

    def run(self, arrays: Arrays) -> Outputs:
        return dict(zip(self.outputs, self._session.run(None, arrays), strict=True))


def _tensor(given: Any) -> Tensor:
    dtype = _TYPES.get(given.type)
    if dtype is None:
        raise StartError(
            f"the input {given.name} of the model is {given.type}, and must be a tensor of numbers, booleans or strings"
        )
    shape = tuple(size if isinstance(size, int) and size >= 0 else None for size in given.shape)
    return Tensor(given.name, dtype, shape)
