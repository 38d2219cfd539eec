"""What a table must be: its columns, and what each is for."""

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from filiera_steps.errors import StepError

Kind = TypeVar("Kind", bound=BaseModel)


class Strict(BaseModel):
    """What is declared in a pipeline: unknown names in it are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Strict):
    """A column of a table."""

    type: Literal["number", "category", "boolean", "time"]
    #: what it is for: features are what models learn from, sensitive columns are what they are judged by
    role: Literal["feature", "target", "sensitive", "time", "id"] = "feature"
    min: float | None = None
    max: float | None = None
    #: the categories that may be
    values: list[str] | None = None
    #: the largest share of rows that may have no value
    missing: float = Field(default=0, ge=0, le=1)


class Schema(Strict):
    """The columns of a table, by name; exactly one of them is the target, and it is of type boolean."""

    columns: dict[str, Column]

    def named(self, role: str) -> list[str]:
        """The columns of a role, in order."""
        return [name for name, column in self.columns.items() if column.role == role]

    @property
    def target(self) -> str:
        """The column that models predict."""
        return self.named("target")[0]


def read_schema(given: Any) -> Schema:
    """A schema as it stands in a pipeline.

    Raises StepError with everything that is wrong with it.
    """
    schema = read_as(Schema, given, "schema")
    targets = schema.named("target")
    if len(targets) != 1:
        raise StepError([("schema.columns", f"found {len(targets)} targets: give exactly one column that role")])
    if schema.columns[targets[0]].type != "boolean":
        kind = schema.columns[targets[0]].type
        raise StepError([(f"schema.columns.{targets[0]}.type", f'found "{kind}": the target is of type boolean')])
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
