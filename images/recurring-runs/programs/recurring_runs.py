"""Bring the recurring runs of a pipeline's release into the declared state, by the API of Kubeflow Pipelines.

    python -m recurring_runs state.json

The document's shape is recurring_state.parse's. KFP_API_URL reaches the server, SSL_CERT_FILE names its CA, and
KFP_TOKEN_FILE the file of a token where Kubeflow has several users. Recurring runs of people and of other releases
are left alone. Each change is a line.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import kfp_server_api as kfp
import urllib3
from recurring_kubeflow import Found, Kubeflow, Version, message_of
from recurring_state import RecurringRun, State, StateError, parse


def read_document(path: Path) -> object:
    """The JSON document, not yet checked."""
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise StateError(f"can't read {path}: {error.strerror}; mount the state's ConfigMap there") from error
    except ValueError as error:
        raise StateError(f"{path} is not JSON: {error}") from error


def apply(state: State, kubeflow: Kubeflow, version: Version) -> list[str]:
    """Change what differs and print it; returns the problems, so that one run can't hold up the others."""
    found = kubeflow.ours(state)
    problems: list[str] = []
    changes = 0
    declared = {run.name for run in state.runs}
    for name in sorted({each.name for each in found} | declared):
        same = [each for each in found if each.name == name]
        wanted = next((run for run in state.runs if run.name == name), None)
        try:
            if wanted:
                lines = reconcile(state, kubeflow, version, wanted, same)
            else:
                lines = [remove(kubeflow, each, "no longer declared") for each in same]
            changes += len(lines)
        except (kfp.ApiException, urllib3.exceptions.HTTPError) as error:
            problems.append(f"recurring run {name!r}: {message_of(error)}")
    if not changes and not problems:
        print(f"nothing changed: {len(state.runs)} recurring runs are as declared")
    return problems


def reconcile(
    state: State, kubeflow: Kubeflow, version: Version, wanted: RecurringRun, found: list[Found]
) -> list[str]:
    """One recurring run; its changes."""
    current = [
        each for each in found if (each.fingerprint, each.version_id) == (wanted.fingerprint, version.version_id)
    ]
    others = [each for each in found if each not in current[:1]]
    lines = []
    if not current:
        # somebody who paused it meant the next version, too
        paused = bool(others) and not any(each.enabled for each in others)
        enabled = wanted.enabled if wanted.enabled is not None else not paused
        began = min((each.began for each in others), default=None)
        kubeflow.create(state, wanted, version, enabled=enabled, began=began)
        how = "" if enabled else ", disabled as it was" if wanted.enabled is None else ", disabled"
        lines.append(said(f"recurring run {wanted.name}: created{how}"))
    elif wanted.enabled is not None and current[0].enabled != wanted.enabled:
        kubeflow.enable(current[0], wanted.enabled)
        lines.append(said(f"recurring run {wanted.name}: {'enabled' if wanted.enabled else 'disabled'}"))
    # the new one first: whatever stops this program, a schedule is there, and at the next try the old one goes
    return lines + [remove(kubeflow, each, "replaced") for each in others]


def remove(kubeflow: Kubeflow, found: Found, why: str) -> str:
    """Delete one of ours."""
    kubeflow.delete(found)
    return said(f"recurring run {found.name}: {found.id} deleted, since it is {why}")


def said(line: str) -> str:
    """Print a change at once."""
    print(line, flush=True)
    return line


def main(arguments: list[str]) -> int:
    """The program; returns its exit status."""
    parser = argparse.ArgumentParser(description="Bring the recurring runs of a release into the declared state.")
    parser.add_argument("document", type=Path, help="the state, a JSON file")
    parser.add_argument(
        "--wait-seconds", type=float, default=300, help="how long to wait for the server and the version"
    )
    options = parser.parse_args(arguments)
    try:
        state = parse(read_document(options.document))
        kubeflow = Kubeflow(os.environ)
        version = kubeflow.version(state, options.wait_seconds)
        problems = apply(state, kubeflow, version)
    except StateError as error:
        problems = str(error).splitlines()
    except (kfp.ApiException, urllib3.exceptions.HTTPError) as error:
        problems = [f"{os.environ.get('KFP_API_URL')}: {message_of(error)}"]
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
