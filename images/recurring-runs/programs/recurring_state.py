"""The declared state: which recurring runs a release of a pipeline shall have."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_CONCURRENCY = 10
"""Kubeflow's API refuses more (toModelJob in backend/src/apiserver/server/api_converter.go)."""
DESCRIPTION_LENGTH = 255
"""What its database keeps of a description (model/job.go)."""
TYPES = {str: "a string", bool: "true or false", int: "a whole number, one or more", list: "a list", dict: "an object"}


class StateError(Exception):
    """A problem the reader can fix; its text is all that is printed."""


@dataclass(frozen=True)
class RecurringRun:
    """A recurring run as it shall be."""

    name: str
    cron: str | None
    """Six fields, seconds first; None where it runs at an interval."""
    interval_seconds: int | None
    parameters: dict[str, Any]
    max_concurrency: int
    catchup: bool
    enabled: bool | None
    """None: enabled when made, then as people leave it."""
    experiment: str
    service_account: str | None
    description: str
    fingerprint: str
    """What tells it from what it was: the API can change nothing but whether it is enabled."""


@dataclass(frozen=True)
class State:
    """What Kubeflow shall have of one release."""

    namespace: str | None
    """None where Kubeflow has one user, whose requests name no namespace."""
    pipeline: str
    version: str
    runs: tuple[RecurringRun, ...]

    def mark(self, run: RecurringRun) -> str:
        """What is written at the end of a description, and tells ours from those of people."""
        return f"[filiera {self.pipeline}/{run.name} {run.fingerprint}]"


def parse(document: object) -> State:
    """Check the whole document; every problem is reported at once.

    {"pipeline", "version", "namespace"?, "runs": [{"name", "schedule": {"cron"} or {"intervalSeconds"}, "parameters",
    "maxConcurrency", "catchup", "experiment", "enabled"?, "serviceAccount"?, "description"?}]}
    """
    problems: list[str] = []
    allowed = {"pipeline": str, "version": str, "namespace": str, "runs": list}
    root = fields(document, "state", allowed, {"pipeline", "version", "runs"}, problems)
    version = root.get("version", "")
    runs = [parse_run(run, f"runs[{i}]", version, problems) for i, run in enumerate(root.get("runs", []))]
    names = [run.name for run in runs]
    problems += [f"run {name!r} is declared twice" for name in sorted({n for n in names if names.count(n) > 1})]
    state = State(root.get("namespace"), root.get("pipeline", ""), version, tuple(runs))
    for index, run in enumerate(runs):
        length = len(described(state, run))
        if length > DESCRIPTION_LENGTH:
            problems.append(f"runs[{index}].description is {length - DESCRIPTION_LENGTH} characters too long")
    if problems:
        raise StateError("\n".join(problems))
    return state


def described(state: State, run: RecurringRun) -> str:
    """The description that Kubeflow shows."""
    return "\n".join(filter(None, [run.description, state.mark(run)]))


def parse_run(value: object, path: str, version: str, problems: list[str]) -> RecurringRun:
    """One entry of "runs"."""
    allowed: dict[str, type] = {
        "name": str,
        "schedule": dict,
        "parameters": dict,
        "maxConcurrency": int,
        "catchup": bool,
        "experiment": str,
        "enabled": bool,
        "serviceAccount": str,
        "description": str,
    }
    got = fields(value, path, allowed, allowed.keys() - {"enabled", "serviceAccount", "description"}, problems)
    schedule = fields(
        got.get("schedule", {}), f"{path}.schedule", {"cron": str, "intervalSeconds": int}, set(), problems
    )
    if "schedule" in got and len(schedule) != 1:
        problems.append(f"{path}.schedule must have cron or intervalSeconds, and not both")
    if got.get("maxConcurrency", 1) > MAX_CONCURRENCY:
        problems.append(f"{path}.maxConcurrency must be at most {MAX_CONCURRENCY}")
    declared = {name: got[name] for name in sorted(got) if name != "enabled"}
    text = json.dumps([version, declared], sort_keys=True, ensure_ascii=False)
    return RecurringRun(
        name=got.get("name", ""),
        cron=schedule.get("cron"),
        interval_seconds=schedule.get("intervalSeconds"),
        parameters=got.get("parameters", {}),
        max_concurrency=got.get("maxConcurrency", 1),
        catchup=got.get("catchup", False),
        enabled=got.get("enabled"),
        experiment=got.get("experiment", ""),
        service_account=got.get("serviceAccount"),
        description=got.get("description", ""),
        fingerprint=hashlib.sha256(text.encode()).hexdigest()[:12],
    )


def fields(
    value: object, path: str, allowed: Mapping[str, type], required: set[str], problems: list[str]
) -> dict[str, Any]:
    """The object's known, well-typed fields; anything else becomes a problem."""
    if not isinstance(value, dict):
        problems.append(f"{path} must be an object")
        return {}
    for name in sorted(value.keys() - allowed.keys()):
        problems.append(f"{path}.{name} is unknown; allowed: {', '.join(sorted(allowed))}")
    for name in sorted(required - value.keys()):
        problems.append(f"{path}.{name} is missing")
    good = {}
    for name, kind in allowed.items():
        if name not in value:
            continue
        got = value[name]
        fits = type(got) is kind  # not isinstance, to which true is a number
        if not fits or (kind is int and got < 1):
            problems.append(f"{path}.{name} must be {TYPES[kind]}")
        else:
            good[name] = got
    return good
