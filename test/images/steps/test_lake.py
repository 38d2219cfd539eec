"""What an ingestion wrote is read by offsets, as the topic is; what is missing is said."""

import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filiera_steps.errors import StepError
from filiera_steps.lake import Part, list_parts, part_of, take_lake
from filiera_steps.source import open_system
from filiera_steps.tables import content_hash
from filiera_steps.topic import Record, Source, table_of

KINDS = {"id": "integer", "name": "text", "amount": "number"}


def value(offset):
    """Every third has no name, and every fourth no number."""
    row = {"id": None if offset % 4 == 0 else 2**60 + offset, "name": f"n{offset}", "amount": offset / 2}
    return {key: each for key, each in row.items() if key != "name" or offset % 3}


@pytest.fixture
def lake(tmp_path):
    """Two partitions of ten records, as objects of four; one by lines of JSON, one cut by date."""
    parts = [
        Part(0, 0, 3),
        Part(0, 4, 7, "json-lines"),
        Part(0, 8, 9),
        Part(1, 0, 3, date="2026-11-28"),
        Part(1, 0, 3, date="2026-11-29"),
        Part(1, 4, 9, date="2026-11-29"),
    ]
    for part in parts:
        offsets = [
            each
            for each in range(part.first, part.last + 1)
            if part.last > 3 or not part.date or each % 2 == int(part.date[-1]) % 2
        ]
        rows = [
            {"_partition": part.partition, "_offset": each, "_timestamp": 0, **dict.fromkeys(KINDS), **value(each)}
            for each in offsets
        ]
        file = tmp_path / "cards" / part.name
        file.parent.mkdir(parents=True, exist_ok=True)
        if part.format == "parquet":
            pq.write_table(pa.Table.from_pylist(rows), file)
        else:
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path / "cards"


def told(error):
    return error.value.problems


def test_names_are_read_as_they_were_written_and_others_are_none():
    for part in (Part(0, 0, 3), Part(12, 4, 5, "json-lines", "2026-11-28"), Part(1, 0, 0, date="none")):
        assert part_of(part.name) == part
    for other in ("a.parquet", "partition=0/1-2.parquet", f"x/{Part(0, 0, 1).name}", f"{Part(0, 0, 1).name}.part"):
        assert part_of(other) is None


def test_it_is_the_table_that_the_topic_gives(lake):
    taken = take_lake(f"{lake}?from=0:2,1:1&to=0:9,1:5", KINDS)
    records = [
        Record(p, o, json.dumps(value(o)).encode()) for p, ends in ((0, (2, 9)), (1, (1, 5))) for o in range(*ends)
    ]
    topic = table_of(records, Source("b:1", "cards", {}, {}), {0: (2, 9), 1: (1, 5)}, KINDS, False, False)
    pd.testing.assert_frame_equal(taken.frame, topic.frame)
    assert content_hash(taken.frame) == content_hash(topic.frame)
    assert taken.offsets == topic.offsets == {"0": [2, 9], "1": [1, 5]}
    assert len(taken.files) == 6
    assert take_lake(f"file://{lake}?from=0:2,1:1&to=0:9,1:5", KINDS).sha256 == taken.sha256
    assert take_lake(f"{lake}?from=0:2,1:1&to=0:9,1:6", KINDS).frame["id"].isna().sum() == 3


def test_all_is_read_where_no_offsets_are_given(lake):
    assert len(take_lake(str(lake), KINDS).frame) == 20
    assert [*take_lake(str(lake), {"name": "text"}).frame] == ["name"]


def test_what_is_not_there_is_refused(lake, tmp_path):
    for uri, problems in (
        (f"{lake}?to=0:11", [("partition=0", "found 0 to 11: its objects hold 0 to 10")]),
        (f"{lake}?from=2:1", [("partition=2", "is not there: found 0, 1")]),
        (f"{lake}?from=x", [(f"{lake}?from=x", 'found from="x": write partition:offset, several apart by commas')]),
        (f"{lake}?from=0:3,1:0&to=0:3,1:0", [(str(lake), "found no record between the offsets: give others")]),
        (
            str(tmp_path / "none"),
            [
                (
                    str(tmp_path / "none"),
                    "found no objects of an ingestion there: name its topic's folder, or leave columns out",
                )
            ],
        ),
    ):
        with pytest.raises(StepError) as error:
            take_lake(uri, KINDS)
        assert told(error) == problems
    with pytest.raises(StepError, match=r"^\[uri\] found a key in it: leave it out, and give AWS_ACCESS_KEY_ID and"):
        take_lake("s3://me:secret@lake/cards", KINDS)
    with pytest.raises(StepError) as error:
        take_lake(str(lake), {**KINDS, "other": "text"})
    assert told(error) == [(Part(0, 0, 3).name, "found no column other: name those that the ingestion writes")]


def test_an_object_that_is_gone_is_missed_where_it_is_asked_for(lake):
    (lake / Part(0, 4, 7, "json-lines").name).unlink()
    with pytest.raises(StepError) as error:
        take_lake(str(lake), KINDS)
    assert told(error) == [("partition=0", "found no object for 4 to 8: restore it")]
    assert len(take_lake(f"{lake}?to=0:4", KINDS).frame) == 14
    assert len(take_lake(f"{lake}?from=0:8", KINDS).frame) == 12


def test_two_objects_for_one_offset_are_refused(lake):
    (lake / Part(0, 3, 7).name).write_bytes((lake / Part(0, 0, 3).name).read_bytes())
    with pytest.raises(StepError, match=r"found two objects for 3 to 4: restore it"):
        take_lake(str(lake), KINDS)


def test_no_more_is_read_than_is_allowed_and_nothing_is_shown_of_what_is_closed(lake):
    with pytest.raises(StepError, match=r"found more than the 0 MB that are allowed: raise max_megabytes"):
        take_lake(str(lake), KINDS, max_megabytes=0)
    (lake / Part(0, 4, 7, "json-lines").name).write_text("secret")
    with pytest.raises(StepError, match=r"found no json-lines in it \(JSONDecodeError\): restore it"):
        take_lake(str(lake), KINDS, closed=True)
    assert len(list_parts(*open_system(str(lake)))) == 6
