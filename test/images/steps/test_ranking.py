"""Recommendations: cut by time, measured as scikit-learn does, judged, and promoted only if something was learnt."""

import json
import zipfile

import mlflow
import numpy as np
import pandas as pd
import pytest
from filiera_steps import fairness as words
from filiera_steps import models, promotion, registry
from filiera_steps.checks import conform, skew
from filiera_steps.errors import StepError
from filiera_steps.ranking import evaluation, fairness, recommenders, task
from filiera_steps.ranking.feedback import ASKED, Cuts, columns_of, cut, questions
from filiera_steps.schema import read_as, read_schema
from filiera_steps.tasks import Known
from sklearn.metrics import ndcg_score

SCHEMA = read_schema(
    {
        "task": "ranking",
        "columns": {
            "who": {"type": "category", "role": "user"},
            "what": {"type": "category", "role": "item"},
            "when": {"type": "time", "role": "time"},
            "age": {"type": "category", "role": "sensitive"},
            "maker": {"type": "category", "role": "sensitive"},
        },
    }
)
NAMES = columns_of(SCHEMA)
ITEMS, PEOPLE, TIMES = 40, 300, 20


def feedback(seed, learnable=True):
    """Each person likes one half of the items, of which the first are liked most."""
    random = np.random.default_rng(seed)
    who = np.repeat(np.arange(PEOPLE), TIMES)
    liked = 1 / (1 + np.arange(ITEMS)) ** 0.5
    chance = np.where(np.arange(ITEMS) % 2 == np.arange(2)[:, None], 1.0, 0.1 if learnable else 1.0) * liked
    sums = np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1)
    what = (random.random(len(who))[:, None] > sums[who % 2]).sum(axis=1).clip(max=ITEMS - 1)
    return pd.DataFrame(
        {
            "who": [f"p{each}" for each in who],
            "what": [f"i{each:02}" for each in what],
            "when": pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(random.uniform(0, 100, len(who)), unit="D"),
            "age": np.where(who % 3 == 0, "old", "young"),
            "maker": np.where(what % 4 < 2, "large", "small"),
        }
    )


def tables(seed=1, learnable=True):
    return cut(feedback(seed, learnable), SCHEMA, Cuts())[0]


def fitted(train, estimator="ease", **parameters):
    return recommenders.fit(train, NAMES, estimator, parameters, 5)


@pytest.fixture(scope="module")
def parts():
    return tables()


def rules(**given):
    limits = {"ndcg_difference": 0.2, "exposure_to_catalogue_ratio": 0.5}
    return read_as(fairness.Rules, {"users": ["age"], "items": ["maker"], "limits": limits, **given}, "rules")


class TestCut:
    def test_nothing_of_the_future_is_in_an_earlier_table(self, parts):
        test, holdout = parts["test"], parts["holdout"]
        assert parts["train"]["when"].max() < test.loc[test[ASKED], "when"].min()
        assert test["when"].max() < holdout.loc[holdout[ASKED], "when"].min()
        assert holdout.loc[~holdout[ASKED], "when"].max() <= test["when"].max()
        # what is asked was not taken before
        for table in (test, holdout):
            assert not table.duplicated(["who", "what"]).any()
            assert set(table.loc[table[ASKED], "who"]) == set(table["who"])

    def test_rows_that_are_there_twice_count_once(self, parts):
        frame = feedback(1)
        again, removed = cut(pd.concat([frame, frame]), SCHEMA, Cuts())
        pd.testing.assert_frame_equal(again["train"], parts["train"])
        assert removed == cut(frame, SCHEMA, Cuts())[1] + len(frame)

    def test_terms_of_the_data_go_with_every_part(self):
        frame = feedback(1)
        frame.attrs = {"policy": {"who": "pseudonymise"}, "expires": "2099-01-01T00:00:00+00:00"}
        assert all(table.attrs == frame.attrs for table in cut(frame, SCHEMA, Cuts())[0].values())

    def test_too_short_a_history_is_told(self):
        with pytest.raises(StepError) as error:
            cut(feedback(1), SCHEMA, Cuts(test_days=90))
        assert error.value.problems == [
            (
                "data.when",
                "found no rows for train: the data begins at 2026-01-01, and what is learnt from ends at 2025-12-13; "
                "keep back fewer days",
            )
        ]


class TestSchema:
    def test_a_ranking_has_one_user_item_and_time(self):
        with pytest.raises(StepError) as error:
            read_schema(
                {
                    "task": "ranking",
                    "columns": {"x": {"type": "number", "role": "user"}, "y": {"type": "boolean", "role": "target"}},
                }
            )
        assert error.value.problems == [
            ("schema.columns.x.type", 'found "number": the user is of type category'),
            ("schema.columns", "found 0 items: give exactly one column that role"),
            ("schema.columns", "found 0 times: give exactly one column that role"),
            ("schema.columns.y.role", 'found "target": a schema for ranking has none'),
        ]

    def test_a_step_for_another_task_refuses_it(self):
        with pytest.raises(StepError, match=r'^\[schema\.task\] found "ranking": this step is for classification$'):
            read_schema(SCHEMA.model_dump(), "classification")

    def test_rows_of_nobody_are_refused_and_people_do_not_move(self):
        frame = feedback(1)
        assert set(skew(frame, frame.assign(who="other"), SCHEMA)) == {"what", "age", "maker"}
        frame.loc[3, "who"] = None
        with pytest.raises(StepError, match=r"^\[data\.who\] found 0\.0% of rows without a value, allowed are 0\.0%$"):
            conform(frame, SCHEMA)


class TestModels:
    @pytest.mark.parametrize("estimator", ["popular", "item_cosine", "ease"])
    def test_what_was_taken_is_not_recommended_and_a_stranger_gets_what_most_took(self, parts, estimator):
        model = fitted(parts["train"], estimator)
        lists = model.rank([["i00", "i02"], [], ["nowhere"]], 5)
        assert not {"i00", "i02"} & set(lists[0])
        assert lists[1] == lists[2] == model.items[:5]
        # who has all but two gets these
        assert set(model.rank([model.items[:-2]], 5)[0]) == set(model.items[-2:])

    def test_popular_counts_people(self, parts):
        model = fitted(parts["train"], "popular")
        wanted = parts["train"]["what"].value_counts() / parts["train"]["who"].nunique()
        assert dict(zip(model.items, model.shares, strict=True)) == pytest.approx(
            wanted[wanted.index.isin(model.items)].to_dict()
        )

    def test_ease_is_the_least_squares_solution_without_the_items_own(self, parts):
        model = fitted(parts["train"], "ease", l2=50.0)
        taken = model.matrix(parts["train"].groupby("who")["what"].agg(list).tolist()).toarray()
        for item in range(5):
            others = np.arange(len(model.items)) != item
            left = taken[:, others]
            right = np.linalg.solve(left.T @ left + 50 * np.eye(left.shape[1]), left.T @ taken[:, item])
            assert model.weights[others, item] == pytest.approx(right, abs=1e-4)
            assert model.weights[item, item] == 0

    def test_items_of_few_people_are_not_learnt_as_they_would_tell_of_them(self, parts):
        rare = pd.concat([parts["train"], parts["train"].head(2).assign(what="rare")])
        assert "rare" not in fitted(rare).items
        assert "rare" in fitted(rare, least_users=1).items
        assert fitted(rare).catalogue == fitted(parts["train"]).catalogue + 1

    def test_a_model_holds_nothing_of_any_person(self, parts, tmp_path):
        model = fitted(parts["train"])
        models.write_model(model, str(tmp_path / "model"))
        with zipfile.ZipFile(tmp_path / "model") as archive:
            inside = b"".join(archive.read(name) for name in archive.namelist())
        told = [each for each in set(parts["train"]["who"]) if f'\\"{each}\\"'.encode() in inside]
        assert (b'\\"i00\\"' in inside, told) == (True, [])
        again = models.read_model(str(tmp_path / "model"))
        assert again.rank([["i00"]], 5) == model.rank([["i00"]], 5)

    @pytest.mark.parametrize(
        ("estimator", "parameters", "message"),
        [
            ("als", {}, r'^\[estimator\] found "als": allowed are popular, item_cosine, ease$'),
            ("ease", {"l1": 1}, r"^\[parameters\.l1\] found 1: extra inputs are not permitted$"),
            ("ease", {"l2": 0}, r"^\[parameters\.l2\] found 0: input should be greater than 0$"),
            ("popular", {"least_users": 301}, r"^\[data\.what\] found 0 items that 301 people took: give it more rows"),
        ],
    )
    def test_what_cannot_be_learnt_is_refused(self, parts, estimator, parameters, message):
        with pytest.raises(StepError, match=message):
            fitted(parts["train"], estimator, **parameters)


class TestEvaluation:
    def test_ndcg_and_recall_are_those_of_scikit_learn(self, parts):
        model = fitted(parts["train"])
        # an item that the model does not know counts as one that it did not find
        test = parts["test"]
        first = test.index[test[ASKED]][0]
        test = pd.concat([test, test.loc[[first]].assign(what="new")], ignore_index=True)
        asked = questions(test, NAMES)
        recall, ndcg = evaluation.by_person(evaluation.ask(model, asked, 5), asked.taken, 5)
        scores = model.scores(asked.histories)
        all_items = [*model.items, *sorted({item for each in asked.taken for item in each} - set(model.items))]
        truth = np.array([[item in set(each) for item in all_items] for each in asked.taken], float)
        # a step between places, so that no two scores are the same
        places = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1)
        known = np.where(np.isfinite(scores), -places.astype(float), -1000.0)
        padded = np.hstack([known, np.full((len(known), len(all_items) - known.shape[1]), -1000.0)])
        wanted = [ndcg_score(truth[[row]], padded[[row]], k=5) for row in range(len(truth))]
        assert ndcg == pytest.approx(np.array(wanted), abs=1e-12)
        top = np.argsort(-padded, axis=1, kind="stable")[:, :5]
        assert recall == pytest.approx(np.take_along_axis(truth, top, 1).sum(1) / truth.sum(1))

    def test_the_report_has_slices_coverage_and_the_bias_to_what_is_popular(self, parts):
        popular, ease = (
            evaluation.evaluate(fitted(parts["train"], each), parts["test"], NAMES, ["age"], 0.95)
            for each in ("popular", "ease")
        )
        assert popular["gain"] == {"value": 0, "low": 0, "high": 0}
        assert ease["gain"]["low"] > 0
        assert popular["popularity_bias"]["value"] > ease["popularity_bias"]["value"]
        assert popular["coverage"] < ease["coverage"] <= 1
        assert set(ease["slices"]["age"]) == {"old", "young"}
        assert sum(each["users"] for each in ease["slices"]["age"].values()) == ease["users"]
        flat = evaluation.flat(ease)
        assert flat["age.old.ndcg_low"] < flat["age.old.ndcg"] < flat["age.old.ndcg_high"]
        assert "history.none.ndcg" in evaluation.flat(
            evaluation.evaluate(fitted(parts["train"]), parts["test"][parts["test"][ASKED]], NAMES, [], 0.9)
        )

    def test_the_interval_of_the_mean_ndcg_covers_it_at_its_rate(self, parts):
        # people drawn anew from many: the truth is the mean over all
        model = fitted(parts["train"])
        every = np.concatenate(
            [evaluation.per_person(model, questions(tables(seed)["test"], NAMES))[0]["ndcg"] for seed in range(2, 8)]
        )
        random, covered = np.random.default_rng(7), 0
        for _ in range(500):
            found = evaluation.measure(
                pd.DataFrame({name: random.choice(every, 100) for name in evaluation.NAMES}), 0.95
            )
            covered += found["ndcg"]["low"] <= every.mean() <= found["ndcg"]["high"]
        assert covered / 500 == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 500))

    def test_a_model_that_knows_the_answers_is_not_measured(self, parts):
        model = fitted(pd.concat([parts["train"], parts["test"]]))
        with pytest.raises(
            StepError,
            match=r"^\[data\] found rows from .* on, and the model learnt from rows until .*: judge it by later",
        ):
            evaluation.evaluate(model, parts["test"], NAMES, [], 0.95)

    def test_columns_that_are_not_there_or_of_several_values_are_told(self, parts):
        model = fitted(parts["train"])
        with pytest.raises(StepError, match=r"^\[slices\.town\] found no such column; there are who, what"):
            evaluation.evaluate(model, parts["test"], NAMES, ["town"], 0.95)
        with pytest.raises(StepError, match=r"^\[slices\.maker\] found \d+ of who with more than one value of it"):
            evaluation.evaluate(model, parts["test"], NAMES, ["maker"], 0.95)
        with pytest.raises(
            StepError, match=r"^\[data\] found no rows that are asked: give it the test or holdout table"
        ):
            evaluation.evaluate(model, parts["train"], NAMES, [], 0.95)


class TestFairness:
    def judged(self, parts, estimator="ease", **given):
        return fairness.judge(fitted(parts["train"], estimator), parts["train"], parts["test"], NAMES, rules(**given))

    def test_people_and_makers_are_judged_and_the_report_is_that_of_classifiers(self, parts):
        report = self.judged(parts)
        assert report["verdict"] == "fair"
        assert [*report["before"]["groups"]] == ["age", "maker"]
        assert "| maker | exposure_to_catalogue_ratio |" in words.in_words(report)
        old, young = (report["before"]["groups"]["age"]["rates"][each]["ndcg"]["value"] for each in ("old", "young"))
        assert report["before"]["groups"]["age"]["measures"][0]["value"] == pytest.approx(abs(old - young))

    def test_a_maker_that_is_not_shown_is_treated_unfairly(self, parts):
        hidden = {
            name: table.assign(maker=np.where(table["what"] > "i25", "small", "large")) for name, table in parts.items()
        }
        report = self.judged(hidden, "popular")
        assert report["verdict"] == "unfair"
        of = report["before"]["groups"]["maker"]
        assert of["measures"] == [{"measure": "exposure_to_catalogue_ratio", "value": 0, "limit": 0.5, "holds": False}]
        assert of["rates"]["small"]["items"] == pytest.approx(14 / 40)
        assert sum(each["exposure"] for each in of["rates"].values()) == pytest.approx(1)

    def test_a_group_of_three_people_is_undecided(self, parts):
        few = {
            name: table.assign(age=np.where(table["who"].isin(["p1", "p2", "p4"]), "oldest", table["age"]))
            for name, table in parts.items()
        }
        report = self.judged(few)
        assert report["verdict"] == "undecided"
        assert report["before"]["groups"]["age"]["small"] == {"oldest": "it has 3 people, and 30 are needed"}
        assert self.judged(few, small_groups="ignore")["verdict"] == "fair"
        alone = {name: table.assign(maker="one") for name, table in parts.items()}
        assert self.judged(alone)["verdict"] == "undecided"

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"limits": {"ndcg_ratio": 0.5}}, r"^\[rules\.limits\] found none for items: set at least one of exposure"),
            (
                {"items": []},
                r"^\[rules\.items\] found none, and exposure_to_catalogue_ratio is limited: name a column$",
            ),
            ({"users": [], "items": [], "limits": {}}, r"^\[rules\] found nothing to judge: name columns"),
            ({"users": ["town"]}, r"^\[rules\.users\.town\] found no such column"),
            ({"items": ["age"]}, r"^\[rules\.items\.age\] found \d+ of what with more than one value of it"),
        ],
    )
    def test_rules_that_ask_for_nothing_or_what_is_not_there_are_refused(self, parts, given, message):
        with pytest.raises(StepError, match=message):
            self.judged(parts, **given)


class TestPromotion:
    def gates(self, challenger, holdout, champion=None, **terms):
        about = {"task": "ranking", "columns": NAMES._asdict()}
        before = None if champion is None else Known(champion, about)
        return {
            each["gate"]: each["holds"]
            for each in task.gates(Known(challenger, about), before, holdout, task.Terms(**terms))
        }

    def test_one_that_learnt_nothing_is_never_promoted(self):
        # taste is shuffled away, and what is left is what is popular
        promoted = []
        for seed in range(100):
            shuffled = tables(seed, learnable=False)
            found = self.gates(fitted(shuffled["train"], "ease" if seed % 2 else "item_cosine"), shuffled["holdout"])
            assert found["users"]
            promoted.append(all(found.values()))
        assert not any(promoted)

    def test_one_that_learnt_is_and_the_baseline_itself_is_not(self, parts):
        assert all(
            all(self.gates(fitted(tables(seed)["train"]), tables(seed)["holdout"]).values()) for seed in range(5)
        )
        assert self.gates(fitted(parts["train"], "popular"), parts["holdout"]) == {"users": True, "baseline": False}

    def test_the_champion_stays_if_a_challenger_is_worse(self, parts):
        good, bad = fitted(parts["train"]), fitted(parts["train"], "ease", l2=1e9)
        bad.weights = -bad.weights
        assert self.gates(bad, parts["holdout"], good)["champion"] is False
        assert all(self.gates(good, parts["holdout"], bad).values())
        assert all(self.gates(good, parts["holdout"], good).values())

    def test_few_people_tell_nothing(self, parts):
        few = parts["holdout"][parts["holdout"]["who"].isin([f"p{each}" for each in range(50)])]
        assert self.gates(fitted(parts["train"]), few)["users"] is False
        one = parts["holdout"][parts["holdout"]["who"] == "p1"]
        assert self.gates(fitted(parts["train"]), one) == {"users": False, "baseline": False}


def test_a_recommender_goes_through_its_life_and_is_asked_by_pyfunc(client, parts):
    model = fitted(parts["train"])
    about = {"task": "ranking", "columns": NAMES._asdict(), "estimator": "ease", "parameters": {"k": 5}, "seed": 0}
    report = evaluation.evaluate(model, parts["test"], NAMES, ["age"], 0.95)
    judged = fairness.judge(model, parts["train"], parts["test"], NAMES, rules())
    made = registry.register(Known(model, about), "shop", parts["train"], report, judged, {"data_sha256": "abc"})
    assert client.get_run(made["run"]).data.metrics == pytest.approx(evaluation.flat(report))
    assert client.get_model_version("shop", "1").tags["fairness"] == "fair"
    assert registry.read_json(client, made["run"], "evaluation.json") == json.loads(json.dumps(report))

    served = mlflow.pyfunc.load_model("models:/shop@challenger")
    assert served.metadata.signature.inputs.input_names() == ["items"]
    answers = served.predict(pd.DataFrame({"items": [["i00", "i02"], [], ["nowhere"]]}))
    assert [list(each) for each in answers["items"]] == model.rank([["i00", "i02"], [], []], 5)
    # the answer says how much of what it was given it knew
    assert list(answers["known"]) == [2, 0, 0]
    with pytest.raises(mlflow.exceptions.MlflowException, match="missing inputs"):
        served.predict(pd.DataFrame({"people": [["p1"]]}))

    found = promotion.promote("shop", "1", parts["holdout"], judged["verdict"], False, {"gain": 0.1})
    assert (found["promoted"], registry.version_of(client, "shop", "champion")) == (True, "1")
    registry.register(Known(fitted(parts["train"], "popular"), about), "shop", parts["train"], report, None, {})
    refused = promotion.promote("shop", "2", parts["holdout"], "fair", False, {})
    assert [each["gate"] for each in refused["gates"] if not each["holds"]] == ["baseline", "champion"]
    with pytest.raises(StepError, match=r"^\[terms\.floor\] found 0\.7: extra inputs are not permitted$"):
        promotion.promote("shop", "2", parts["holdout"], "fair", False, {"floor": 0.7})
