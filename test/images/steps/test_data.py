"""What comes in is what it says it is, or is refused with the reason."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from filiera_steps.checks import conform, profile, skew
from filiera_steps.errors import StepError
from filiera_steps.prepare import PARTS, Recipe, prepare
from filiera_steps.schema import read_as, read_schema
from filiera_steps.source import take
from filiera_steps.tables import content_hash, read_table, write_table

SCHEMA = {
    "columns": {
        "id": {"type": "category", "role": "id"},
        "when": {"type": "time", "role": "time"},
        "amount": {"type": "number", "min": 0, "max": 100},
        "colour": {"type": "category", "values": ["red", "blue"], "missing": 0.5},
        "bad": {"type": "boolean", "role": "target"},
    }
}


@pytest.fixture
def schema():
    return read_schema(SCHEMA)


@pytest.fixture
def rows():
    count = 400
    return pd.DataFrame(
        {
            "id": np.arange(count),
            "when": pd.date_range("2026-01-01", periods=count, freq="h").strftime("%Y-%m-%dT%H:%M:%S"),
            "amount": np.linspace(0, 100, count),
            "colour": np.where(np.arange(count) % 3 == 0, "red", "blue"),
            "bad": np.where(np.arange(count) % 4 == 0, "true", "false"),
        }
    )


def told(error):
    """What is wrong, by its path."""
    return dict(error.value.problems)


class TestSource:
    def test_files_and_folders_are_read_in_order_and_known_by_their_bytes(self, tmp_path, rows):
        rows[:100].to_csv(tmp_path / "1.csv", index=False)
        rows[100:].to_parquet(tmp_path / "2.parquet", index=False)
        (tmp_path / "_SUCCESS").touch()
        taken = take(str(tmp_path))
        assert taken.files == ["1.csv", "2.parquet"]
        assert len(taken.frame) == 400
        assert take(tmp_path.as_uri()).sha256 == taken.sha256
        changed = (tmp_path / "1.csv").read_text().replace("100.0", "100.1").replace("blue", "red", 1)
        (tmp_path / "1.csv").write_text(changed)
        assert take(str(tmp_path)).sha256 != taken.sha256

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("a.csv", b"", "found an empty file: give it rows"),
            ("a.csv", b"x,y\n", "found no rows in it: give it some"),
            ("a.csv", b"x,y\n1,2\n1,2,3\n", "found 3 fields in row 3, where the first has 2: mend it"),
            ("a.csv", b"x,x\n1,2\n", "found columns of one name: x; give each its own"),
            ("a.csv", b"x,\n1,2\n", "found a column without a name: name each in the first line"),
            ("a.csv", b"x\n\xff\xfe\n", "found bytes at 2 that are not UTF-8: write it anew, in UTF-8"),
            ("a.csv", b"x\n1\0\n", "found NUL bytes in it, which no CSV has: write it anew, in UTF-8"),
            ("a.csv", b"PAR1" + b"\0" * 20, "found NUL bytes in it, which no CSV has: write it anew, in UTF-8"),
            ("a.pkl", b"\x80\x04.", "found neither .csv nor .parquet at the end of its name: rename it, or set format"),
        ],
    )
    def test_a_poisoned_file_is_refused(self, tmp_path, name, content, message):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(StepError) as error:
            take(str(tmp_path / name))
        assert told(error) == {name: message}

    def test_a_pickle_that_is_called_parquet_is_not_run(self, tmp_path):
        import pickle

        class Evil:
            def __reduce__(self):
                return (open, (str(tmp_path / "ran"), "w"))

        (tmp_path / "a.parquet").write_bytes(pickle.dumps(Evil()))
        with pytest.raises(StepError, match=r"^\[a\.parquet\] found no parquet in it \(.*\): write it anew$"):
            take(str(tmp_path / "a.parquet"))
        assert not (tmp_path / "ran").exists()

    def test_parquet_that_becomes_large_is_refused_before_it_does(self, tmp_path):
        table = pd.DataFrame({"x": np.arange(400_000) // 1000, "y": np.arange(400_000) % 7 * 1e9})
        table.to_parquet(tmp_path / "a.parquet", compression="zstd", use_dictionary=False)
        assert (tmp_path / "a.parquet").stat().st_size < 1e6
        with pytest.raises(
            StepError,
            match=r"^\[a\.parquet\] found \d MB when unpacked, allowed are 1: raise max_megabytes$",
        ):
            take(str(tmp_path / "a.parquet"), max_megabytes=1)

    def test_what_is_not_there_or_has_other_columns_is_told(self, tmp_path):
        with pytest.raises(
            StepError, match=r"found no file there: give it a file, or a folder with CSV or Parquet files$"
        ):
            take(str(tmp_path / "none.csv"))
        with pytest.raises(StepError, match=r"^\[kafka://broker/cards\] found a Kafka topic in the place of files"):
            take("kafka://broker/cards")
        with pytest.raises(
            StepError, match=r'^\[ftp://x/y\] found the scheme "ftp": allowed are a path, file, s3 and gs$'
        ):
            take("ftp://x/y")
        (tmp_path / "1.csv").write_text("x,y\n1,2\n")
        (tmp_path / "2.csv").write_text("x,z\n1,2\n")
        with pytest.raises(
            StepError, match=r"^\[2\.csv\] found the columns \['x', 'z'\], where 1\.csv has \['x', 'y'\]$"
        ):
            take(str(tmp_path))


class TestSchema:
    def test_everything_that_is_wrong_is_told_at_once(self):
        with pytest.raises(StepError) as error:
            read_schema({"columns": {"x": {"type": "text"}, "y": {"type": "number", "least": 1}}})
        assert set(told(error)) == {"schema.columns.x.type", "schema.columns.y.least"}

    def test_there_is_one_target_and_it_is_a_boolean(self):
        with pytest.raises(
            StepError, match=r"^\[schema\.columns\] found 0 targets: give exactly one column that role$"
        ):
            read_schema({"columns": {"x": {"type": "number"}}})
        with pytest.raises(
            StepError, match=r'^\[schema\.columns\.x\.type\] found "number": the target is of type boolean$'
        ):
            read_schema({"columns": {"x": {"type": "number", "role": "target"}}})


class TestChecks:
    def test_what_is_right_has_the_types_of_the_schema(self, rows, schema):
        frame = conform(rows.assign(other=1), schema)
        assert list(frame.columns) == list(SCHEMA["columns"])
        assert frame["bad"].dtype == bool
        assert frame["bad"].sum() == 100
        assert str(frame["when"].dt.tz) == "UTC"

    def test_every_problem_is_told_with_its_column(self, rows, schema):
        wrong = rows.astype({"amount": object}).assign(colour="green")
        wrong.loc[3, "amount"] = "many"
        wrong.loc[5, "when"] = "soon"
        wrong = wrong.drop(columns="id")
        with pytest.raises(StepError) as error:
            conform(wrong, schema)
        assert told(error) == {
            "data.id": "found no such column; there are when, amount, colour, bad",
            "data.when": "found 'soon' in row 5, which is no time of ISO 8601: mend it, or declare another type",
            "data.amount": "found 'many' in row 3, which is no number: mend it, or declare another type",
            "data.colour": "found green; allowed are red, blue",
        }

    @pytest.mark.parametrize(
        ("change", "path", "message"),
        [
            ({"amount": 101.0}, "data.amount", "found 101, the most that is allowed is 100"),
            ({"amount": -1.0}, "data.amount", "found -1, the least that is allowed is 0"),
            ({"amount": np.nan}, "data.amount", "found 100.0% of rows without a value, allowed are 0.0%"),
            ({"colour": None}, "data.colour", "found 100.0% of rows without a value, allowed are 50.0%"),
            ({"bad": True}, "data.bad", "found 400 rows that are true and 0 that are false: at least 2 of each"),
            (
                {"bad": "perhaps"},
                "data.bad",
                "found 'perhaps' in row 0, which is neither true nor false: mend it, or declare another type",
            ),
        ],
    )
    def test_values_out_of_bounds_are_refused(self, rows, schema, change, path, message):
        with pytest.raises(StepError) as error:
            conform(rows.assign(**change), schema)
        assert told(error) == {path: message}

    def test_infinite_values_are_refused(self, rows):
        open_end = read_schema({"columns": {"amount": {"type": "number"}, "bad": SCHEMA["columns"]["bad"]}})
        with pytest.raises(StepError, match="found infinite values: mend them"):
            conform(rows.assign(amount=np.inf), open_end)

    def test_rows_without_a_label_are_refused(self, rows, schema):
        rows.loc[[17, 30], "bad"] = None
        with pytest.raises(StepError) as error:
            conform(rows, schema)
        assert told(error) == {
            "data.bad": "found 2 rows without a label, the first is row 17: label them or leave them out"
        }

    def test_no_rows_are_refused(self, rows, schema):
        with pytest.raises(StepError, match=r"^\[data\] found no rows: look at what was ingested$"):
            conform(rows[:0], schema)

    def test_what_moved_is_found_and_what_did_not_is_not(self, rows, schema):
        now, before = conform(rows, schema), conform(rows.sample(frac=1, random_state=1), schema)
        assert skew(now, before, schema) == pytest.approx({"amount": 0, "colour": 0, "bad": 0})
        moved = skew(now.assign(amount=now["amount"] / 2, colour="red"), before, schema)
        assert moved["amount"] == pytest.approx(0.5, abs=0.01)
        assert moved["colour"] > 0.5
        assert skew(now.assign(colour=None), before, schema)["colour"] == 1

    def test_a_profile_holds_no_row(self, rows, schema):
        assert profile(conform(rows, schema))["bad"] == {"missing": 0, "share": 0.25}


class TestPrepare:
    def recipe(self, **given):
        return read_as(Recipe, given, "recipe")

    def test_by_time_the_earliest_are_learnt_from(self, rows, schema):
        frame = conform(rows.sample(frac=1, random_state=1), schema)
        tables, features = prepare(frame, schema, self.recipe(split="time", log=["amount"], clock=["when"]), 1)
        assert [len(tables[name]) for name in PARTS] == [200, 60, 80, 60]
        for earlier, later in pairwise(PARTS):
            assert tables[earlier]["when"].max() < tables[later]["when"].min()
        assert features == {"amount_log": "number", "colour": "category", "when_hour": "number", "when_day": "number"}
        assert np.expm1(tables["holdout"]["amount_log"].max()) == pytest.approx(100)

    def test_at_random_each_part_has_the_same_share_and_no_row_is_in_two(self, rows, schema):
        frame = conform(pd.concat([rows, rows]), schema)
        tables, _ = prepare(frame, schema, self.recipe(), 1)
        assert sorted(pd.concat(tables.values())["id"]) == sorted(map(str, range(400)))
        assert [table["bad"].mean() for table in tables.values()] == pytest.approx([0.25] * 4, abs=0.01)
        again, _ = prepare(frame, schema, self.recipe(), 1)
        assert [content_hash(table) for table in again.values()] == [content_hash(table) for table in tables.values()]

    @pytest.mark.parametrize(
        ("recipe", "message"),
        [
            ({"log": ["colour"]}, r"^\[recipe\.log\.colour\] found no feature of that name and type number: name one$"),
            (
                {"clock": ["amount"]},
                r"^\[recipe\.clock\.amount\] found no column of that name and type time: name one$",
            ),
            ({"logs": []}, r"^\[recipe\.logs\] found \[\]: extra inputs are not permitted$"),
            (
                {"shares": {"train": 0.9}},
                r"^\[recipe\.shares\] found .*: value error, the shares add up to 1\.4, and not to 1$",
            ),
        ],
    )
    def test_recipes_that_cannot_be_followed_are_refused(self, rows, schema, recipe, message):
        with pytest.raises(StepError, match=message):
            prepare(conform(rows, schema), schema, self.recipe(**recipe), 1)

    def test_a_part_with_one_class_is_refused(self, rows, schema):
        late = rows.assign(bad=np.arange(400) > 390)
        with pytest.raises(
            StepError, match=r"^\[data\.bad\] found one class in the 200 rows of train: give it more rows$"
        ):
            prepare(conform(late, schema), schema, self.recipe(split="time"), 1)
        with pytest.raises(StepError, match=r"^\[data\] cannot be split \(.*\): give it more rows$"):
            prepare(conform(rows[:9], schema), schema, self.recipe(), 1)


class TestTables:
    def test_a_hash_is_of_what_a_table_holds(self, tmp_path, rows, schema):
        frame = conform(rows, schema)
        said = write_table(frame, str(tmp_path / "table"))
        assert said["sha256"] == content_hash(read_table(str(tmp_path / "table")))
        assert content_hash(frame.assign(amount=frame["amount"] + 0.001)) != said["sha256"]
        assert content_hash(frame[::-1]) != said["sha256"]

    def test_what_is_no_table_is_refused(self, tmp_path):
        (tmp_path / "x").write_text("no")
        with pytest.raises(
            StepError, match=r"^\[data\] found no Parquet table \(.*\): give it a dataset that a step wrote$"
        ):
            read_table(str(tmp_path / "x"))
