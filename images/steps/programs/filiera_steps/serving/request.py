"""The serving request: what is to be served, what is known of it, and how traffic comes to it.

`constructs/serving/request.ts` reads the same document: a new field wants a new `FORMAT_VERSION` in both.
"""

import hashlib
import json
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from filiera_steps import chain
from filiera_steps.errors import refuse
from filiera_steps.schema import Strict, lower

FORMAT: Literal["filiera.serving-request"] = "filiera.serving-request"
FORMAT_VERSION: Literal[1] = 1
SHA256 = r"^[0-9a-f]{64}$"


class Step(Strict):
    """A share of the requests that the new version gets."""

    percent: float = Field(gt=0, le=100, allow_inf_nan=False)
    #: how long at least, before the next step
    minutes: float = Field(default=30, ge=0, allow_inf_nan=False)


class Traffic(Strict):
    """How a new version takes over from the one before it."""

    steps: tuple[Step, ...] = Field(
        default=(Step(percent=10), Step(percent=50), Step(percent=100, minutes=0)), min_length=1
    )

    @model_validator(mode="after")
    def rising(self) -> "Traffic":
        """Each step is larger than the one before it, and the last one is all."""
        percents = [each.percent for each in self.steps]
        if percents != sorted(set(percents)):
            raise ValueError("each step has more percent than the one before it")
        if percents[-1] != 100:
            raise ValueError("the last step has 100 percent")
        return self


class Model(Strict):
    """What is served: a version in the registry, and what its files are."""

    name: str
    version: str = Field(pattern=r"^[1-9]\d*$")
    #: such as models:/card-fraud/2
    uri: str
    #: MLflow's run that it belongs to
    run: str
    task: Literal["classification", "ranking", "forecast"]
    #: of its files: see `files_hash`
    files_sha256: str = Field(pattern=SHA256)
    #: as MLflow has them: a list of columns, or of tensors
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]
    #: what a server of MLflow's may be asked with, if it has one: nobody's row
    example: dict[str, Any] | None


class Runtime(Strict):
    """What a server needs to ask the model."""

    #: of the pipeline's steps, which has all of it
    image: str | None
    #: such as 3.12.7
    python: str
    #: such as scikit-learn==1.7.2
    framework: str
    packages: list[str] = Field(min_length=1)
    #: of the model's requirements.txt
    packages_sha256: str = Field(pattern=SHA256)


class Source(Strict):
    """What the model was made of."""

    commit: str | None
    data_sha256: str | None


class Worst(Strict):
    """The slice in which a metric is worst, and what it is there."""

    column: str
    value: str
    metric: float
    low: float | None
    high: float | None


class Evaluation(Strict):
    """How good it is: metrics over all rows, as MLflow has them, and the worst slice of those with a better end."""

    metrics: dict[str, float]
    worst: dict[str, Worst]


class Fairness(Strict):
    """What a fairness gate said."""

    verdict: Literal["fair", "unfair", "undecided"]
    mitigation: Literal["none", "reweighing", "thresholds"]


class Gate(Strict):
    """A gate of the promotion."""

    gate: str
    holds: Literal[True]
    found: str
    wanted: str


class Previous(Strict):
    """The champion before it: what is gone back to."""

    version: str
    uri: str
    #: the name of its request in the same target, if there is one, and the hash in it
    request: str | None
    sha256: str | None = Field(pattern=SHA256)


class Written(Strict):
    """When it was written, and by whom: of two that differ in nothing else the first stays."""

    #: a time of ISO 8601, in UTC
    at: str
    #: of the pipeline, if it has a name of its own
    pipeline_run: str | None
    #: the last entry of the model's record as it was then
    record: str


class ServingRequest(Strict):
    """The document."""

    format: Literal["filiera.serving-request"]
    format_version: Literal[1]
    model: Model
    runtime: Runtime
    source: Source
    evaluation: Evaluation
    fairness: Fairness | None
    gates: list[Gate] = Field(min_length=1)
    traffic: Traffic
    previous: Previous | None
    written: Written
    #: of all the rest but `written`
    sha256: str = Field(pattern=SHA256)


def content_hash(content: dict[str, Any]) -> str:
    """The hash of what a request asks for: who wrote it, and when, is left out."""
    told = {key: value for key, value in content.items() if key not in ("written", "sha256")}
    return hashlib.sha256(chain.canonical(told)).hexdigest()


def written(content: dict[str, Any]) -> bytes:
    """The document with its hash, for people, too."""
    whole = {**content, "sha256": content_hash(content)}
    return (json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def read_request(document: bytes, path: str) -> ServingRequest:
    """A document as it was written.

    Raises StepError, with `path`, for anything else, such as one of another version, or one that was changed.
    """
    way = "a request is never changed: write it anew by the step deploy, to another target"
    try:
        content = json.loads(document)
        request = ServingRequest.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {lower(first['msg'])}"
        raise refuse(path, f"found no serving request of version {FORMAT_VERSION} ({reason}): {way}") from None
    except ValueError as error:
        raise refuse(path, f"found no serving request ({type(error).__name__}): {way}") from None
    if content_hash(content) != request.sha256:
        raise refuse(path, f"found other content than its hash says: {way}")
    return request
