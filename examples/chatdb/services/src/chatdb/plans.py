"""Plans: what a question asks of a database, in a form that cannot say more than that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Callable

OPERATIONS = ("count", "sum", "average", "maximum", "minimum", "list")
LONGEST_QUESTION = 500

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_WORDS = {
    "count": r"how many|number of|count",
    "sum": r"total|sum",
    "average": r"average|mean",
    "maximum": r"highest|largest|biggest|maximum",
    "minimum": r"lowest|smallest|minimum",
    "list": r"show|list",
}
_CONDITIONS = re.compile(r"\b(?:where|with|whose)\b(.*)$")
_CONDITION = re.compile(r"\s*(\w+)\s*(?:=|is|equals)\s*'?([^']+?)'?\s*")
_SUBJECT = {
    "count": r"\b(?:how many|number of|count)(?: of)?(?: all)?(?: the)? (\w+)",
    "list": r"\b(?:show|list)(?: me)?(?: all)?(?: the)? (\w+)",
}
_OF = r"(?:(\w+) )?(?:of|in|from|over)(?: all)?(?: the)? (\w+)"


@dataclass(frozen=True)
class Condition:
    column: str
    equals: str


@dataclass(frozen=True)
class Plan:
    """One operation over one table. Names are names, and values are parameters: none of it is ever part of a statement as it came."""

    operation: str
    table: str
    column: str | None = None
    where: tuple[Condition, ...] = ()

    def __post_init__(self) -> None:
        if self.operation not in OPERATIONS:
            raise ValueError(f"an operation is one of {', '.join(OPERATIONS)}")
        names = [self.table, *([] if self.column is None else [self.column]), *(one.column for one in self.where)]
        if not all(_NAME.fullmatch(name) for name in names):
            raise ValueError("names have letters, digits and underscores")
        if (self.column is None) != (self.operation in ("count", "list")):
            raise ValueError(f"{self.operation} {'needs a' if self.column is None else 'has no'} column")
        if len(self.where) > 8:
            raise ValueError("there are at most 8 conditions")

    def to_json(self) -> dict[str, Any]:
        where = [{"column": one.column, "equals": one.equals} for one in self.where]
        return {"operation": self.operation, "table": self.table, "column": self.column, "where": where}

    @staticmethod
    def of(value: Any) -> Plan:
        """Raises ValueError where this is no plan."""
        try:
            where = tuple(Condition(str(one["column"]), str(one["equals"])) for one in value.get("where", []))
            column = value.get("column")
            return Plan(str(value["operation"]), str(value["table"]), None if column is None else str(column), where)
        except (KeyError, TypeError, AttributeError):
            raise ValueError("a plan has operation, table, column and where") from None


def plan_of(question: str, classify: Callable[[str], str | None] = lambda _question: None) -> Plan:
    """
    The plan of a question. Words tell the operation; where none does, a model may.

    Raises ValueError where it is not understood.
    """
    text = re.sub(r"\s+", " ", question[:LONGEST_QUESTION].lower()).strip(" ?.!")
    conditions = _CONDITIONS.search(text)
    subject = text if conditions is None else text[: conditions.start()].strip()
    found = [
        (match.start(), name) for name, words in _WORDS.items() if (match := re.search(rf"\b(?:{words})\b", subject))
    ]
    operation = min(found)[1] if found else classify(subject)
    if operation is None:
        raise ValueError("the question asks for nothing that is known: how many, total, average, highest, lowest, list")
    where = () if conditions is None else _where(conditions.group(1))
    if operation in _SUBJECT:
        match = re.search(_SUBJECT[operation], subject)
        if match is not None:
            return Plan(operation, match.group(1), None, where)
    match = re.search(rf"\b(?:{_WORDS[operation]})(?: of)?(?: the)? {_OF}", subject) or re.search(_OF, subject)
    if match is None:
        raise ValueError("the question names no table: ask for the total of COLUMN in TABLE")
    column = None if operation in _SUBJECT else match.group(1)
    return Plan(operation, match.group(2), column, where)


def _where(text: str) -> tuple[Condition, ...]:
    matches = [_CONDITION.fullmatch(part) for part in re.split(r"\band\b", text)]
    if not all(matches):
        raise ValueError("conditions are COLUMN is VALUE, with `and` between them")
    return tuple(Condition(match.group(1), match.group(2)) for match in matches if match is not None)
