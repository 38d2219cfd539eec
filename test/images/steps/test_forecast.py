"""Forecasts of demand: rows without the future, quantiles that hold, promotion of what learnt, and stock."""

import mlflow
import numpy as np
import pandas as pd
import pytest
from filiera_steps import intervals, promotion, registry
from filiera_steps.checks import conform
from filiera_steps.errors import StepError
from filiera_steps.evaluation import entry
from filiera_steps.forecast import evaluation, forecaster, stock, task
from filiera_steps.forecast.series import AHEAD, LEVEL, NAIVE, SCALE, Demand, prepare
from filiera_steps.ranking import evaluation as ranking
from filiera_steps.ranking import recommenders
from filiera_steps.schema import read_as, read_schema
from filiera_steps.tasks import Known
from sklearn.metrics import mean_absolute_error, mean_pinball_loss

SCHEMA = read_schema(
    {
        "task": "forecast",
        "columns": {
            "what": {"type": "category", "role": "item"},
            "day": {"type": "time", "role": "time"},
            "units": {"type": "number", "role": "target"},
            "price": {"type": "number"},
            "lead_days": {"type": "number", "role": "id"},
            "there": {"type": "number", "role": "id"},
            "short": {"type": "number", "role": "id"},
            "over": {"type": "number", "role": "id"},
        },
    }
)
ITEMS, DAYS = 20, 160
DEMAND = Demand(lead="lead_days")
SMALL = {"max_iter": 30, "min_samples_leaf": 20, "quantiles": [0.1, 0.5, 0.9]}


def sales(seed, learnable=True, items=ITEMS, days=DAYS):
    """Units by the day of the week and the price, or that hang on nothing."""
    random = np.random.default_rng(seed)
    item, day = np.repeat(np.arange(items), days), np.tile(np.arange(days), items)
    cheap = (day // 10 + item) % 4 == 0
    shape = np.where(day % 7 < 5, 0.8, 1.5) * np.where(cheap, 1.5, 1) if learnable else 1.0
    return pd.DataFrame(
        {
            "what": [f"i{each:02}" for each in item],
            "day": [f"{each:%Y-%m-%d}" for each in pd.Timestamp("2026-01-01") + pd.to_timedelta(day, unit="D")],
            "units": random.poisson((5 + item) * shape).astype(float),
            "price": np.where(cheap, 7.0, 10.0),
            "lead_days": 1 + item % 3,
            "there": 3.0,
            "short": 4.0,
            "over": 1.0,
        }
    )


def prepared(frame, **demand):
    return prepare(conform(frame, SCHEMA), SCHEMA, read_as(Demand, {"lead": "lead_days", **demand}, "demand"))


def fitted(tables, features, **parameters):
    return forecaster.fit(tables["train"], "day", features, SMALL | parameters, 1)


@pytest.fixture(scope="module")
def parts():
    return prepared(sales(1))


@pytest.fixture(scope="module")
def model(parts):
    return fitted(*parts)


def told(error):
    return dict(error.value.problems)


class TestRows:
    def test_sums_look_ahead_and_weeks_back(self, parts):
        tables, _ = parts
        units = conform(sales(1), SCHEMA).set_index(["what", "day"])["units"]
        for row in tables["test"].sample(30, random_state=1).itertuples():
            ahead = [row.day + pd.Timedelta(days=each) for each in range(1, int(row.lead) + 1)]
            assert getattr(row, AHEAD) == sum(units[row.what, each] for each in ahead)
            assert getattr(row, NAIVE) == sum(units[row.what, each - pd.Timedelta(days=7)] for each in ahead)
            back = [units[row.what, row.day - pd.Timedelta(days=each)] for each in range(28)]
            assert getattr(row, LEVEL) == pytest.approx((sum(back) + 1) / 28 * row.lead)

    def test_no_row_to_learn_from_reaches_into_what_is_judged(self, parts):
        tables, _ = parts
        ends = {name: (table["day"] + pd.to_timedelta(table["lead"], unit="D")) for name, table in tables.items()}
        assert ends["train"].max() <= tables["test"]["day"].min()
        assert ends["test"].max() <= tables["holdout"]["day"].min()
        assert (tables["current"]["day"] == ends["holdout"].max()).all()
        assert len(tables["current"]) == ITEMS

    def test_features_know_nothing_of_days_ahead(self, parts):
        tables, features = parts
        frame = sales(1)
        late = frame["day"] > "2026-04-15"
        other, _ = prepared(
            frame.assign(units=frame["units"].where(~late, 99.0), price=frame["price"].where(~late, 1.0))
        )
        for name in ("train", "test"):
            known = tables[name]["day"] <= "2026-04-15"
            columns = [*features, LEVEL, NAIVE]
            pd.testing.assert_frame_equal(tables[name].loc[known, columns], other[name].loc[known, columns])

    def test_a_gap_is_told_or_is_a_day_without_demand(self):
        frame = sales(1).drop(index=[50, 51])
        with pytest.raises(StepError) as error:
            prepared(frame)
        assert told(error) == {
            "data.day": "found 2 days without a row, such as i00 on 2026-02-20: fill them in, or set gaps to "
            '"zero" if nothing was asked for then'
        }
        zero = sales(1).assign(units=lambda of: of["units"].where(~of.index.isin([50, 51]), 0.0))
        for one, other in zip(prepared(frame, gaps="zero")[0].values(), prepared(zero)[0].values(), strict=True):
            pd.testing.assert_frame_equal(one.drop(columns="price"), other.drop(columns="price"))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                lambda of: pd.concat([of, of.head(2)]),
                r"^\[data\.day\] found 2 rows of an item and a day that has one, such as i00 on 2026-01-01: add",
            ),
            (
                lambda of: of[(of["what"] != "i03") | (of["day"] > "2026-03-25")],
                r"^\[data\.day\] found items such as i03 with less than 29 days before 2026-04-14",
            ),
            (
                lambda of: of.assign(units=of["units"].where(of["what"] != "i03", 0.0)),
                r"^\[data\.units\] found items such as i03 that nobody asked for before 2026-04-14: leave them out$",
            ),
            (
                lambda of: of.assign(lead_days=1.5),
                r"^\[demand\.lead\] found days that are not whole or not between 1 and 365",
            ),
            (
                lambda of: of.assign(lead_days=np.arange(len(of)) % 2 + 1),
                r"^\[demand\.lead\] found 20 items with more than one",
            ),
            (lambda of: of.assign(lead_days=40), r"^\[demand\.test_days\] found 28, and every delivery takes longer"),
            (
                lambda of: of.assign(units=of["units"] - 5),
                r"^\[data\.units\] found \d+ rows with less than 0, the first is row 2: what is given back is no",
            ),
            (
                lambda of: of.assign(units=np.where(of.index == 7, np.nan, of["units"])),
                r"^\[data\.units\] found 1 rows without an amount, the first is row 7: say 0",
            ),
            (lambda of: of.assign(units=np.inf), r"^\[data\.units\] found infinite values: mend them"),
        ],
    )
    def test_what_no_forecast_can_be_made_of_is_refused(self, change, message):
        with pytest.raises(StepError, match=message):
            prepared(change(sales(1)))

    def test_columns_that_are_not_there_or_no_numbers_are_told(self):
        with pytest.raises(StepError, match=r'^\[demand\.lead\] found no column "lead"; there are what, day'):
            prepared(sales(1), lead="lead")
        columns = SCHEMA.model_dump()["columns"] | {"colour": {"type": "category"}}
        coloured = read_schema({"task": "forecast", "columns": columns})
        with pytest.raises(StepError, match=r'^\[schema\.columns\.colour\.type\] found "category": features of demand'):
            prepare(conform(sales(1).assign(colour="red"), coloured), coloured, DEMAND)

    def test_values_that_a_policy_hides_are_not_shown_and_terms_go_on(self, parts):
        frame = conform(sales(1), SCHEMA)
        frame.attrs = {"policy": {"what": "pseudonymise"}, "expires": "2099-01-01T00:00:00+00:00"}
        assert all(table.attrs == frame.attrs for table in prepare(frame, SCHEMA, DEMAND)[0].values())
        gap = frame.drop(index=50)
        gap.attrs = frame.attrs
        with pytest.raises(StepError, match=r"^\[data\.day\] found 1 days without a row: fill them in"):
            prepare(gap, SCHEMA, DEMAND)


class TestEvaluation:
    def test_losses_are_those_of_scikit_learn(self, parts, model):
        test = parts[0]["test"]
        said = model.predict(test)
        loss = evaluation.pinball(test[AHEAD].to_numpy(), said.to_numpy(), model.quantiles)
        for place, quantile in enumerate(model.quantiles):
            wanted = mean_pinball_loss(test[AHEAD], said[f"q{quantile:g}"], alpha=quantile)
            assert loss[:, place].mean() == pytest.approx(wanted, abs=1e-12)
        report = evaluation.evaluate(model, test, "what", "day", ["lead_days"], 0.95)
        assert report["mae"]["value"] == pytest.approx(mean_absolute_error(test[AHEAD], said["q0.5"]))
        assert report["bias"]["value"] == pytest.approx((said["q0.5"] - test[AHEAD]).mean())
        assert report["pinball"]["value"] == pytest.approx((loss.mean(axis=1) / test[SCALE]).mean())
        assert report["gain"]["low"] > 0
        assert set(report["slices"]["lead_days"]) == {"1.0", "2.0", "3.0"}
        flat = evaluation.flat(report)
        assert flat["lead_days.1_0.mae_low"] < flat["lead_days.1_0.mae"] < flat["lead_days.1_0.mae_high"]

    def test_quantiles_cover_as_much_as_they_say_and_never_cross(self, parts, model):
        for name in ("test", "holdout"):
            report = evaluation.evaluate(model, parts[0][name], "what", "day", [], 0.99)
            for quantile, covered in report["coverage"].items():
                assert covered["low"] <= float(quantile) <= covered["high"] or quantile == "0.5"
                assert covered["value"] == pytest.approx(float(quantile), abs=0.07)
        said = model.predict(parts[0]["holdout"]).to_numpy()
        assert (np.diff(said, axis=1) >= 0).all()
        assert (said >= 0).all()

    def test_one_item_alone_has_no_interval(self, parts, model):
        one = parts[0]["test"][parts[0]["test"]["what"] == "i03"]
        found = evaluation.evaluate(model, one, "what", "day", [], 0.95)
        assert (found["mae"]["low"], found["coverage"]["0.9"]["low"]) == (None, None)
        assert "mae_low" not in evaluation.flat(found)

    def test_a_model_that_knows_the_answers_is_not_measured(self, parts, model):
        with pytest.raises(StepError, match=r"^\[data\] found rows from .* on, and the model learnt from days until"):
            evaluation.evaluate(model, parts[0]["train"], "what", "day", [], 0.95)
        with pytest.raises(StepError, match=r'^\[data\] found no column "ahead": give it the test or holdout table'):
            evaluation.evaluate(model, parts[0]["current"], "what", "day", [], 0.95)
        with pytest.raises(StepError, match=r"^\[slices\.town\] found no such column"):
            evaluation.evaluate(model, parts[0]["test"], "what", "day", ["town"], 0.95)

    def test_the_clustered_interval_covers_a_mean_at_its_rate_and_students_does_not(self):
        random = np.random.default_rng(7)
        item, day = np.repeat(np.arange(40), 40), np.tile(np.arange(40), 40)
        covered, student = 0, 0
        for _ in range(500):
            values = random.normal(0, 1, 40)[item] + random.normal(0, 1, 40)[day] + random.normal(0, 1, 1600)
            low, high = intervals.of_clustered_mean(values, [item, day], 0.95)
            covered += low <= 0 <= high
            low, high = intervals.of_mean(values, 0.95)
            student += low <= 0 <= high
        assert covered / 500 == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 500))
        assert student / 500 < 0.6

    def test_rows_that_are_each_a_cluster_have_students_interval(self):
        values = np.random.default_rng(7).normal(0, 1, 50)
        every = np.arange(50)
        wanted = intervals.of_mean(values, 0.9)
        assert intervals.of_clustered_mean(values, [every], 0.9) == pytest.approx(wanted)
        assert intervals.of_clustered_mean(values, [every, every], 0.9) == pytest.approx(wanted)


class TestModel:
    @pytest.mark.parametrize(
        ("parameters", "message"),
        [
            ({"quantiles": [0.9, 0.5]}, r"^\[parameters\.quantiles\] found .*: value error, they rise between 0 and 1"),
            ({"quantiles": [0.1, 0.9]}, r"^\[parameters\.quantiles\] found .*: value error, .* and have 0\.5$"),
            ({"trees": 3}, r"^\[parameters\.trees\] found 3: extra inputs are not permitted$"),
            ({"min_samples_leaf": 300}, r"^\[train\] found \d+ rows to learn from, 3000 are needed: give more$"),
        ],
    )
    def test_what_cannot_be_learnt_is_refused(self, parts, parameters, message):
        with pytest.raises(StepError, match=message):
            fitted(*parts, **parameters)

    def test_an_item_that_was_never_seen_is_what_its_weeks_were(self, parts, model):
        row = parts[0]["current"].head(1)
        assert model.predict(row.assign(what="new")).equals(model.predict(row))

    def test_rows_without_what_is_needed_are_told(self, parts, model):
        rows = parts[0]["current"].head(3)
        with pytest.raises(StepError) as error:
            model.predict(rows.assign(week=[1.0, np.nan, 2.0], price=np.inf))
        assert told(error) == {
            "data.price": "found 3 rows without a number: give each one",
            "data.week": "found 1 rows without a number: give each one",
        }
        with pytest.raises(StepError, match=r"^\[data\.level\] found no such column, which the model needs: keep it$"):
            model.predict(rows.drop(columns=LEVEL))


class TestPromotion:
    def gates(self, challenger, holdout, champion=None, **terms):
        about = {"task": "forecast", "item": "what", "time": "day"}
        before = None if champion is None else Known(champion, about)
        found = task.gates(Known(challenger, about), before, holdout, task.Terms(**terms))
        return {each["gate"]: each["holds"] for each in found}

    def test_one_that_learnt_nothing_is_never_promoted(self):
        # what is asked hangs on nothing: the level of the last weeks is all that can be known
        promoted = []
        for seed in range(100):
            tables, features = prepared(sales(seed, learnable=False, items=6, days=120), test_days=7, holdout_days=17)
            found = self.gates(
                fitted(tables, features, max_iter=5, min_samples_leaf=9), tables["holdout"], least_items=6
            )
            assert found["rows"]
            promoted.append(all(found.values()))
        assert not any(promoted)

    def test_nor_is_one_whose_features_were_shuffled(self, parts):
        tables, features = parts
        random = np.random.default_rng(1)
        train = tables["train"].copy()
        train[list(features)] = train[list(features)].sample(frac=1, random_state=random).to_numpy()
        train["lead"] = tables["train"]["lead"]
        assert self.gates(fitted({"train": train}, features), tables["holdout"])["baseline"] is False

    def test_one_that_learnt_is(self):
        for seed in range(3):
            tables, features = prepared(sales(seed))
            assert all(self.gates(fitted(tables, features), tables["holdout"]).values())

    def test_the_champion_stays_if_a_challenger_is_worse(self, parts, model):
        holdout = parts[0]["holdout"]
        worse = fitted(*parts, max_iter=2)
        assert self.gates(worse, holdout, model)["champion"] is False
        assert all(self.gates(model, holdout, worse).values())
        assert all(self.gates(model, holdout, model).values())
        with pytest.raises(
            StepError, match=r"^\[model\] found other quantiles than the champion's, \[0\.1, 0\.5, 0\.9\]"
        ):
            self.gates(fitted(*parts, quantiles=[0.5]), holdout, model)

    def test_few_items_or_days_tell_nothing(self, parts, model):
        holdout = parts[0]["holdout"]
        assert self.gates(model, holdout[holdout["what"] < "i05"])["rows"] is False
        assert self.gates(model, holdout[holdout["day"] < holdout["day"].min() + pd.Timedelta(days=5)])["rows"] is False
        assert self.gates(model, holdout[holdout["what"] == "i05"]) == {"rows": False, "baseline": False}


class TestStock:
    def policy(self, **given):
        return read_as(stock.Policy, given or {"costs": {"short": "short", "over": "over"}}, "policy")

    def test_the_cheapest_is_the_quantile_of_the_costs(self):
        # Poisson's quantiles, whose cheapest amount is known: the newsvendor's
        from scipy.stats import poisson

        levels = np.linspace(0.01, 0.99, 99)
        quantiles = poisson(20).ppf(levels)[None, :]
        asked = np.random.default_rng(7).poisson(20, 200_000)
        for short, over in ((4.0, 1.0), (1.0, 1.0), (9.0, 1.0)):
            point = stock.wanted(quantiles, levels.tolist(), np.array([short / (short + over)]))[0]
            costs = {
                amount: (short * np.maximum(asked - amount, 0) + over * np.maximum(amount - asked, 0)).mean()
                for amount in range(10, 35)
            }
            assert abs(point - min(costs, key=costs.get)) <= 1
            assert costs[point] == pytest.approx(min(costs.values()), rel=0.01)

    def test_orders_are_what_is_missing_of_the_quantile(self, parts, model):
        current = parts[0]["current"]
        made = stock.plan(model, current, "what", "day", self.policy(service=0.9, on_hand="there"), "models:/x/1", None)
        assert (made["reorder_point"] == np.ceil(model.predict(current)["q0.9"].to_numpy() - 1e-6)).all()
        assert (made["order"] == np.maximum(made["reorder_point"] - 3, 0)).all()
        assert (made["service"] == 0.9).all()
        assert list(made.columns[:3]) == ["what", "day", "lead_days"]
        naive = stock.plan(model, current, "what", "day", self.policy(service=0.9), "week", "week")
        assert (naive["expected"].to_numpy() == model.baselines(current)["week"][:, 1]).all()

    def test_what_was_achieved_is_counted_and_cheaper_than_without_learning(self, parts, model):
        holdout = parts[0]["holdout"]
        found = stock.achieved(model, holdout, "what", "day", self.policy())
        point = stock.wanted(model.predict(holdout).to_numpy(), model.quantiles, np.full(len(holdout), 0.8))
        missing = np.maximum(holdout[AHEAD] - point, 0)
        over = np.maximum(point - holdout[AHEAD], 0)
        assert found["model"]["cost"]["value"] == pytest.approx((4 * missing + over).mean())
        assert found["model"]["service"]["value"] == pytest.approx((missing == 0).mean())
        assert found["model"]["fill"] == pytest.approx(1 - missing.sum() / holdout[AHEAD].sum())
        assert found["wanted"] == pytest.approx(0.8)
        assert found["saving"]["low"] > 0
        cheapest = min(found["week"]["cost"]["value"], found["level"]["cost"]["value"])
        assert found["saving"]["value"] == pytest.approx(cheapest - found["model"]["cost"]["value"])

    @pytest.mark.parametrize(
        ("policy", "change", "message"),
        [
            (
                {"service": 0.9, "costs": {"short": "short", "over": "over"}},
                {},
                r"^\[policy\] found .*give service or costs, and not both$",
            ),
            ({"on_hand": "there"}, {}, r"^\[policy\] found .*give service or costs"),
            (
                {"service": 0.99},
                {},
                r"^\[policy\] asks for quantiles between 0\.99 and 0\.99, and the model has 0\.1 to 0\.9: train",
            ),
            (
                {"costs": {"short": "margin", "over": "over"}},
                {},
                r'^\[policy\.costs\.short\] found no column "margin"; there are what',
            ),
            (
                {"costs": {"short": "short", "over": "over"}},
                {"over": -1.0},
                r'^\[policy\.costs\.over\] found values of "over" below 0',
            ),
            (
                {"costs": {"short": "short", "over": "over"}},
                {"over": 0.0, "short": 0.0},
                r"^\[policy\.costs\] found rows of which both are 0",
            ),
            ({"service": 0.9, "on_hand": "shelf"}, {}, r'^\[policy\.on_hand\] found no column "shelf"'),
            (
                {"service": 0.9, "on_hand": "there"},
                {"there": np.nan},
                r'^\[policy\.on_hand\] found values of "there" below 0, or',
            ),
        ],
    )
    def test_policies_that_say_nothing_are_refused(self, parts, model, policy, change, message):
        with pytest.raises(StepError, match=message):
            stock.plan(model, parts[0]["current"].assign(**change), "what", "day", self.policy(**policy), "x", None)


def test_a_forecaster_goes_through_its_life_and_is_asked_by_pyfunc(client, parts, model):
    tables, _ = parts
    about = {"task": "forecast", "item": "what", "time": "day", "estimator": "quantile_boosting"}
    known = Known(model, about | {"parameters": SMALL, "seed": 1})
    report = evaluation.evaluate(model, tables["test"], "what", "day", [], 0.95)
    made = registry.register(known, "demand", tables["train"], report, None, {})
    assert client.get_run(made["run"]).data.metrics == pytest.approx(evaluation.flat(report))

    served = mlflow.pyfunc.load_model("models:/demand@challenger")
    inputs = [*model.features, LEVEL]
    assert served.metadata.signature.inputs.input_names() == inputs
    asked = tables["current"][inputs].astype(float)
    pd.testing.assert_frame_equal(served.predict(asked), model.predict(tables["current"]))
    with pytest.raises(StepError, match=r"^\[data\.week\] found 20 rows without a number: give each one$"):
        served.predict(asked.assign(week=np.nan))

    found = promotion.promote("demand", "1", tables["holdout"], "", False, {})
    assert (found["promoted"], registry.version_of(client, "demand", "champion")) == (True, "1")
    registry.register(Known(fitted(*parts, max_iter=2), known.about), "demand", tables["train"], report, None, {})
    refused = promotion.promote("demand", "2", tables["holdout"], "", True, {})
    assert [each["gate"] for each in refused["gates"] if not each["holds"]] == ["champion", "data"]
    # one name is one task's
    other = recommenders.Recommender(["a", "b"], np.array([0.5, 0.5]), None, 1, "2026-01-01", 2)
    about = {"task": "ranking", "columns": {}, "estimator": "popular", "parameters": {}, "seed": 0}
    nothing = {"users": 1, "coverage": 1, "slices": {}, **dict.fromkeys(ranking.NAMES, entry())}
    registry.register(Known(other, about), "demand", tables["train"], nothing, None, {})
    with pytest.raises(StepError, match=r"^\[models:/demand/1\] found that the champion is a forecast: give the model"):
        promotion.promote("demand", "3", tables["holdout"], "", False, {})
