"""
Architectures of networks whose weights are stored as safetensors: the file has tensors only, so what they are the weights of must be
code that is installed.

A file names its architecture and that one's configuration (JSON) in its metadata, as `architecture` and `config`. Others than those here
are registered by an entry point of the group `inference_service.architectures`.
"""

from __future__ import annotations

import importlib.metadata
from typing import Any, Callable, Mapping

from ..errors import StartError

GROUP = "inference_service.architectures"

# makes a torch.nn.Module from a configuration
Factory = Callable[[Mapping[str, Any]], Any]

MOST_LAYERS = 64
WIDEST = 1_000_000


def architecture(name: str) -> Factory:
    """The architecture of a name. Raises StartError where none is registered."""
    found = {one.name: one for one in importlib.metadata.entry_points(group=GROUP)}
    if name in BUILT_IN:
        return BUILT_IN[name]
    if name not in found:
        known = ", ".join(sorted({*BUILT_IN, *found}))
        raise StartError(f"the architecture {name!r} is not registered: there are {known}")
    factory: Factory = found[name].load()
    return factory


def _mlp(config: Mapping[str, Any]) -> Any:
    """A perceptron: `sizes`, and `activation` between the layers. Its tensors are called as those of torch.nn.Sequential."""
    from torch import nn

    activations = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
    sizes, activation = config.get("sizes"), config.get("activation", "relu")
    if (
        not isinstance(sizes, list)
        or not 2 <= len(sizes) <= MOST_LAYERS
        or not all(type(size) is int and 1 <= size <= WIDEST for size in sizes)
    ):
        raise StartError(f"config.sizes of mlp must be 2 to {MOST_LAYERS} whole numbers")
    if activation not in activations:
        raise StartError(f"config.activation of mlp must be one of {', '.join(activations)}")
    layers: list[nn.Module] = []
    for one, other in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(one, other), activations[activation]()]
    return nn.Sequential(*layers[:-1])


BUILT_IN: Mapping[str, Factory] = {"mlp": _mlp}
