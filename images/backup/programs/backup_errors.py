"""What is told to people."""

from collections.abc import Iterable


class BackupError(Exception):
    """Problems that the reader can do something about: where each is, and what it is."""

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"[{path}] {message}" for path, message in self.problems))


def refuse(path: str, message: str) -> BackupError:
    """A single problem."""
    return BackupError([(path, message)])
