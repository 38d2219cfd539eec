"""What runs pipelines here, without kfp: conditions, values, hashes, and the order of tasks."""

import asyncio

import pytest
from conditions import ConditionError, holds
from digest import digest
from orchestrator import Orchestrator, Result
from values import NotThere, Outputs, arguments_of, filled, is_json, selected, whole


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("inputs.parameter_values['n'] == 3.0", True),
        ("int(inputs.parameter_values['n']) > 3", False),
        ("!(inputs.parameter_values['word'] == 'it\\'s') || false", False),
        ("inputs.parameter_values['word'] != 'a && b' && true", True),
        ("inputs.parameter_values['yes'] == true && !(inputs.parameter_values['n'] <= 2)", True),
        ("double(inputs.parameter_values['n']) < 3.5", True),
    ],
)
def test_conditions(condition, expected):
    assert holds(condition, {"n": 3, "word": "it's", "yes": True}) is expected


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("inputs.parameter_values['none'] == 1", "the condition reads none, which has no value"),
        ("inputs.parameter_values['n'] < 'a'", "cannot be evaluated"),
        ("__import__('os').getcwd() == ''", "cannot be evaluated"),
    ],
)
def test_conditions_that_say_nothing(condition, message):
    with pytest.raises(ConditionError, match=message):
        holds(condition, {"n": 3})


def test_arguments():
    outputs = Outputs({"rate": 0.5, "file": "artifact"})
    outputs.of_tasks["split"] = {"rows": 7}
    outputs.states["split"] = {"state": "SUCCEEDED"}
    task = {
        "inputs": {
            "parameters": {
                "text": {"runtimeValue": {"constant": "{{$.inputs.parameters['rows']}} rows"}},
                "list": {"runtimeValue": {"constant": [1, "{{$.inputs.parameters['rows']}}"]}},
                "rows": {"taskOutputParameter": {"producerTask": "split", "outputParameterKey": "rows"}},
                "rate": {"componentInputParameter": "rate"},
                "left_out": {"componentInputParameter": "nothing"},
                "status": {"taskFinalStatus": {"producerTask": "split"}},
            },
            "artifacts": {"file": {"componentInputArtifact": "file"}},
        }
    }
    assert arguments_of(task, outputs) == {
        "text": "7 rows",
        "list": [1, 7],
        "rows": 7,
        "rate": 0.5,
        "status": {"state": "SUCCEEDED"},
        "file": "artifact",
    }


def test_data_is_not_filled():
    outputs = Outputs({"text": "{{$.inputs.parameters['text']}}"})
    task = {"inputs": {"parameters": {"text": {"componentInputParameter": "text"}}}}
    assert arguments_of(task, outputs) == {"text": "{{$.inputs.parameters['text']}}"}


def test_an_output_that_is_not_there():
    task = {"inputs": {"parameters": {"n": {"taskOutputParameter": {"producerTask": "a", "outputParameterKey": "n"}}}}}
    with pytest.raises(NotThere):
        arguments_of(task, Outputs({}))
    assert arguments_of(task, Outputs({}), lenient=True) == {}


def test_values():
    assert selected('{"a": {"b": 1}}', 'parseJson(string_value)["a"]') == {"b": 1}
    assert whole({"a": [1.0, 1.5, "1.0"]}) == {"a": [1, 1.5, "1.0"]}
    assert filled("{{$.inputs.parameters['a']}} and {{$.inputs.parameters['b']}}", {"a": [1], "b": "x"}) == "[1] and x"


def test_json_has_no_nan_and_no_infinity():
    assert is_json([1.5, {"a": None}, "NaN"])
    assert not is_json([1.5, {"a": float("nan")}])
    assert not is_json(-float("inf"))


def test_digests(tmp_path):
    (tmp_path / "folder").mkdir()
    file = tmp_path / "folder" / "data.csv"
    file.write_text("one")
    before = digest(str(file)), digest(str(tmp_path))
    assert digest(str(file)) == before[0]
    file.write_text("two, and longer")
    assert digest(str(file)) != before[0]
    assert digest(str(tmp_path)) != before[1]
    file.rename(file.with_name("other.csv"))
    assert digest(str(tmp_path / "nothing")) == ""


def run(dag, step, components=None, parallel=4):
    """Runs a DAG of steps that are functions, and tells how each task ended."""
    states = {}
    spec = {"root": {"dag": dag}, "components": {"comp": {"executorLabel": "exec"}, **(components or {})}}

    def report(path, state, _result, _is_step):
        states[path] = state

    result = asyncio.run(Orchestrator(spec, step, report, parallel).run({}))
    return result, states


def task(*after, **more):
    return {"componentRef": {"name": "comp"}, "dependentTasks": list(after), **more}


def test_a_failure_stops_what_comes_after_it_alone():
    def step(path, *_):
        return Result("failed", error="no data") if path == "a" else Result("succeeded")

    always = {"triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}}
    dag = {"tasks": {"c": task("b"), "b": task("a"), "a": task(), "d": task(), "e": task("c", **always)}}
    result, states = run(dag, step)
    assert (result.state, result.error) == ("failed", "no data")
    assert states == {"a": "failed", "b": "blocked", "c": "blocked", "d": "succeeded", "e": "succeeded"}


def test_no_more_steps_at_once_than_may_run():
    running, most = set(), []

    def step(path, *_):
        running.add(path)
        most.append(len(running))
        running.discard(path)
        return Result("succeeded")

    run({"tasks": {str(each): task() for each in range(20)}}, step, parallel=1)
    assert max(most) == 1


def test_a_loop_gathers_in_order_and_over_what_is_no_list_fails():
    def step(_path, _task, _name, given):
        return Result("succeeded", {"n": given["item"] * 10})

    components = {"comp": {"executorLabel": "exec", "outputDefinitions": {"parameters": {"n": {}}}}}
    loop = {"parameterIterator": {"itemInput": "item", "items": {"raw": "[3, 1, 2]"}}}
    outputs = {"parameters": {"all": {"valueFromParameter": {"producerSubtask": "loop", "outputParameterKey": "n"}}}}
    result, states = run({"tasks": {"loop": task(**loop)}, "outputs": outputs}, step, components)
    assert result.outputs == {"all": [30, 10, 20]}
    assert states == {"loop": "succeeded", "loop[0]": "succeeded", "loop[1]": "succeeded", "loop[2]": "succeeded"}

    wrong = {"parameterIterator": {"itemInput": "item", "items": {"raw": "{}"}}}
    result, _ = run({"tasks": {"loop": task(**wrong)}}, step, components)
    assert result.error == "the list to go through cannot be read: found {}, which is no list"
