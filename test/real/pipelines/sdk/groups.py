"""Pipelines in pipelines, exit handlers, failures, settings."""

from typing import Dict, NamedTuple

from kfp import dsl
from kfp.dsl import Dataset, Input, Model
from steps import count, prepare, say, train, wake


@dsl.pipeline(name="greet")
def greet(who: str = "you") -> NamedTuple("Outputs", said=str):
    say(words="hello")
    outputs = NamedTuple("Outputs", said=str)
    return outputs(said=say(words=who).output)


@dsl.pipeline(name="fit")
def fit(table: Input[Dataset], rate: float = 0.3) -> NamedTuple("Outputs", model=Model, score=float):
    trained = train(table=table, rate=rate).set_cpu_limit("2")
    outputs = NamedTuple("Outputs", model=Model, score=float)
    return outputs(model=trained.outputs["model"], score=trained.outputs["score"])


@dsl.pipeline(name="nested")
def nested() -> NamedTuple("Outputs", score=float):
    first = greet()
    second = greet(who=first.output)
    second.set_display_name("again")
    second.set_caching_options(False)
    say(words=second.output)
    fitted = fit(table=prepare().output, rate=0.9).set_retry(1)
    outputs = NamedTuple("Outputs", score=float)
    return outputs(score=fitted.outputs["score"])


@dsl.pipeline(name="outer")
def outer(who: str) -> NamedTuple("Outputs", said=str):
    with dsl.ParallelFor([1, 2]) as number:
        count(number=number)
        greet(who=who)
    outputs = NamedTuple("Outputs", said=str)
    return outputs(said=greet(who=who).output)


@dsl.pipeline(name="nested-twice")
def nested_twice(really: bool):
    with dsl.ParallelFor(["a", "b"]) as who:
        outer(who=who)
    with dsl.If(really == True):  # noqa: E712
        yes = outer(who="yes")
    with dsl.Else():
        no = greet(who="no")
    say(words=dsl.OneOf(yes.output, no.output))


@dsl.pipeline(name="watched")
def watched(who: str, many: int):
    before = count(number=many)
    told = wake(who=who)
    told.set_caching_options(False)
    told.set_display_name("tell")
    with dsl.ExitHandler(told, name="the work") as handled:
        counted = count(number=before.output)
        with dsl.If(counted.output == many):
            say(words=who)
        with dsl.ParallelFor([1, 2]) as number:
            count(number=number)
    say(words="after all").after(handled)


@dsl.pipeline(name="watched-by-pipeline")
def watched_by_pipeline():
    end = greet(who="the end")
    with dsl.ExitHandler(end):
        greet()
        say(words="work")
    second = say(words="second")
    with dsl.ExitHandler(second):
        say(words="more")


@dsl.pipeline(name="anyway")
def anyway():
    said = say(words="may fail")
    wake(who="me").after(said).ignore_upstream_failure()
    say(words="clean up").after(said).ignore_upstream_failure()


@dsl.pipeline(name="settled")
def settled():
    say(words="a").set_caching_options(False).set_display_name("Say a")
    say(words="b").set_caching_options(True, "b of today")
    say(words="c").set_retry(3)
    say(words="d").set_retry(0, backoff_duration="30s", backoff_factor=1.5, backoff_max_duration="2h")


PIPELINES: Dict[str, object] = {
    each.name: each
    for each in (
        nested,
        nested_twice,
        watched,
        watched_by_pipeline,
        anyway,
        settled,
    )
}
