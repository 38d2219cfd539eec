"""Kubeflow Pipelines, by its own client: what the reconciliation asks of it."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kfp_server_api as kfp
import urllib3
from recurring_state import RecurringRun, State, StateError, described

PAGE = 200
"""The most that one answer holds (list/list.go)."""
TIMEOUT = (5, 60)
"""Seconds to connect, and to answer."""
PASSING = {0, 404, 429, 502, 503, 504}
"""Answers of a server that is starting, or has not yet heard of an object."""


@dataclass(frozen=True)
class Version:
    """A version of a pipeline, by Kubeflow's ids."""

    pipeline_id: str
    version_id: str


@dataclass(frozen=True)
class Found:
    """A recurring run of ours as it is."""

    id: str
    name: str
    fingerprint: str
    version_id: str
    enabled: bool
    began: datetime
    """When its intervals began."""


class Kubeflow:
    """The requests; all can raise kfp.ApiException or urllib3's errors."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.url = env.get("KFP_API_URL", "").rstrip("/")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise StateError(f"KFP_API_URL is {self.url!r}; it must be http://host:port or https://host:port")
        configuration = kfp.Configuration(host=self.url)
        # nothing is sent twice: creating is not idempotent
        configuration.retries = urllib3.Retry(connect=3, read=0, redirect=0, status=0, other=0, backoff_factor=0.5)
        if ca_file := env.get("SSL_CERT_FILE"):
            if not Path(ca_file).is_file():
                raise StateError(f"SSL_CERT_FILE is {ca_file!r}, which is no file; mount the CA bundle there")
            configuration.ssl_ca_cert = ca_file
        client = kfp.ApiClient(configuration)
        if token_file := env.get("KFP_TOKEN_FILE"):
            client.set_default_header("Authorization", f"Bearer {read_token(Path(token_file))}")
        self.experiments = kfp.ExperimentServiceApi(client)
        self.pipelines = kfp.PipelineServiceApi(client)
        self.recurring = kfp.RecurringRunServiceApi(client)

    def version(self, state: State, seconds: float) -> Version:
        """The released version, once the server knows of it; say what is waited for whenever that changes."""
        deadline = time.monotonic() + seconds
        said = ""
        while True:
            try:
                found = self._version(state)
                reason = f"it has no version {state.version} of {state.pipeline}"
            except kfp.ApiException as error:
                if error.status not in PASSING:
                    raise
                found, reason = None, message_of(error)
            except urllib3.exceptions.HTTPError as error:
                found, reason = None, message_of(error)
            if found:
                return found
            if time.monotonic() >= deadline:
                raise StateError(
                    f"gave up after {seconds:.0f} s on {self.url}: {reason}; see its pods, and whether it keeps "
                    "pipelines as objects"
                )
            if reason != said:
                print(f"waiting for {self.url}: {reason}", flush=True)
                said = reason
            time.sleep(min(2, max(0.0, deadline - time.monotonic())))

    def _version(self, state: State) -> Version | None:
        place = named(state)
        pipeline = self.pipelines.pipeline_service_get_pipeline_by_name(
            state.pipeline, _request_timeout=TIMEOUT, **place
        )
        answer = self.pipelines.pipeline_service_list_pipeline_versions(
            pipeline.pipeline_id, filter=equals("name", state.version), page_size=1, _request_timeout=TIMEOUT
        )
        for version in answer.pipeline_versions or []:
            return Version(pipeline.pipeline_id, version.pipeline_version_id)
        return None

    def ours(self, state: State) -> list[Found]:
        """Recurring runs that carry this release's mark under the name that it gives; a person's copy has another."""
        answers = pages(self.recurring.recurring_run_service_list_recurring_runs, named(state))
        runs = (run for answer in answers for run in answer.recurring_runs or [])
        return [found for run in runs if (found := read_run(state, run))]

    def experiment(self, state: State, name: str) -> str:
        """The id of an experiment, which is made where there is none."""
        place = named(state)
        answer = self.experiments.experiment_service_list_experiments(
            filter=equals("display_name", name), page_size=1, _request_timeout=TIMEOUT, **place
        )
        for experiment in answer.experiments or []:
            return experiment.experiment_id
        wanted = kfp.V2beta1Experiment(display_name=name, **place)
        return self.experiments.experiment_service_create_experiment(wanted, _request_timeout=TIMEOUT).experiment_id

    def create(
        self, state: State, run: RecurringRun, version: Version, *, enabled: bool, began: datetime | None
    ) -> None:
        """Make a recurring run; one that replaces another keeps the other's beat."""
        body = kfp.V2beta1RecurringRun(
            display_name=run.name,
            description=described(state, run),
            pipeline_version_reference=kfp.V2beta1PipelineVersionReference(
                pipeline_id=version.pipeline_id, pipeline_version_id=version.version_id
            ),
            runtime_config=kfp.V2beta1RuntimeConfig(parameters=run.parameters),
            service_account=run.service_account,
            max_concurrency=str(run.max_concurrency),
            no_catchup=not run.catchup,
            mode=kfp.RecurringRunMode.ENABLE if enabled else kfp.RecurringRunMode.DISABLE,
            trigger=trigger_of(run, began),
            experiment_id=self.experiment(state, run.experiment),
            **named(state),
        )
        self.recurring.recurring_run_service_create_recurring_run(body, _request_timeout=TIMEOUT)

    def delete(self, found: Found) -> None:
        """Delete a recurring run; runs that it began stay, and go on."""
        self.recurring.recurring_run_service_delete_recurring_run(
            found.id, propagation_policy="ORPHAN", _request_timeout=TIMEOUT
        )

    def enable(self, found: Found, enabled: bool) -> None:
        """Let a recurring run begin runs, or not."""
        service = self.recurring
        change = (
            service.recurring_run_service_enable_recurring_run
            if enabled
            else service.recurring_run_service_disable_recurring_run
        )
        change(found.id, _request_timeout=TIMEOUT)


def trigger_of(run: RecurringRun, began: datetime | None) -> kfp.V2beta1Trigger:
    """An interval counts from when the run before it began, in whole intervals: a new version delays no run."""
    if run.interval_seconds is None:
        return kfp.V2beta1Trigger(cron_schedule=kfp.V2beta1CronSchedule(cron=run.cron))
    start = None
    if began:
        interval = timedelta(seconds=run.interval_seconds)
        start = began + (datetime.now(UTC) - began) // interval * interval
    return kfp.V2beta1Trigger(
        periodic_schedule=kfp.V2beta1PeriodicSchedule(interval_second=str(run.interval_seconds), start_time=start)
    )


def read_run(state: State, run: Any) -> Found | None:
    """A recurring run, if it is ours."""
    mark = re.escape(f"[filiera {state.pipeline}/{run.display_name} ")
    ours = re.fullmatch(rf"(?:.*\n)?{mark}([0-9a-f]+)\]", run.description or "", re.DOTALL)
    if not ours:
        return None
    periodic = run.trigger.periodic_schedule if run.trigger else None
    return Found(
        id=run.recurring_run_id,
        name=run.display_name,
        fingerprint=ours[1],
        version_id=run.pipeline_version_reference.pipeline_version_id if run.pipeline_version_reference else "",
        enabled=run.status == kfp.V2beta1RecurringRunStatus.ENABLED,
        began=(periodic and periodic.start_time) or run.created_at,
    )


def pages(ask: Callable[..., Any], arguments: dict[str, str]) -> Iterator[Any]:
    """All answers of a list that comes in pages."""
    token = ""
    while True:
        answer = ask(page_size=PAGE, page_token=token, _request_timeout=TIMEOUT, **arguments)
        yield answer
        token = answer.next_page_token or ""
        if not token:
            return


def named(state: State) -> dict[str, str]:
    """The namespace where requests name one."""
    return {"namespace": state.namespace} if state.namespace else {}


def equals(key: str, value: str) -> str:
    """Kubeflow's filter by one field."""
    return json.dumps({"predicates": [{"operation": "EQUALS", "key": key, "string_value": value}]})


def read_token(path: Path) -> str:
    """The token of the pod's account."""
    try:
        return path.read_text().strip()
    except OSError as error:
        raise StateError(f"can't read {path}: {error.strerror}; mount the account's token there") from error


def message_of(error: Exception) -> str:
    """The server's own words, without headers."""
    if not isinstance(error, kfp.ApiException):
        return str(error).rpartition("[Errno")[2].partition("] ")[2].strip("\")'") or str(error) or type(error).__name__
    try:
        said = json.loads(error.body or "{}")
    except ValueError:
        said = {}
    # what follows is where in the server's code it came from
    reason, *_ = str(said.get("message") or said.get("error") or error.reason).split("\n")
    return f"status {error.status}: {reason}"
