"""A topic's records become the same table each time, or are refused by their places. A broker: test/real/local."""

import json

import pytest
from filiera_steps import topic
from filiera_steps.errors import StepError
from filiera_steps.topic import Record, Source, collected, kinds_of, ranges_of, settings, source_of, table_of

KINDS = {"id": "integer", "amount": "number", "name": "text", "fraud": "boolean", "at": "time"}
SOURCE = Source("b:9093", "cards", {}, {})
GOOD = {"id": 1, "amount": 2.5, "name": "a", "fraud": False, "at": "2026-01-01T10:00:00Z"}


def record(offset, value, partition=0):
    return Record(partition, offset, value if value is None or isinstance(value, bytes) else json.dumps(value).encode())


def table(records, leave_out=False, closed=False):
    ends = {each.partition: (0, each.offset + 1) for each in records}
    return table_of(records, SOURCE, ends, KINDS, leave_out, closed)


def told(error):
    return error.value.problems


class TestUri:
    def test_it_says_brokers_topic_and_offsets(self):
        assert source_of("kafka://a:9093,b.example.com:9093/cards?from=0:5,1:7&to=0:9") == Source(
            "a:9093,b.example.com:9093", "cards", {0: 5, 1: 7}, {0: 9}
        )

    def test_what_is_wrong_with_it_is_told_at_once_and_no_password_is_shown(self):
        uri = "kafka://a,b:1/c/d?from=1&until=2"
        with pytest.raises(StepError) as error:
            source_of(uri)
        assert told(error) == [
            (uri, 'found the broker "a": write host:port, several apart by commas'),
            (uri, f'found the topic "c/d": write one, such as {topic.EXAMPLE}'),
            (uri, 'found from="1": write partition:offset, several apart by commas'),
            (uri, 'found "until": allowed are from and to'),
        ]
        with pytest.raises(StepError) as error:
            source_of("kafka://me:secret@a:1/c")
        assert told(error) == [
            ("uri", "found a user in it: leave it out, and give FILIERA_KAFKA_USERNAME and FILIERA_KAFKA_PASSWORD")
        ]


class TestOffsets:
    def test_they_are_the_topics_own_where_none_are_given(self):
        source = Source("b:1", "cards", {1: 3}, {0: 8})
        assert ranges_of(source, {0: (2, 9), 1: (0, 4)}) == {0: (2, 8), 1: (3, 4)}

    def test_those_that_are_not_there_are_refused(self):
        source = Source("b:1", "cards", {0: 1, 1: 9, 2: 0, 3: 5}, {2: 7, 3: 4})
        with pytest.raises(StepError) as error:
            ranges_of(source, {0: (2, 9), 1: (0, 4), 3: (0, 9)})
        assert told(error) == [
            ("cards[2]", "is not there: the topic has 3, from 0"),
            ("cards[0]", "found from 1, and its records begin at 2: give 2 or more"),
            ("cards[1]", "found from 9, and its records end at 4: give 4 or less"),
            ("cards[1]", "found to 4, before from, 9: give 9 or more"),
            ("cards[3]", "found to 4, before from, 5: give 5 or more"),
        ]

    def test_an_empty_topic_is_refused(self):
        with pytest.raises(StepError, match=r"^\[cards\] found no record between its offsets: wait until there is one"):
            ranges_of(SOURCE, {0: (5, 5), 1: (0, 0)})


class TestRecords:
    def test_they_are_rows_in_the_order_of_partitions_and_offsets_with_their_types(self):
        late = record(0, {**GOOD, "id": 3}, partition=1)
        found = collected(iter([late, record(1, {**GOOD, "id": 2}), record(0, GOOD)]), "cards", 1)
        taken = table(found)
        assert taken.frame["id"].tolist() == [1, 2, 3]
        assert {name: str(kind) for name, kind in taken.frame.dtypes.items()} == {
            "id": "int64",
            "amount": "float64",
            "name": "object",
            "fraud": "bool",
            "at": "object",
        }
        assert taken.files == ["cards/0@0-2", "cards/1@0-1"]
        assert taken.offsets == {"0": [0, 2], "1": [0, 1]}

    def test_they_are_known_by_their_values_and_places(self):
        same = table([record(0, GOOD), record(1, GOOD)])
        assert table([record(0, GOOD), record(1, GOOD)]).sha256 == same.sha256
        assert table([record(0, GOOD), record(2, GOOD)]).sha256 != same.sha256
        assert table([record(0, GOOD), record(1, {**GOOD, "id": 2})]).sha256 != same.sha256

    def test_what_has_no_value_stays_without_one(self):
        taken = table([record(0, {"id": 1}), record(1, {**GOOD, "fraud": None}), record(2, None)])
        assert len(taken.frame) == 2
        assert taken.frame.isna().sum().tolist() == [0, 1, 1, 2, 1]
        assert taken.left_out_count == 0

    @pytest.mark.parametrize(
        ("value", "why", "hidden"),
        [
            (b"\xff", "found no JSON", "found no JSON"),
            (b'{"id": NaN}', "found no JSON (NaN is no number of JSON)", "found no JSON"),
            (b"[" * 100_000, "found no JSON", "found no JSON"),
            ([1], "found no object of JSON", "found no object of JSON"),
            ({"di": 1}, "found fields that are not declared: 'di'", "found fields that are not declared"),
            ({"id": 1.5}, "found 1.5 in id, which is integer", "found another value in id, which is integer"),
            ({"id": True}, "found True in id, which is integer", "found another value in id, which is integer"),
            ({"id": 2**63}, "found 9223372036854775808 in id", "found another value in id, which is integer"),
            (b'{"amount": 1e999}', "found inf in amount, which is number", "found another value in amount"),
            ({"amount": 10**400}, "found 1000", "found another value in amount, which is number"),
            ({"fraud": 1}, "found 1 in fraud, which is boolean", "found another value in fraud, which is boolean"),
            ({"at": "May"}, "found 'May' in at, which is time", "found another value in at, which is time"),
            ({"name": {}}, "found {} in name, which is text", "found another value in name, which is text"),
        ],
    )
    def test_a_poisoned_one_is_refused_with_its_place_or_left_out(self, value, why, hidden):
        records = [record(4, GOOD), record(5, value, partition=2)]
        for closed, reason in ((False, why), (True, hidden)):
            with pytest.raises(StepError) as error:
                table(records, closed=closed)
            ((path, message),) = told(error)
            assert path == "cards[2]@5"
            assert message.startswith(reason)
            assert message.endswith(": mend what writes it, or set poisoned to leave out")
        taken = table(records, leave_out=True)
        assert (len(taken.frame), taken.left_out, taken.left_out_count) == (1, ["cards[2]@5"], 1)

    def test_when_all_are_poisoned_nothing_is_left_to_read(self):
        with pytest.raises(StepError, match=r"^\[cards\] found no record between its offsets"):
            table([record(0, [])], leave_out=True)

    def test_of_many_the_first_are_named(self):
        with pytest.raises(StepError) as error:
            table([record(each, []) for each in range(130)])
        assert len(told(error)) == 101
        assert told(error)[-1] == ("cards", "found 30 more")

    def test_no_more_is_read_than_is_allowed(self):
        large = record(0, b"x" * 1_000_001)
        with pytest.raises(StepError, match=r"^\[cards\] found more than the 1 MB that are allowed: raise max_megab"):
            collected(iter([large]), "cards", 1)

    def test_fields_must_be_declared(self):
        with pytest.raises(StepError, match=r"^\[columns\] found none: a topic's records need fields with types"):
            kinds_of({})
        with pytest.raises(StepError, match=r"^\[columns\.a\] found 'float': allowed are text, number, integer"):
            kinds_of({"a": "float", "b": "text"})


class TestSettings:
    def test_are_of_tls_in_each_case_and_of_a_password_where_there_is_a_user(self, monkeypatch):
        for name in (topic.USER, topic.PASSWORD, topic.AUTHORITY):
            monkeypatch.delenv(name, raising=False)
        assert settings(SOURCE, print)["security.protocol"] == "SSL"
        monkeypatch.setenv(topic.USER, "scorer")
        with pytest.raises(StepError, match=r"^\[FILIERA_KAFKA_PASSWORD\] is not set, and the other is: give both"):
            settings(SOURCE, print)
        monkeypatch.setenv(topic.PASSWORD, "secret")
        monkeypatch.setenv(topic.AUTHORITY, "/etc/ca.crt")
        given = settings(SOURCE, print)
        assert (given["security.protocol"], given["sasl.mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
        assert (given["group.id"], given["ssl.ca.location"]) == ("scorer", "/etc/ca.crt")
        assert given["enable.auto.commit"] is False
        monkeypatch.setenv(topic.AUTHORITY, "-----BEGIN CERTIFICATE-----")
        assert "ssl.ca.pem" in settings(SOURCE, print)
