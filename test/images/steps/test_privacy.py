"""What is taken in of people: a policy says it of each column, and a deleted key leaves no way back to them."""

import hashlib
import hmac
import importlib.util
import json
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from filiera_steps import chain, checks, keys, policy, prepare, retention, schema, tables
from filiera_steps.errors import StepError
from kfp.dsl import Artifact, Dataset

ROOT = Path(__file__).parents[3]
PEOPLE = 12
POLICY = {
    "subject": "person",
    "retention": {"days": 30},
    "columns": {
        "person": "pseudonymise",
        "email": "pseudonymise",
        "name": "drop",
        "born": {"generalise": "decade"},
        "income": {"generalise": {"width": 10_000}},
        "postcode": {"generalise": {"characters": 2}},
        "paid": "keep",
        "bad": "keep",
    },
}
SCHEMA = {
    "columns": {
        "person": {"type": "category", "role": "id"},
        "born": {"type": "category"},
        "income": {"type": "number"},
        "postcode": {"type": "category"},
        "paid": {"type": "number", "min": 0},
        "bad": {"type": "boolean", "role": "target"},
    }
}
#: all that is known of one of them before it is taken in
SECRETS = ["4007001", "zoe7@example.com", "Zoe Sept", "1987-03-14", "34567", "01277"]


def step(name):
    """The function of a step, as its file has it."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "pipelines" / "steps" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def made_up():
    """Five rows of each of them, and those of the seventh are the secrets."""
    number = np.arange(PEOPLE * 5) % PEOPLE
    table = pd.DataFrame(
        {
            "person": [4007000 + each * 31 for each in number],
            "email": [f"p{each}@example.com" for each in number],
            "name": [f"Ada {each}" for each in number],
            "born": [f"{1950 + each}-06-01" for each in number],
            "income": 20_000 + number * 1_000,
            "postcode": [f"7{each:04}" for each in number],
            "paid": np.arange(PEOPLE * 5) * 1.5,
            "bad": np.arange(PEOPLE * 5) % 3 == 0,
        }
    )
    for column, value in zip(table.columns, SECRETS, strict=False):
        table[column] = table[column].astype(str).where(number != 7, value)
    return table


@pytest.fixture
def store(tmp_path, monkeypatch):
    folder = tmp_path / "keys"
    monkeypatch.setenv(keys.PATH, str(folder))
    keys.create(folder)
    return keys.KeyStore(folder)


def artifact(kind, place, name):
    return kind(name=name, uri=str(place / name))


def ingest(place, table, given=POLICY, name="data", source="source.csv"):
    """The step itself, on a source that lies outside of what steps write."""
    place.mkdir(exist_ok=True)
    outside = place.parent / source
    if isinstance(table, bytes):
        outside.write_bytes(table)
    elif source.endswith(".parquet"):
        table.to_parquet(outside)
    else:
        table.to_csv(outside, index=False)
    data = artifact(Dataset, place, name)
    step("ingest")(data, uri=str(outside), policy=given)
    (place / f"{name}.json").write_text(json.dumps(data.metadata))
    return data


def told(error):
    """What is wrong, by its path."""
    return dict(error.value.problems)


def texts_in(folder):
    """All bytes of all files below it, tables as their values too."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            content = file.read_bytes()
            yield content
            if content[:4] == b"PAR1":
                yield pd.read_parquet(file).to_csv().encode()


def has(folder, *secrets):
    return [each for each in secrets if any(each.encode() in text for text in texts_in(folder))]


def test_nothing_leads_back_to_who_was_erased_and_the_record_stands(tmp_path, store, capsys):
    out = tmp_path / "out"
    data = ingest(out, made_up())
    valid, report = artifact(Dataset, out, "valid"), artifact(Artifact, out, "report")
    step("validate_data")(data, SCHEMA, valid, report)
    parts = [artifact(Dataset, out, each) for each in prepare.PARTS]
    step("preprocess")(valid, SCHEMA, *parts)
    said = capsys.readouterr()
    (out / "log").write_text(said.out + said.err)

    frame = tables.read_table(data.path)
    assert list(frame.columns) == ["person", "email", "born", "income", "postcode", "paid", "bad"]
    person = store.keys_of([SECRETS[0]])[SECRETS[0]]
    pseudonym = hmac.new(person, f"person\0{SECRETS[0]}".encode(), hashlib.sha256).hexdigest()
    its = frame[frame["person"] == pseudonym]
    assert len(its) == 5
    assert set(its["born"]) == {"1980s"}
    assert set(its["income"]) == {30_000}
    assert set(its["postcode"]) == {"01"}
    assert its["email"].nunique() == 1
    # the search would find what is there: with the key the pseudonym is made again
    assert has(out, pseudonym) == [pseudonym]
    assert has(out, *SECRETS) == []
    assert person in b"".join(texts_in(tmp_path / "keys"))

    first = store.erase(["nobody"])
    done = store.erase([SECRETS[0], SECRETS[0]])
    assert (first["asked"], first["erased"], done["asked"], done["erased"]) == (1, 0, 1, 1)
    # no key, and so no way from the number of a person to their pseudonym; nor is what the store wrote of it there
    everything = b"".join([*texts_in(tmp_path / "keys"), *texts_in(out)])
    assert person not in everything
    assert has(tmp_path / "keys", *SECRETS, store._name(SECRETS[0]), pseudonym) == []
    assert has(out, *SECRETS) == []
    assert store.faults() == store.faults(done["head"]) == []
    last = json.loads(store.entries()[-1])["body"]
    assert last["keys"] == [hashlib.sha256(person).hexdigest()]
    # those who were not erased are as they were, and who was is another when taken in again
    again = tables.read_table(ingest(out, made_up(), name="again").path)
    same = again["person"] == frame["person"]
    assert (~same).sum() == 5
    assert set(frame["person"][~same]) == {pseudonym}
    assert set(again["person"][~same]).isdisjoint(frame["person"])


def test_every_flipped_byte_of_the_record_is_found(store, tmp_path):
    for each in ("a", "b"):
        store.erase([each])
    file = tmp_path / "keys" / "keys.db"
    whole = file.read_bytes()
    for entry in store.entries():
        start = whole.index(entry)
        for place in range(start, start + len(entry), 7):
            file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            assert store.faults() != []
            with pytest.raises(StepError, match=r"^\[record of erasures\] is not whole, and nothing is erased: entry"):
                store.erase(["c"])
    file.write_bytes(whole)
    first, head = map(chain.hash_of, store.entries())
    assert store.faults(head) == []
    # written anew with its head it is whole by itself, and not by a hash that was kept elsewhere
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DELETE FROM record WHERE number = 1")
        database.execute("UPDATE head SET hash = ?", (first,))
    assert store.faults() == []
    assert store.faults(head) != []


def test_one_person_has_one_pseudonym_however_they_are_written(tmp_path, store):
    values = {"who": ["7", " 7", "8"], "x": [1, 2, 3]}
    given = {"subject": "who", "columns": {"who": "pseudonymise", "x": "keep"}}
    of_csv = tables.read_table(ingest(tmp_path / "out", pd.DataFrame(values), given).path)
    numbers = pd.DataFrame(values).assign(who=[7.0, 7.0, 8.0])
    of_parquet = tables.read_table(ingest(tmp_path / "out", numbers, given, source="n.parquet").path)
    assert of_csv["who"].tolist() == of_parquet["who"].tolist()
    assert of_csv["who"].nunique() == 2


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"columns": {}}, {"policy.columns": "found none: name every column of the data"}),
        (
            {"columns": {"x": "hash", "y": {"generalise": {"width": 0}}}},
            {
                "policy.columns.x": f"found 'hash': {policy.ALLOWED}",
                "policy.columns.y": f"found {{'generalise': {{'width': 0}}}}: {policy.ALLOWED}",
            },
        ),
        (
            {"columns": {"x": "pseudonymise"}},
            {"policy.subject": "found none, and x is pseudonymised: name whom rows are about"},
        ),
        (
            {"columns": {"x": "keep"}, "subject": "x", "retention": {"days": 1, "since": "y"}},
            {
                "policy.subject": 'found "x": name a column that is pseudonymised or dropped',
                "policy.retention.since": 'found "y": name a column that is kept',
            },
        ),
        (
            {"columns": {"x": "keep"}, "retention": {"days": 0}},
            {"policy.retention.days": "found 0: input should be greater than 0"},
        ),
    ],
)
def test_policies_that_say_too_little_are_refused(given, problems):
    with pytest.raises(StepError) as error:
        policy.read_policy(given)
    assert told(error) == problems


class TestMessages:
    """Whatever is wrong with the data, nobody is named."""

    def refused(self, tmp_path, table, capsys, given=POLICY, source="source.csv"):
        with pytest.raises(StepError) as error:
            ingest(tmp_path / "out", table, given, source=source)
        said = capsys.readouterr()
        shown = f"{error.value}{said.out}{said.err}"
        assert [each for each in [*SECRETS, "Ada", "p1@"] if each in shown] == []
        assert error.value.__suppress_context__ or error.value.__context__ is None
        assert not (tmp_path / "out" / "data").exists()
        return told(error)

    def test_a_column_that_is_not_declared_or_not_there(self, tmp_path, store, capsys):
        table = made_up().rename(columns={"email": "mail"})
        assert self.refused(tmp_path, table, capsys) == {
            "source.email": "found no such column, and the policy names it: mend the policy, or the source",
            "source": "found columns that the policy does not name, by their places: 2; say what is done to each, or "
            "look whether the header is missing",
        }

    def test_a_file_without_its_header(self, tmp_path, store, capsys):
        rows = made_up()
        content = rows[rows["name"] == SECRETS[2]].to_csv(index=False, header=False).encode()
        assert "by their places: 1, 2, 3, 4, 5, 6, 7, 8;" in self.refused(tmp_path, content, capsys)["source"]
        twice = b"zoe7@example.com,zoe7@example.com\n1,2\n"
        found = "found columns of one name: 1; give each its own"
        assert self.refused(tmp_path, twice, capsys) == {"source.csv": found}

    def test_values_that_cannot_be_treated(self, tmp_path, store, capsys):
        table = made_up()
        table.loc[3, "born"] = "zoe7@example.com"
        table.loc[[4, 5], "income"] = "Zoe Sept"
        assert self.refused(tmp_path, table, capsys) == {
            "source.born": "found 1 rows with no date of ISO 8601 between 1678 and 2261, the first is row 3: mend them",
            "source.income": "found 2 rows with no number, the first is row 4: mend them",
        }

    def test_rows_about_nobody(self, tmp_path, store, capsys):
        table = made_up()
        table.loc[[2, 9], "person"] = [None, " "]
        assert self.refused(tmp_path, table, capsys) == {
            "source.person": "found 2 rows about nobody, the first is row 2: they could not be erased"
        }

    def test_a_file_that_is_none(self, tmp_path, store, capsys):
        found = self.refused(tmp_path, b"PAR1zoe7@example.com", capsys, source="a.parquet")
        assert found == {"a.parquet": "found no parquet in it (ArrowInvalid): write it anew"}

    @pytest.mark.parametrize("where", ["treat", "texts", "generalise"])
    def test_what_was_not_foreseen(self, tmp_path, store, capsys, monkeypatch, where):
        def fails(*_):
            raise ValueError("zoe7@example.com")

        monkeypatch.setattr(policy, where, fails)
        found = "cannot be taken in (ValueError): look whether it is what it should be"
        assert self.refused(tmp_path, made_up(), capsys) == {"source": found}

    def test_files_of_a_folder_with_other_columns(self, tmp_path, store, capsys):
        (tmp_path / "many").mkdir()
        made_up().to_csv(tmp_path / "many" / "1.csv", index=False)
        (tmp_path / "many" / "2.csv").write_text("Zoe Sept,x\n1,2\n")
        with pytest.raises(StepError) as error:
            step("ingest")(artifact(Dataset, tmp_path, "data"), uri=str(tmp_path / "many"), policy=POLICY)
        assert told(error) == {"2.csv": "found other columns than in 1.csv: mend one"}

    def test_validation_shows_values_of_kept_columns_alone(self, tmp_path, store):
        frame = tables.read_table(ingest(tmp_path / "out", made_up()).path)
        wrong = {
            "person": {"type": "number"},
            "born": {"type": "category", "values": ["2000s"]},
            "income": {"type": "number", "min": 50_000, "max": 1},
            "paid": {"type": "number", "max": 1},
            "bad": {"type": "boolean", "role": "target"},
        }
        with pytest.raises(StepError) as error:
            checks.conform(frame, schema.read_schema({"columns": wrong}))
        assert error.value.problems == [
            ("data.person", "found a value in row 0, which is no number: mend it, or declare another type"),
            ("data.born", "found 3 other values; allowed are 2000s"),
            ("data.income", "found less, the least that is allowed is 50000"),
            ("data.income", "found more, the most that is allowed is 1"),
            ("data.paid", "found 88.5, the most that is allowed is 1"),
        ]


class TestRetention:
    def test_what_has_expired_is_not_read_and_is_listed(self, tmp_path, store, monkeypatch, capsys):
        out = tmp_path / "out"
        data = ingest(out, made_up())
        valid = artifact(Dataset, out, "valid")
        step("validate_data")(data, SCHEMA, valid, artifact(Artifact, out, "report"))
        assert valid.metadata["expires"] == data.metadata["expires"]
        assert valid.metadata["policy"]["person"] == "pseudonymise"
        assert retention.expired(str(out)) == []
        later = datetime.now(timezone.utc) + timedelta(days=30, seconds=1)
        monkeypatch.setattr(tables, "now", lambda: later)
        monkeypatch.setattr(retention, "now", lambda: later)
        with pytest.raises(StepError) as error:
            step("preprocess")(valid, SCHEMA, *[artifact(Dataset, out, each) for each in prepare.PARTS])
        until = data.metadata["expires"]
        found = f"found data that expired at {until}: delete it, and take in anew what may be kept"
        assert told(error) == {"data": found}
        assert retention.expired(str(out)) == [(str(out / each), until) for each in ("data", "valid")]
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["retention", str(out)])
        with pytest.raises(SystemExit, match=r"^1$"):
            retention.main()
        assert capsys.readouterr().out == f"{until} {out / 'data'}\n{until} {out / 'valid'}\n"

    def test_it_counts_from_the_earliest_row_where_a_column_says_so(self, tmp_path, store):
        today = datetime.now(timezone.utc)
        table = pd.DataFrame({"at": [(today - timedelta(days=each)).isoformat() for each in (1, 5)], "x": [1, 2]})
        given = {"columns": {"at": "keep", "x": "keep"}, "retention": {"days": 7, "since": "at"}}
        made = ingest(tmp_path / "out", table, given)
        expires = datetime.fromisoformat(made.metadata["expires"])
        assert abs(expires - (today + timedelta(days=2))) < timedelta(seconds=2)
        with pytest.raises(StepError) as error:
            ingest(tmp_path / "out", table, {**given, "retention": {"days": 3, "since": "at"}})
        assert told(error) == {"source.at": "found 1 rows older than 3 days: delete them at the source"}
        table.loc[0, "at"] = "soon"
        with pytest.raises(StepError) as error:
            ingest(tmp_path / "out", table, given)
        missing = "found 1 rows without a time of ISO 8601: how long they may be kept is not known"
        assert told(error) == {"source.at": missing}


class TestStore:
    def test_one_that_is_not_there_is_not_made_in_silence(self, tmp_path, monkeypatch):
        monkeypatch.setenv(keys.PATH, str(tmp_path / "none"))
        with pytest.raises(StepError) as error:
            ingest(tmp_path / "out", made_up())
        assert told(error) == {
            keys.PATH: f"found no key store in {tmp_path / 'none'} (FileNotFoundError): mount its volume, or make one "
            "by python -m filiera_steps.keys create"
        }
        assert not (tmp_path / "none").exists()

    def test_one_that_is_spoilt_is_told_and_one_that_is_there_is_kept(self, store, tmp_path):
        folder = tmp_path / "keys"
        with pytest.raises(StepError, match=r"^\[FILIERA_KEYS\] found a key store in .* already: use it"):
            keys.create(folder)
        store.keys_of(["a"])
        assert (folder / "keys.db").stat().st_mode & 0o777 == 0o600
        (folder / "keys.db").write_bytes(b"spoilt" * 1000)
        with pytest.raises(
            StepError, match=r"found a database that fails \(DatabaseError\), in .*: look at its volume"
        ):
            store.keys_of(["a"])
        (folder / "salt").write_bytes(b"short")
        with pytest.raises(StepError, match=r"found a salt of 5 bytes, and not of 32, in .*: look at its volume"):
            keys.KeyStore(folder)

    def test_those_who_come_at_once_are_given_the_same_keys(self, store):
        people = [str(each) for each in range(50)]
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: store.keys_of(people), range(8)))
        assert found == found[:1] * 8
        assert len(set(found[0].values())) == 50

    def test_the_command_takes_names_by_its_input_and_says_none(self, store, tmp_path):
        store.keys_of(["4007001"])

        def run(*args, given=""):
            done = subprocess.run(
                [sys.executable, "-m", "filiera_steps.keys", *args],
                input=given,
                capture_output=True,
                text=True,
                check=False,
                env={"PYTHONPATH": str(ROOT / "images" / "steps" / "programs"), keys.PATH: str(tmp_path / "keys")},
            )
            return done.returncode, done.stdout, done.stderr

        code, out, err = run("erase", given="4007001\n\n")
        assert (code, err) == (0, "")
        assert {**json.loads(out), "head": ""} == {"asked": 1, "erased": 1, "head": ""}
        assert run("verify", json.loads(out)["head"]) == (0, '{"entries": 1, "whole": true}\n', "")
        assert run("verify", "0" * 64)[0] == 1
        nobody = "[standard input] found nobody: give it who is to be erased, a line each\n"
        assert run("erase") == (1, "", nobody)
