"""Branches, loops, order."""

from typing import Dict, List, NamedTuple

from kfp import dsl
from kfp.dsl import Dataset, Input
from steps import count, join, judge, names, prepare, say, scale, sum, train


@dsl.pipeline(name="when")
def when(mode: str):
    counted = count(number=1)
    with dsl.If(mode == "fast"):
        again = count(number=counted.output)
        count(number=again.output)
    with dsl.If(counted.output > 3, name="many"):
        say(words=mode)


@dsl.pipeline(name="branches")
def branches(mode: str) -> NamedTuple("Outputs", said=str):
    with dsl.If(mode == "fast"):
        fast = say(words="fast")
    with dsl.Elif(mode == "slow"):
        slow = say(words="slow")
    with dsl.Else(name="neither"):
        other = say(words="neither")
    said = dsl.OneOf(fast.output, slow.output, other.output)
    say(words=said)
    outputs = NamedTuple("Outputs", said=str)
    return outputs(said=say(words="done").output)


@dsl.pipeline(name="either-table")
def either_table(many: bool) -> NamedTuple("Outputs", table=Dataset, score=float):
    with dsl.If(many == True):  # noqa: E712
        large = prepare(rows=1000)
        large_model = train(table=large.output)
    with dsl.Else():
        small = prepare()
        small_model = train(table=small.output)
    table = dsl.OneOf(large.output, small.output)
    train(table=table)
    outputs = NamedTuple("Outputs", table=Dataset, score=float)
    return outputs(
        table=table,
        score=dsl.OneOf(large_model.outputs["score"], small_model.outputs["score"]),
    )


@dsl.pipeline(name="comparisons")
def comparisons(a: int, b: float, c: str, d: bool):
    following = count(number=a).output
    with dsl.If(a == following):
        say(words="so")
    with dsl.If(a != 3):
        say(words="so")
    with dsl.If(b < 0.5):
        say(words="so")
    with dsl.If(a <= b):
        say(words="so")
    with dsl.If(b >= 2):
        say(words="so")
    with dsl.If(c > "m"):
        say(words="so")
    with dsl.If(c != "no"):
        say(words="so")
    with dsl.If(d == False):  # noqa: E712
        say(words="so")


@dsl.pipeline(name="without-otherwise")
def without_otherwise(a: int):
    say(words="first")
    with dsl.If(a < 1):
        say(words="less")
    with dsl.Elif(a > 1):
        say(words="more")


@dsl.pipeline(name="deep")
def deep(a: int, c: str):
    following = count(number=a).output
    with dsl.If(following > 1):
        inner = count(number=following)
        with dsl.If(inner.output == 2):
            with dsl.If(c == "x"):
                say(words=f"{c} and {inner.output} of {a}")
        with dsl.Else():
            say(words="not two")
    with dsl.Else():
        say(words=c)


@dsl.pipeline(name="loops")
def loops():
    with dsl.ParallelFor(["a", "b é"]) as word:
        say(words=word)
    with dsl.ParallelFor([1, 2, 3], parallelism=2, name="numbers") as number:
        count(number=number)
        say(words=f"number {number}")
    with dsl.ParallelFor([0.5, 1.5]) as number:
        scale(number=number)
    with dsl.ParallelFor([{"label": "a", "size": "1"}, {"label": "b", "size": "2"}]) as item:
        say(words=item.label)
        say(words=item.size)


@dsl.pipeline(name="late-lists")
def late_lists(words: List[str], numbers: List[int], any: list, tables: Input[List[Dataset]]):
    with dsl.ParallelFor(words, parallelism=1) as word:
        say(words=word)
    with dsl.ParallelFor(numbers) as number:
        count(number=number)
    with dsl.ParallelFor(any) as item:
        say(words=item.label)
        with dsl.If(item.kind == "x"):
            say(words=item.kind)
    with dsl.ParallelFor(tables) as table:
        train(table=table)
    made = names()
    with dsl.ParallelFor(made.output) as name:
        said = say(words=name)
        say(words=f"{name} said {said.output}")


@dsl.pipeline(name="nested-loops")
def nested_loops(groups: list, extra: str):
    with dsl.ParallelFor(groups) as group:
        say(words=group.title)
        with dsl.ParallelFor(group.members) as member:
            say(words=member.label)
            say(words=extra)
    with dsl.ParallelFor(["x", "y"]) as outer:
        with dsl.ParallelFor([1, 2]) as inner:
            say(words=outer)
            with dsl.If(inner >= 2):
                say(words=outer)


@dsl.pipeline(name="gathered")
def gathered() -> NamedTuple("Outputs", tables=List[Dataset], numbers=list):
    with dsl.ParallelFor([1, 2]) as number:
        counted = count(number=number)
        made = prepare(rows=number)
        with dsl.ParallelFor(["a", "b"]) as word:
            said = say(words=word)
            table = prepare()
    sum(numbers=dsl.Collected(counted.output))
    sum(numbers=dsl.Collected(said.output))
    join(tables=dsl.Collected(made.output))
    join(tables=dsl.Collected(table.output))
    outputs = NamedTuple("Outputs", tables=List[Dataset], numbers=list)
    return outputs(tables=dsl.Collected(made.output), numbers=dsl.Collected(counted.output))


@dsl.pipeline(name="gathered-inside")
def gathered_inside(really: bool):
    with dsl.If(really == True):  # noqa: E712
        with dsl.ParallelFor([1, 2]) as number:
            with dsl.ParallelFor([3, 4]) as other:
                count(number=number)
                counted = count(number=other)
            sum(numbers=dsl.Collected(counted.output))


@dsl.pipeline(name="branch-in-loop")
def branch_in_loop(limit: int):
    with dsl.ParallelFor([1, 2, 3]) as number:
        counted = count(number=number)
        with dsl.If(counted.output > limit):
            high = say(words="high")
        with dsl.Else():
            low = say(words=f"low: {counted.output}")
        say(words=dsl.OneOf(high.output, low.output))


@dsl.pipeline(name="ordered")
def ordered():
    first = say(words="first")
    second = say(words="second").after(first)
    with dsl.ParallelFor([1]):
        looped = say(words="looped").after(second)
    judge(model=train(table=prepare().output).outputs["model"]).after(looped, first)


PIPELINES: Dict[str, object] = {
    each.name: each
    for each in (
        when,
        branches,
        either_table,
        comparisons,
        without_otherwise,
        deep,
        loops,
        late_lists,
        nested_loops,
        gathered,
        gathered_inside,
        branch_in_loop,
        ordered,
    )
}
