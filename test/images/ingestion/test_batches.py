"""What becomes of records: columns in their types, treated as the policy says, and reasons where they are dead."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filiera_ingestion.batches import Maker, Record
from filiera_ingestion.settings import Document, Settings
from filiera_steps import keys
from filiera_steps.errors import StepError
from filiera_steps.keys import KeyStore

TIME = 1_795_824_000_000
DAY = 86_400_000
FIELDS = {"id": "integer", "amount": "number", "holder": "text", "fraud": "boolean", "born": "time"}
GOOD = {"id": 1, "amount": 2, "holder": "Ada", "fraud": None, "born": "1984-05-01"}
POLICY = {
    "columns": {
        "id": "keep",
        "amount": {"generalise": {"width": 10}},
        "holder": "pseudonymise",
        "fraud": "drop",
        "born": {"generalise": "decade"},
    },
    "subject": "holder",
}


def settings(**changes):
    document = {
        "topic": "cards",
        "group": "lake",
        "fields": FIELDS,
        "batch": {"bytes": 1, "records": 1, "seconds": 1},
        "deadLetters": "dead",
    }
    return Settings(Document.model_validate({**document, **changes}))


def record(offset, value, timestamp=TIME):
    return Record(
        offset, timestamp, None, value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
    )


def make(records, form="parquet", by_date=False, store=None, **changes):
    last = max((each.offset for each in records), default=9)
    return Maker(settings(**changes), store).make(records, 3, 0, last, form, by_date)


def table(content):
    return pq.read_table(io.BytesIO(content))


@pytest.fixture
def store(tmp_path):
    keys.create(tmp_path / "keys")
    return KeyStore(tmp_path / "keys")


def test_they_are_rows_with_their_places_in_types_that_do_not_hang_on_values():
    made = make([record(0, GOOD), record(2, {"id": 2**60, "amount": 2**60, "holder": "é"}), record(3, None)])
    ((part, content),) = made.objects
    assert part.name == "partition=3/00000000000000000000-00000000000000000003.parquet"
    assert table(content).to_pylist()[1] == {
        "_partition": 3,
        "_offset": 2,
        "_timestamp": table(content)["_timestamp"][1].as_py(),
        "id": 2**60,
        "amount": float(2**60),
        "holder": "é",
        "fraud": None,
        "born": None,
    }
    assert table(content)["_timestamp"].cast(pa.int64()).to_pylist() == [TIME, TIME]
    assert (made.written, made.deleted, made.dead) == (2, 1, [])
    ((_, empty),) = make([record(0, None)]).objects
    assert table(empty).schema.types == table(content).schema.types


def test_lines_of_json_say_the_same():
    ((part, content),) = make([record(0, GOOD), record(1, {"holder": "a\nb\u2028"})], "json-lines").objects
    assert part.name.endswith(".jsonl")
    assert [json.loads(line) for line in content.split(b"\n")[:-1]] == [
        {"_partition": 3, "_offset": 0, "_timestamp": TIME, **GOOD},
        {**dict.fromkeys(FIELDS), "_partition": 3, "_offset": 1, "_timestamp": TIME, "holder": "a\nb\u2028"},
    ]


def test_objects_are_cut_by_the_day_of_their_records():
    records = [
        record(0, GOOD, TIME),
        record(1, GOOD, TIME + DAY),
        record(2, GOOD, TIME),
        record(3, b"", TIME + 2 * DAY),
    ]
    made = make(records, by_date=True)
    assert {part.date: table(content)["_offset"].to_pylist() for part, content in made.objects} == {
        "2026-11-28": [0, 2],
        "2026-11-29": [1],
    }
    assert [each.record.offset for each in made.dead] == [3]
    # nothing is left, and it is said all the same
    assert [part.date for part, _ in make([record(3, b"", TIME)], by_date=True).objects] == ["2026-11-28"]
    assert [part.date for part, _ in make([], by_date=True).objects] == ["none"]
    assert [part.date for part, _ in make([record(0, GOOD, -1)], by_date=True).objects] == ["none"]


@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        (b"{", "no JSON", "found no JSON (Expecting property name"),
        ([1], "no object", "found no object of JSON"),
        ({**GOOD, "other": 1}, "undeclared field", "found fields that are not declared: 'other'"),
        ({**GOOD, "id": "1"}, "other type", "found '1' in id, which is integer"),
        (b'{"holder": "\\ud800"}', "other type", "found '\\ud800' in holder, which is text"),
        (b'{"id": 1}{"id": 2}', "no JSON", "found no JSON (Extra data"),
    ],
)
def test_what_is_no_record_is_dead(value, kind, reason):
    made = make([record(0, GOOD), record(1, value), record(2, GOOD)])
    (dead,) = made.dead
    assert (dead.record.offset, dead.kind) == (1, kind)
    assert dead.reason.startswith(reason)
    assert table(made.objects[0][1])["_offset"].to_pylist() == [0, 2]


class TestPolicy:
    def test_treats_each_column_and_shows_no_value(self, store):
        records = [record(0, GOOD), record(1, {**GOOD, "amount": 19, "holder": "Bo"}), record(2, {**GOOD, "id": "Ada"})]
        made = make(records, store=store, policy=POLICY)
        rows = table(made.objects[0][1])
        assert rows.schema.names == ["_partition", "_offset", "_timestamp", "id", "amount", "holder", "born"]
        assert (rows["amount"].to_pylist(), rows["born"].to_pylist()) == ([0.0, 10.0], ["1980s", "1980s"])
        first, second = rows["holder"].to_pylist()
        assert len(first) == len(second) == 64
        assert first != second
        assert [each.reason for each in made.dead] == ["found another value in id, which is integer"]
        # the same of the same records, until the person is erased
        assert make(records, store=store, policy=POLICY).objects == made.objects
        store.erase(["Ada"])
        again = table(make(records, store=store, policy=POLICY).objects[0][1])["holder"].to_pylist()
        assert (again[0] != first, again[1] == second) == (True, True)

    def test_makes_those_records_dead_that_it_cannot_treat(self, store):
        records = [record(each, {**GOOD, "holder": None if each in (3, 77) else str(each)}) for each in range(100)]
        made = make(records, store=store, policy=POLICY)
        assert [(each.record.offset, each.kind) for each in made.dead] == [(3, "policy"), (77, "policy")]
        assert made.dead[0].reason.startswith("holder: found 1 rows about nobody")
        rows = table(made.objects[0][1])
        assert rows["_offset"].to_pylist() == [each for each in range(100) if each not in (3, 77)]

    def test_a_key_store_that_fails_is_no_fault_of_the_records(self, store, tmp_path):
        (tmp_path / "keys" / "keys.db").write_bytes(b"no database, and longer than a header of one" * 100)
        with pytest.raises(StepError, match=r"^\[FILIERA_KEYS\] found a database that fails"):
            make([record(0, GOOD)], store=store, policy=POLICY)
