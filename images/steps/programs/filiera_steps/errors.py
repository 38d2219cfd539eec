"""What is wrong with what a step was given, in a form that people can act upon."""

from collections.abc import Iterable


class StepError(Exception):
    """Input that a step refuses: each problem with its path, what was found, and the way out; all of them at once."""

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(f"[{path}] {message}" for path, message in self.problems))


def refuse(path: str, message: str) -> StepError:
    """The error of one problem."""
    return StepError([(path, message)])
