"""What a table must be: its columns, and what each is for."""

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from filiera_steps import arrays
from filiera_steps.errors import StepError, refuse

Kind = TypeVar("Kind", bound=BaseModel)


class Strict(BaseModel):
    """What is declared in a pipeline: unknown names in it are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Strict):
    """A column of a table."""

    type: Literal["number", "category", "boolean", "time", "array"]
    #: what it is for: features are what models learn from, sensitive columns are what they are judged by
    role: Literal["feature", "target", "sensitive", "time", "id", "user", "item"] = "feature"
    min: float | None = None
    max: float | None = None
    #: the categories that may be
    values: list[str] | None = None
    #: the largest share of rows that may have no value
    missing: float = Field(default=0, ge=0, le=1)
    #: of each array: rows and columns of an image, steps and measurements of a series
    shape: tuple[PositiveInt, ...] | None = Field(default=None, min_length=1, max_length=4)

    @model_validator(mode="after")
    def shaped(self) -> "Column":
        """Arrays have a shape, are learnt from, and are there in each row; nothing else has one."""
        if (self.type == "array") != (self.shape is not None):
            raise ValueError("a column has a shape if it is of type array, and only then")
        if self.type == "array" and (self.role != "feature" or self.missing > 0):
            raise ValueError("a column of arrays is a feature, and none of its values is missing")
        return self

    @property
    def kind(self) -> str:
        """What a model is told of the column: its type, and the shape of arrays."""
        return self.type if self.shape is None else arrays.kind_of(self.shape)


#: of each task the roles that exactly one column has, and that column's type; other tasks' roles are no column's
TASKS: dict[str, dict[str, str]] = {
    "classification": {"target": "boolean"},
    "ranking": {"user": "category", "item": "category", "time": "time"},
    "forecast": {"item": "category", "time": "time", "target": "number"},
}


class Schema(Strict):
    """The columns of a table, by name, and what is made of them."""

    columns: dict[str, Column]
    task: Literal["classification", "ranking", "forecast"] = "classification"

    def named(self, role: str) -> list[str]:
        """The columns of a role, in order."""
        return [name for name, column in self.columns.items() if column.role == role]

    def one(self, role: str) -> str:
        """The column of a role that one column has."""
        return self.named(role)[0]

    @property
    def target(self) -> str:
        """The column that models predict."""
        return self.one("target")


def read_schema(given: Any, task: str | None = None) -> Schema:
    """A schema as it stands in a pipeline, of that task if a step is for one alone.

    Raises StepError with everything that is wrong with it.
    """
    schema = read_as(Schema, given, "schema")
    if task is not None and schema.task != task:
        raise refuse("schema.task", f'found "{schema.task}": this step is for {task}')
    problems = []
    for role, kind in TASKS[schema.task].items():
        those = schema.named(role)
        if len(those) != 1:
            problems.append(("schema.columns", f"found {len(those)} {role}s: give exactly one column that role"))
        elif schema.columns[those[0]].type != kind:
            found = schema.columns[those[0]].type
            problems.append((f"schema.columns.{those[0]}.type", f'found "{found}": the {role} is of type {kind}'))
    for role in {"target", "user", "item"} - set(TASKS[schema.task]):
        problems += [
            (f"schema.columns.{name}.role", f'found "{role}": a schema for {schema.task} has none')
            for name in schema.named(role)
        ]
    if problems:
        raise StepError(problems)
    return schema


def read_as(kind: type[Kind], given: Any, path: str) -> Kind:
    """What a step was given, as that class.

    Raises StepError with everything that is wrong with it.
    """
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise StepError(
            (".".join([path, *map(str, each["loc"])]), f"found {each['input']!r}: {lower(each['msg'])}")
            for each in error.errors()
        ) from None


def lower(text: str) -> str:
    """A message of pydantic's as ours are."""
    return text[:1].lower() + text[1:]
