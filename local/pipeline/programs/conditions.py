"""Conditions of tasks: the part of CEL that compilers of pipelines write, evaluated."""

import re
from collections.abc import Mapping

# a parameter, any other text, or what CEL writes otherwise than Python
TOKEN = re.compile(
    r"""inputs\.parameter_values\[(?P<quote>['"])(?P<name>[^'"]+)(?P=quote)\]
      | (?P<text>'(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*")
      | (?P<word>&&|\|\||!(?!=)|\btrue\b|\bfalse\b|\bnull\b)""",
    re.VERBOSE,
)
WORDS = {"&&": " and ", "||": " or ", "!": " not ", "true": "True", "false": "False", "null": "None"}
FUNCTIONS = {"__builtins__": {}, "int": int, "double": float, "string": str, "bool": bool, "size": len}


class ConditionError(Exception):
    """A condition that cannot be evaluated."""


def holds(condition: str, parameters: Mapping[str, object]) -> bool:
    """Whether a condition holds for the parameters that a task is given."""
    names: list[str] = []

    def translated(found: re.Match[str]) -> str:
        if name := found["name"]:
            names.append(name)
            return f"values[{len(names) - 1}]"
        return found["text"] or WORDS[found["word"]]

    expression = TOKEN.sub(translated, condition).strip()
    missing = [name for name in names if name not in parameters]
    if missing:
        raise ConditionError(f"the condition reads {', '.join(missing)}, which has no value")
    values = [parameters[name] for name in names]
    try:
        return bool(eval(expression, dict(FUNCTIONS), {"values": values}))
    except Exception as error:
        raise ConditionError(f"the condition {condition} cannot be evaluated: {error}") from error
