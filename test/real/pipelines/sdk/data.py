"""Parameters, artifacts, commands, imports."""

from typing import Dict, List, NamedTuple, Optional

from kfp import dsl
from kfp.dsl import (
    HTML,
    Artifact,
    ClassificationMetrics,
    ConcatPlaceholder,
    ContainerSpec,
    Dataset,
    IfPresentPlaceholder,
    Input,
    Markdown,
    Metrics,
    Model,
    Output,
    OutputPath,
)
from steps import IMAGE, count, join, judge, measure, prepare, say, scale, train, tune, twice


@dsl.pipeline(name="parameters", description="Every kind of parameter.")
def parameters(
    words: str,
    number: int = 3,
    ratio: float = 0.25,
    really: bool = False,
    order: list = [1, "two", {"three": True}],
    space: dict = {"rate": 0.5, "deep": {"inner": "x"}},
    mode: str = "fast",
    maybe: Optional[str] = None,
) -> NamedTuple("Outputs", said=str):
    """Every kind of parameter.

    Args:
        words: What is said.
    """
    said = say(words=words)
    say(words=mode)
    say(words=maybe)
    count(number=number)
    scale(number=ratio, really=really)
    tune(space=space, order=order)
    outputs = NamedTuple("Outputs", said=str)
    return outputs(said=said.output)


@dsl.pipeline(name="constants")
def constants():
    say(words="a 'quoted' text: with \"marks\"\nand lines")
    count(number=7)
    scale(number=2.0, really=False)
    tune(
        space={"rates": [0.1, 0.2], "depth": 3, "names": {"a": "b"}},
        order=[1, "x", "y", [2, 3]],
    )


@dsl.pipeline(name="texts")
def texts(who: str, age: int):
    said = say(words=f"hello {who}, {age} years")
    say(words=f"they said: {said.output}")
    tune(
        space={"name": f"model of {who}", "last": said.output, "deep": {"age": f"{age}"}},
        order=[who, f"{said.output}!"],
    )


@dsl.container_component
def show(
    table: Input[Dataset],
    numbers: Output[Metrics],
    curve: Output[ClassificationMetrics],
    page: Output[HTML],
    notes: Output[Markdown],
    picture: Optional[Input[HTML]] = None,
):
    return ContainerSpec(
        image=IMAGE,
        command=["show", table.path, table.uri, table.metadata, table.metadata["rows"]],
        args=[numbers.path, curve.path, page.uri, notes.metadata["title"]],
    )


@dsl.pipeline(name="artifacts")
def artifacts(given: Input[Dataset], maybe: Optional[Input[HTML]] = None) -> NamedTuple(
    "Outputs", model=Model, numbers=Metrics, score=float
):
    """Artifacts.

    Args:
        given: A table.
    """
    shown = show(table=given, picture=maybe)
    trained = train(table=prepare(rows=5).output, rate=0.1)
    judge(model=trained.outputs["model"])
    outputs = NamedTuple("Outputs", model=Model, numbers=Metrics, score=float)
    return outputs(
        model=trained.outputs["model"],
        numbers=shown.outputs["numbers"],
        score=trained.outputs["score"],
    )


class Scan(Artifact):
    schema_title = "system.Scan"
    schema_version = "0.0.1"


class Report(Artifact):
    schema_title = "system.Report"
    schema_version = "2.1.0"


@dsl.container_component
def scan(picture: Output[Scan], newer: Output[Report]):
    return ContainerSpec(image=IMAGE)


@dsl.container_component
def read(picture: Input[Scan]):
    return ContainerSpec(image=IMAGE)


@dsl.pipeline(name="lists")
def lists(tables: Input[List[Dataset]]) -> NamedTuple("Outputs", table=Dataset):
    read(picture=scan().outputs["picture"])
    outputs = NamedTuple("Outputs", table=Dataset)
    return outputs(table=join(tables=tables).output)


@dsl.container_component
def command(
    table: Input[Dataset],
    words: str,
    table2: Output[Dataset],
    lines: OutputPath(list),
    maybe: Optional[str] = None,
    limit: int = 3,
):
    return ContainerSpec(
        image=IMAGE,
        command=[
            "program",
            f"--words={words}",
            ConcatPlaceholder(["--table=", table.uri, "/", words]),
        ],
        args=[
            IfPresentPlaceholder("maybe", then=["--maybe", maybe], else_=["--none"]),
            IfPresentPlaceholder("limit", then=ConcatPlaceholder(["--limit=", limit])),
            ConcatPlaceholder(["a", IfPresentPlaceholder("maybe", then=maybe, else_="nothing"), "é"]),
            "--input",
            dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER,
            lines,
            table2.uri,
        ],
    )


@dsl.pipeline(name="words")
def words():
    (
        command(table=prepare().output, words="x")
        .set_env_variable("LEVEL", "info")
        .set_env_variable("EMPTY", "")
        .set_env_variable("MORE", "yes")
    )


@dsl.pipeline(name="python")
def python() -> NamedTuple("Outputs", most=float, metrics=Metrics, doubled=int):
    measured = measure(table=prepare().output, label="rows")
    measure(table=prepare().output, scale=2.5)
    doubled = twice(number=21)
    outputs = NamedTuple("Outputs", most=float, metrics=Metrics, doubled=int)
    return outputs(
        most=measured.outputs["most"],
        metrics=measured.outputs["metrics"],
        doubled=doubled.output,
    )


@dsl.pipeline(name="imports")
def imports(uri: str, owner: str):
    fixed = dsl.importer(
        artifact_uri="s3://bucket/table.csv",
        artifact_class=Dataset,
        metadata={"rows": 3, "of": ["a", "b"]},
    )
    later = dsl.importer(
        artifact_uri=uri,
        artifact_class=Model,
        reimport=True,
        metadata={"owner": owner, "note": f"of {owner}", "place": uri},
    )
    later.set_caching_options(False)
    later.set_display_name("The model")
    made = say(words="s3://bucket/other")
    chained = dsl.importer(artifact_uri=made.output, artifact_class=Dataset)
    train(table=fixed.output)
    train(table=chained.output)
    judge(model=later.output)


@dsl.container_component
def in_workspace():
    return ContainerSpec(image=IMAGE, command=["ls"], args=[dsl.WORKSPACE_PATH_PLACEHOLDER])


@dsl.pipeline(
    name="workspace",
    pipeline_config=dsl.PipelineConfig(
        workspace=dsl.WorkspaceConfig(
            size="10Gi",
            kubernetes=dsl.KubernetesWorkspaceConfig(
                pvcSpecPatch={"storageClassName": "fast", "accessModes": ["ReadWriteMany"]}
            ),
        ),
        active_deadline_seconds=7200,
        ttl_seconds_after_finished=86400,
        ttl_seconds_after_success=3600,
        ttl_seconds_after_failure=604800,
    ),
)
def workspace():
    imported = dsl.importer(
        artifact_uri="s3://bucket/table.csv",
        artifact_class=Dataset,
        download_to_workspace=True,
    )
    train(table=imported.output)
    in_workspace()


@dsl.pipeline(
    name="headed",
    display_name="With a head",
    description="Its storage is\nits own.",
    pipeline_root="s3://bucket/runs",
)
def headed():
    say(words="hello")


PIPELINES: Dict[str, object] = {
    each.name: each
    for each in (
        parameters,
        constants,
        texts,
        artifacts,
        lists,
        words,
        python,
        imports,
        workspace,
        headed,
    )
}
