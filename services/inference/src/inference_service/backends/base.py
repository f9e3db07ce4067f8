"""What a backend is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..decode import Arrays
from ..schema import Tensor

# what comes out: an array, or a list of an object for each row
Outputs = dict[str, object]


class Backend(Protocol):
    """A model that has been loaded."""

    @property
    def format(self) -> str:
        """How it is stored, as `/model/info` shows it."""

    @property
    def inputs(self) -> tuple[Tensor, ...] | None:
        """What the model says that it takes; None where its format does not say."""

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns of its only input, where it knows them."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what comes out."""

    def run(self, arrays: Arrays) -> Outputs:
        """The model's answer."""


@dataclass(frozen=True)
class LoadOptions:
    """What backends are told."""

    threads: int
    most_bytes: int
    skops_trusted: tuple[str, ...] = ()
