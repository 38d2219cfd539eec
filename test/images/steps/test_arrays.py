"""Columns of arrays, windows of series, and what networks refuse before they need a framework."""

import numpy as np
import pandas as pd
import pytest
from filiera_steps import arrays, classification, models, windows
from filiera_steps.checks import conform, skew
from filiera_steps.errors import StepError
from filiera_steps.networks.network import Network, platt
from filiera_steps.prepare import Recipe, prepare
from filiera_steps.schema import read_as, read_schema
from filiera_steps.tables import content_hash, read_table, write_table

SCHEMA = read_schema(
    {
        "columns": {
            "who": {"type": "category", "role": "id"},
            "pixels": {"type": "array", "shape": [8, 8], "min": 0, "max": 1},
            "bad": {"type": "boolean", "role": "target"},
        }
    }
)
FEATURES = {"pixels": "array 8x8"}


@pytest.fixture
def images(random):
    """Eighty people with three images each, as Parquet gives them: half flat, half nested."""
    pixels = [random.random((8, 8)) for _ in range(240)]
    table = pd.DataFrame({"who": [f"w{number // 3}" for number in range(240)], "bad": random.random(240) < 0.5})
    table["pixels"] = [each.ravel() if number % 2 else list(each) for number, each in enumerate(pixels)]
    return table


class TestArrays:
    def test_nested_and_flat_are_the_same_and_survive_parquet(self, images, tmp_path):
        table = conform(images, SCHEMA)
        assert {each.dtype.str + str(each.shape) for each in table["pixels"]} == {"<f4(64,)"}
        written = write_table(table, str(tmp_path / "table"))
        again = read_table(str(tmp_path / "table"))
        assert content_hash(again) == written["sha256"]
        assert (arrays.stack(again["pixels"], (8, 8), "data.pixels")[0] == np.float32(images["pixels"][0])).all()

    def test_a_changed_pixel_is_another_content(self, images):
        before = content_hash(conform(images, SCHEMA))
        images.at[1, "pixels"] = np.where(np.arange(64) == 7, 0.123, images["pixels"][1])
        assert content_hash(conform(images, SCHEMA)) != before

    def test_arrays_of_arrays_are_told_apart_by_what_they_hold(self):
        one, other = (np.array([np.array([1.0]), np.array([each, 3.0])], dtype=object) for each in (2.0, 4.0))
        assert arrays.bytes_of(one) != arrays.bytes_of(other)
        assert arrays.bytes_of(one) == arrays.bytes_of(np.array([np.array([1.0]), np.array([2.0, 3.0])], dtype=object))

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (np.zeros((8, 7)), "found 8x7 in row 2, where 8x8 is declared: resize it, or leave it out"),
            (0.5, "found no array of numbers in row 2: mend it"),
            ([[1.0], [1.0, 2.0]], "found no array of numbers in row 2: mend it"),
            ("scan.png", "found no array of numbers in row 2: mend it"),
            (None, "found no array of numbers in row 2: mend it"),
            (np.where(np.eye(8) > 0, np.nan, 0.5), r"found NaN or infinity at \[0, 0\] in row 2: mend it"),
            (np.full(64, 1.5), "found 1.5, the most that is allowed is 1"),
        ],
    )
    def test_what_is_no_such_array_is_refused(self, images, value, message):
        images.at[2, "pixels"] = value
        with pytest.raises(StepError, match=rf"^\[data\.pixels\] {message}$"):
            conform(images, SCHEMA)

    def test_a_shape_belongs_to_arrays_and_they_are_features(self):
        with pytest.raises(StepError, match="a column has a shape if it is of type array, and only then"):
            read_schema({"columns": {"a": {"type": "array"}, "b": {"type": "boolean", "role": "target"}}})
        with pytest.raises(StepError, match="a column of arrays is a feature, and none of its values is missing"):
            read_schema({"columns": {"a": {"type": "array", "shape": [2], "role": "id"}}})

    def test_darker_images_are_skewed(self, images):
        before = conform(images, SCHEMA)
        now = before.assign(pixels=before["pixels"].map(lambda each: each * 0.5))
        assert skew(before, before, SCHEMA)["pixels"] == 0
        assert skew(now, before, SCHEMA)["pixels"] > 0.9


class TestTogether:
    def test_no_one_is_in_two_parts_and_all_rows_are_there(self, images):
        table = conform(images, SCHEMA)
        parts, features = prepare(table, SCHEMA, read_as(Recipe, {"together": "who"}, "recipe"), 1)
        assert features == FEATURES
        people = [set(part["who"]) for part in parts.values()]
        assert sum(map(len, people)) == len(set.union(*people)) == 80
        assert sum(len(part) for part in parts.values()) == len(table)
        again, _ = prepare(table, SCHEMA, read_as(Recipe, {"together": "who"}, "recipe"), 1)
        assert all(content_hash(again[name]) == content_hash(part) for name, part in parts.items())

    def test_images_that_are_there_twice_are_left_out(self, images):
        twice = pd.concat([images, images.head(10)])
        parts, _ = prepare(conform(twice, SCHEMA), SCHEMA, Recipe(), 1)
        assert sum(len(part) for part in parts.values()) == len(images)

    def test_what_cannot_be_kept_together_is_refused(self, images):
        table = conform(images, SCHEMA)
        with pytest.raises(StepError, match=r'^\[recipe\.together\] found no column "nobody"; there are who, pixels'):
            prepare(table, SCHEMA, Recipe(together="nobody"), 1)
        with pytest.raises(StepError, match=r"^\[recipe\.together\] found a split by time, which would tear"):
            prepare(table, SCHEMA, Recipe(together="who", split="time"), 1)
        with pytest.raises(StepError, match=r"^\[data\.who\] found rows without a value, and cannot tell which belong"):
            prepare(table.assign(who=None), SCHEMA, Recipe(together="who"), 1)


class TestWindows:
    RECIPE = windows.Windows(series="machine", order="cycle", values=("a", "b"), event="failed", length=4, horizon=3)

    def series(self, name, cycles, failed=()):
        number = np.arange(cycles)
        return pd.DataFrame(
            {"machine": name, "cycle": number, "a": number, "b": -number, "failed": np.isin(number, failed)}
        )

    def test_a_window_is_true_where_the_event_is_within_the_horizon(self):
        made = windows.cut(self.series("m", 10, [9]), self.RECIPE)
        # windows end at cycles 3 to 8; the event is at 9; the one that has it in it is left out
        assert made["cycle"].tolist() == [3, 4, 5, 6, 7, 8]
        assert made["event_follows"].tolist() == [False, False, False, True, True, True]
        assert made["window"][1].tolist() == [1, -1, 2, -2, 3, -3, 4, -4]

    def test_what_came_after_the_end_is_not_known(self):
        made = windows.cut(self.series("m", 10), self.RECIPE)
        assert made["cycle"].tolist() == [3, 4, 5, 6]
        assert not made["event_follows"].any()

    def test_rows_may_be_in_any_order_and_series_do_not_mix(self, random):
        table = pd.concat([self.series("m", 10, [9]), self.series("n", 12)])
        made = windows.cut(table.sample(frac=1, random_state=3), self.RECIPE)
        pd.testing.assert_frame_equal(made, windows.cut(table, self.RECIPE))
        for window in made["window"]:
            assert (np.diff(window.reshape(4, 2)[:, 0]) == 1).all()

    def test_terms_of_the_data_stay_with_its_windows(self):
        table = self.series("m", 10, [9])
        table.attrs = {"policy": {"machine": "keep"}, "expires": "2999-01-01T00:00:00+00:00"}
        assert windows.cut(table, self.RECIPE).attrs == table.attrs

    def test_what_cannot_be_cut_is_refused(self):
        long, short = self.series("m", 10, [9]), self.series("n", 6)
        message = r"^\[data\.machine\] found 1 series that have no window of 4 rows with the 3 after it: set a smaller"
        with pytest.raises(StepError, match=message):
            windows.cut(pd.concat([long, short]), self.RECIPE)
        left = self.RECIPE.model_copy(update={"short": "leave_out"})
        assert set(windows.cut(pd.concat([long, short]), left)["machine"]) == {"m"}
        with pytest.raises(StepError, match=r"^\[data\.machine\] found 1 series that have no window"):
            windows.cut(short, left)
        with pytest.raises(StepError, match=r"^\[data\.cycle\] found 1 rows of a series and order that another has"):
            windows.cut(pd.concat([long, long.head(1)]), self.RECIPE)
        with pytest.raises(StepError, match=r"^\[data\.b\] found NaN or infinity in row 2: fill it, or leave it out$"):
            windows.cut(long.assign(b=long["b"].where(long["cycle"] != 2)), self.RECIPE)
        with pytest.raises(StepError, match=r'^\[recipe\.keep\] found no column "plant"; there are machine, '):
            windows.cut(long, self.RECIPE.model_copy(update={"keep": ("plant",)}))
        with pytest.raises(StepError, match=r'^\[recipe\.target\] found "cycle", which another column is called'):
            windows.cut(long, self.RECIPE.model_copy(update={"target": "cycle"}))


class TestNetworks:
    def test_scores_become_probabilities_and_are_not_turned_round(self, random):
        labels = random.random(4000) < 0.3
        logits = 5 * (labels + random.normal(0, 1, 4000))
        slope, offset = platt(logits, labels.astype(int))
        said = 1 / (1 + np.exp(-(slope * logits + offset)))
        assert said.mean() == pytest.approx(labels.mean(), abs=1e-3)
        assert said[said > 0.5].mean() == pytest.approx(labels[said > 0.5].mean(), abs=0.03)
        assert platt(-logits, labels.astype(int)) == (0.0, pytest.approx(np.log(labels.mean() / (1 - labels.mean()))))

    def fit(self, table, inputs, estimator, parameters=None):
        return models.fit(table, table, inputs, "bad", estimator, parameters or {}, 1)

    def test_what_no_network_is_made_of_is_refused(self, images):
        table = conform(images, SCHEMA)
        with pytest.raises(StepError, match=r"^\[parameters\.depth\] found 3: extra inputs are not permitted$"):
            self.fit(table, FEATURES, "pytorch_images", {"depth": 3})
        with pytest.raises(StepError, match=r"^\[parameters\.kernel\] found 4: value error, a kernel is odd"):
            self.fit(table, FEATURES, "pytorch_images", {"kernel": 4})
        with pytest.raises(StepError, match=r"^\[schema\.columns\] found the features who, which keras_series"):
            self.fit(table, FEATURES | {"who": "category"}, "keras_series")
        with pytest.raises(StepError, match=r"^\[schema\.columns\] found 0 features of type array; keras_series"):
            self.fit(table, {"who": "category"}, "keras_series")
        with pytest.raises(StepError, match=r"^\[schema\.columns\.x\.shape\] found 2x3x4; .* takes 1 or 2 axes$"):
            self.fit(table, {"x": "array 2x3x4"}, "keras_series")
        with pytest.raises(StepError, match=r"^\[schema\.columns\.x\.shape\] found 6x32; .* takes 8x8 and more$"):
            self.fit(table, {"x": "array 6x32"}, "pytorch_images")
        with pytest.raises(StepError, match=r"^\[train\.bad\] found the one class 1: there must be two to learn"):
            self.fit(table.assign(bad=True), FEATURES, "pytorch_images")
        message = r"^\[schema\.columns\.pixels\] found arrays, which random_forest does not read: train with one of "
        with pytest.raises(StepError, match=message):
            self.fit(table, FEATURES, "random_forest")

    def test_weights_that_are_no_numbers_are_told(self, images):
        class Wild(Network):
            def by_channel(self):
                return False

            def learn(self, asked, rows, check):
                return [np.array([np.nan])], []

        table = conform(images, SCHEMA)
        with pytest.raises(StepError, match=r"^\[parameters\.learning_rate\] found 0\.5, with which weights became no"):
            Wild("pixels", (8, 8), {"learning_rate": 0.5}).fit(table, table["bad"], table, table["bad"])

    @pytest.mark.parametrize(
        ("estimator", "message"),
        [
            (
                "pytorch_images",
                r"found no torch \(No module named 'torch'\), which it needs: .* steps-pytorch$",
            ),
            ("keras_series", r"found no tensorflow \(.*\), which it needs: run the step in our image steps-keras$"),
        ],
    )
    def test_an_image_without_the_framework_is_told(self, images, estimator, message):
        with pytest.raises(StepError, match=rf"^\[model\] {message}"):
            self.fit(conform(images, SCHEMA), FEATURES, estimator)

    def test_the_example_of_arrays_is_nobodys(self, images):
        asked = models.inputs_of(conform(images, SCHEMA), FEATURES)
        (example,) = classification.typical(asked)["pixels"]
        assert example.shape == (64,)
        assert not any(np.allclose(example, each) for each in asked["pixels"])
