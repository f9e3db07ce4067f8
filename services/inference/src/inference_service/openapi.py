"""The OpenAPI document: what the model takes is known when it has been loaded."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from .problems import MEDIA_TYPE, TYPES
from .schema import Column, Schema, Tensor

Json = dict[str, Any]

PROBLEM: Json = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer (RFC 6901) into the body."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

RETRYING = (429, 503)


def problems(*statuses: int) -> Json:
    """The responses of an operation that are problems."""
    found: Json = {}
    for status in statuses:
        kinds = [kind for kind in TYPES.values() if kind.status == status]
        retry = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
        found[str(status)] = {
            "description": "; ".join(f"`{kind.slug}`: {kind.title} ({kind.meaning})" for kind in kinds),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            **({"headers": retry} if status in RETRYING else {}),
        }
    return found


def _ok(description: str, schema: Json, media: str = "application/json") -> Json:
    return {"200": {"description": description, "content": {media: {"schema": schema}}}}


def _status(*values: str) -> Json:
    return {"type": "object", "required": ["status"], "properties": {"status": {"enum": list(values)}}}


def document(title: str, version: str, schema: Schema | None, outputs: Sequence[str], most_rows: int) -> Json:
    """The whole document."""
    predict: Json = {
        "operationId": "predict",
        "summary": "Asks the model.",
        "parameters": [
            {
                "name": "traceparent",
                "in": "header",
                "required": False,
                "description": "W3C Trace Context; the log lines of the request have its trace. One that is malformed counts as none.",
                "schema": {"type": "string"},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PredictRequest"}}},
        },
        "responses": {
            **_ok("The model's answer.", {"$ref": "#/components/schemas/PredictResponse"}),
            **problems(400, 408, 413, 415, 422, 429, 500, 503, 504),
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": "Serves one model."},
        "paths": {
            "/predict": {"post": predict},
            "/health": {
                "get": {
                    "operationId": "health",
                    "summary": "Whether the process works.",
                    "responses": {**_ok("It does.", _status("ok")), **problems(504)},
                }
            },
            "/ready": {
                "get": {
                    "operationId": "ready",
                    "summary": "Whether the model can be asked.",
                    "responses": {**_ok("It can.", _status("ready")), **problems(503)},
                }
            },
            "/model/info": {
                "get": {
                    "operationId": "modelInfo",
                    "summary": "What is served, and what it takes.",
                    "responses": {**_ok("The model.", {"$ref": "#/components/schemas/ModelInfo"}), **problems(503)},
                }
            },
            "/metrics": {
                "get": {
                    "operationId": "metrics",
                    "summary": "Metrics for Prometheus.",
                    "responses": _ok("The metrics.", {"type": "string"}, "text/plain"),
                }
            },
        },
        "components": {
            "schemas": {
                "Problem": PROBLEM,
                "PredictRequest": {"type": "object"} if schema is None else request_schema(schema, most_rows),
                "PredictResponse": _response(outputs),
                "ModelInfo": MODEL_INFO,
            }
        },
    }


def _response(outputs: Sequence[str]) -> Json:
    found: Json = {"type": "object", "additionalProperties": {"type": "array"}}
    if outputs:
        found |= {
            "required": list(outputs),
            "properties": {name: {} for name in outputs},
            "additionalProperties": False,
        }
    return {
        "type": "object",
        "required": ["model", "version", "predictions"],
        "properties": {
            "model": {"type": "string"},
            "version": {"type": "string"},
            "predictions": {**found, "description": "Each output of the model by its name, with a value for each row."},
        },
    }


MODEL_INFO: Json = {
    "type": "object",
    "required": ["name", "version", "format", "sha256", "signed", "signature", "max_batch_size"],
    "properties": {
        "name": {"type": "string"},
        "version": {"type": "string"},
        "framework": {"type": ["string", "null"]},
        "format": {"enum": ["onnx", "skops", "torchscript", "torch-export", "safetensors"]},
        "uri": {"type": "string", "description": "Without what is secret in it."},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "signed": {"type": "boolean", "description": "Whether its signature was compared with a key."},
        "loaded_at": {"type": "string", "format": "date-time"},
        "signature": {"type": "object"},
        "max_batch_size": {"type": "integer"},
        "joined_rows": {"type": "integer", "description": "Rows of requests that are joined to a batch; 1 is none."},
        "features": {"type": "array", "items": {"type": "string"}},
    },
}


def request_schema(schema: Schema, most_rows: int) -> Json:
    """What `/predict` takes."""
    forms = _of_columns(schema, most_rows) if schema.columns else _of_tensors(schema, most_rows)
    return {
        "oneOf": [
            {
                "type": "object",
                "title": name,
                "required": [name],
                "additionalProperties": False,
                "properties": {name: form},
            }
            for name, form in forms.items()
        ]
    }


def _of_tensors(schema: Schema, most_rows: int) -> Json:
    names = [one.name for one in schema.inputs]
    arrays = {one.name: _nested(one, 0, most_rows if schema.batched else None) for one in schema.inputs}
    by_name = {"type": "object", "required": names, "additionalProperties": False, "properties": arrays}
    forms: Json = {"inputs": by_name if len(names) > 1 else {"oneOf": [by_name, arrays[names[0]]]}}
    if all(one.shape for one in schema.inputs):
        rows = {one.name: _nested(one, 1, None) for one in schema.inputs}
        row: Json = {"type": "object", "required": names, "additionalProperties": False, "properties": rows}
        counts = _rows(schema, most_rows)
        if len(names) > 1:
            forms["instances"] = {"type": "array", "items": row, **counts}
        else:
            # all of one kind
            forms["instances"] = {
                "oneOf": [{"type": "array", "items": item, **counts} for item in (row, rows[names[0]])]
            }
    return forms


def _rows(schema: Schema, most_rows: int) -> Json:
    if schema.batched:
        return {"minItems": 1, "maxItems": most_rows}
    first = schema.inputs[0].shape[0] if schema.inputs[0].shape else None
    return {"minItems": 1} if first is None else {"minItems": first, "maxItems": first}


def _nested(one: Tensor, depth: int, most_rows: int | None) -> Json:
    if depth >= len(one.shape):
        return _value(one)
    size = one.shape[depth]
    found: Json = {"type": "array", "items": _nested(one, depth + 1, None), "minItems": 1 if size is None else size}
    most = size if size is not None else most_rows if depth == 0 else None
    return found if most is None else {**found, "maxItems": most}


def _value(one: Tensor) -> Json:
    if one.kind in ("boolean", "string"):
        return {"type": one.kind}
    bounds: Any = np.finfo(one.numpy) if one.kind == "number" else np.iinfo(one.numpy)
    convert = float if one.kind == "number" else int
    return {"type": one.kind, "minimum": convert(bounds.min), "maximum": convert(bounds.max)}


def _of_columns(schema: Schema, most_rows: int) -> Json:
    columns = schema.columns
    counts = _rows(schema, most_rows)
    values = [_cell(column, schema) for column in columns]
    names = [column.name for column in columns]
    needed = [column.name for column in columns if column.required]
    properties = dict(zip(names, values, strict=True))
    records = {
        "type": "array",
        "items": {"type": "object", "required": needed, "additionalProperties": False, "properties": properties},
        **counts,
    }
    width = {"minItems": len(columns), "maxItems": len(columns)}
    row: Json = {"type": "array", "prefixItems": values, "items": False, **width}
    header = {"description": "The names; data is in their order, which may be another.", "enum": [names]}
    split = {
        "type": "object",
        "required": ["columns", "data"],
        "additionalProperties": False,
        "properties": {
            "columns": header,
            "data": {"type": "array", "items": row, **counts},
            "index": {"type": "array"},
        },
    }
    instances = {"oneOf": [records, {"type": "array", "items": row, **counts}]}
    return {"dataframe_split": split, "dataframe_records": records, "instances": instances}


def _cell(column: Column, schema: Schema) -> Json:
    # what is narrower: the column, or the matrix that it becomes a part of
    dtypes = [column.dtype, *([schema.inputs[0].dtype] if schema.packed else [])]
    numbers = [dtype for dtype in dtypes if dtype.startswith("float")]
    dtype = (
        min(numbers, key=lambda one: np.dtype(one).itemsize) if column.kind == "number" and numbers else column.dtype
    )
    value = _value(Tensor(column.name, dtype, ()))
    return value if column.required else {**value, "type": [value["type"], "null"]}
