"""Features that are computed when they are asked for, out of the tenant's own functions."""

# without `from __future__ import annotations`, which compile() would pass on to the tenant's code
import importlib
import inspect
from types import FunctionType, ModuleType
from typing import Any

from feast import Field, RequestSource
from feast.on_demand_feature_view import OnDemandFeatureView
from feast.transformation.python_transformation import PythonTransformation
from feast.types import Bool, Bytes, Float64, Int64, String

REQUEST_TYPES = {int: Int64, float: Float64, str: String, bool: Bool, bytes: Bytes}


def function_of(module: ModuleType, name: str) -> FunctionType:
    """The function that is called like the feature, or else the last one that the module defines."""
    functions = [
        value for value in vars(module).values() if inspect.isfunction(value) and value.__module__ == module.__name__
    ]
    if not functions:
        raise ValueError(f"the transformation of {name} defines no function")
    return next((each for each in functions if each.__name__ == name), functions[-1])


def source_of(module: ModuleType, name: str, function: FunctionType, parameters: list[str]) -> str:
    """
    The tenant's module and, after it, the function that Feast calls with lists of values. Feast keeps this text in its registry
    and runs it where the feature is asked for, so it stands for itself.
    """
    return f"""# {name}
{inspect.getsource(module)}

def compute_{name}(inputs):
    names = {parameters!r}
    rows = max((len(inputs[each]) for each in names), default=1)
    values = [{function.__name__}(**{{each: inputs[each][row] for each in names}}) for row in range(rows)]
    return {{{name!r}: values}}
"""


def request_feature(
    name: str, field: Any, views: list[Any], description: str, owner: str, tags: dict[str, str]
) -> OnDemandFeatureView:
    """
    An on-demand view of one feature. Each parameter of the function is a stored feature of that name, or else a value of
    the request, typed by its annotation (a float where there is none).
    """
    module = importlib.import_module(f"transformations.{name}")
    function = function_of(module, name)
    stored = {each.name: view for view in views for each in view.features}
    parameters = list(inspect.signature(function, eval_str=True).parameters.values())
    names = [parameter.name for parameter in parameters]
    wanted = [Field(name=each.name, dtype=request_type(each)) for each in parameters if each.name not in stored]
    sources: list[Any] = []
    for parameter in names:
        if parameter in stored and not any(stored[parameter] is view for view in sources):
            sources.append(stored[parameter])
    if wanted or not sources:
        sources.append(RequestSource(name=f"{name}_request", schema=wanted))
    text = source_of(module, name, function, names)
    space: dict[str, Any] = {"__name__": "transformation"}
    exec(compile(text, f"transformations/{name}.py", "exec"), space)
    return OnDemandFeatureView(
        name=name,
        # what Feast infers from a run has no description, and both must be equal
        schema=[Field(name=name, dtype=field)],
        sources=sources,
        mode="python",
        description=description,
        owner=owner,
        tags=tags,
        feature_transformation=PythonTransformation(udf=space[f"compute_{name}"], udf_string=text),
    )


def request_type(parameter: inspect.Parameter) -> Any:
    if parameter.annotation is inspect.Parameter.empty:
        return Float64
    if parameter.annotation not in REQUEST_TYPES:
        raise ValueError(f"{parameter.name} must be an int, float, str, bool or bytes, not {parameter.annotation}")
    return REQUEST_TYPES[parameter.annotation]
