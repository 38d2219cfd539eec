"""Each offset is written once, wherever a worker ends or stands still. A broker and a store: test/real/local."""

import contextlib
import json

import pyarrow.fs as pafs
import pytest
from confluent_kafka import KafkaError, KafkaException
from fakes import Consumer, DeadLetters, Message, Topic
from filiera_ingestion import worker as module
from filiera_ingestion.batches import Maker
from filiera_ingestion.metrics import Health, Metrics
from filiera_ingestion.settings import Document, Settings
from filiera_ingestion.store import Store
from filiera_ingestion.worker import Worker
from filiera_steps.errors import StepError
from filiera_steps.lake import Part, list_parts, read

DAY = 86_400_000
BEGIN = 1_795_824_000_000


class Ended(BaseException):
    """A worker that was killed."""


def message(partition, offset, value=None, **others):
    good = json.dumps({"id": offset}).encode()
    return Message(partition, offset, good if value is None else value, **{"timestamp": BEGIN, **others})


class World:
    """A topic, a store and the workers between them."""

    def __init__(self, tmp_path, topic, **settings):
        self.topic = topic
        self.dead = DeadLetters(topic)
        self.system = pafs.SubTreeFileSystem(str(tmp_path), pafs.LocalFileSystem())
        self.document = {
            "topic": "payments",
            "group": "lake",
            "fields": {"id": "integer"},
            "batch": {"bytes": 10_000, "records": 4, "seconds": 60},
            "deadLetters": "payments-dead",
            **settings,
        }

    def work(self, monkeypatch, rounds=9, **changes):
        """Has a worker read all that there is, and stops it."""
        monkeypatch.setattr(module, "Consumer", lambda _: Consumer(self.topic))
        settings = Settings(Document.model_validate({**self.document, **changes}))
        metrics = Metrics()
        store = Store(self.system, "payments")
        put = store.put

        def noisy(part, content):
            self.topic.happens("before an object")
            put(part, content)
            self.topic.happens("after an object")

        store.put = noisy
        worker = Worker(settings, {}, Maker(settings), store, self.dead, metrics, Health(60))
        left = iter(range(rounds))
        pause = worker._pause
        worker._pause = lambda: worker.stop() if next(left, None) is None else pause()
        worker.run()
        return metrics.text()

    def places(self):
        """The partition and offset of each row."""
        found = []
        for part in list_parts(self.system, "payments"):
            frame = read(self.system.open_input_file(f"payments/{part.name}").read(), part, {"id": "integer"}, False)
            found += zip(frame["_partition"], frame["_offset"], strict=True)
        return sorted(found)

    def names(self):
        return [part.name for part in list_parts(self.system, "payments")]


def two_partitions():
    """Nine offsets and seven; one is poisoned, one deleted, one gone, and a day begins in between."""
    first = [message(0, each, b"poison" if each == 2 else None, timestamp=BEGIN + each // 5 * DAY) for each in range(9)]
    second = [message(1, each) for each in range(7) if each != 3]
    second[4] = Message(1, 5, None, timestamp=BEGIN)
    return Topic(first, second)


WHOLE = sorted([(0, each) for each in range(9) if each != 2] + [(1, each) for each in (0, 1, 2, 4, 6)])


def steps_of(tmp_path, monkeypatch, **settings):
    """How often something happens in which a worker may end."""
    world = World(tmp_path / "whole", two_partitions(), **settings)
    seen = []
    world.topic.happens = seen.append
    world.work(monkeypatch)
    assert world.places() == WHOLE
    return len(seen)


@pytest.fixture(params=[False, True], ids=["whole", "by date"])
def by_date(request):
    return request.param


def test_each_offset_is_written_once_wherever_a_worker_is_killed(tmp_path, monkeypatch, by_date):
    count = steps_of(tmp_path, monkeypatch, byDate=by_date)
    assert count > 20
    for first in range(count):
        # the one that comes next may be killed as well, and have other settings
        for second in (None, 1, 4):
            world = World(tmp_path / f"{first}-{second}", two_partitions(), byDate=by_date)
            for at, changes in ((first, {}), (second, {"format": "json-lines", "byDate": not by_date}), (None, {})):
                left = iter(range(at)) if at is not None else None

                def happens(_, left=left):
                    if left is not None and next(left, None) is None:
                        raise Ended

                world.topic.happens = happens
                with contextlib.suppress(Ended):
                    world.work(monkeypatch, **changes)
            assert world.places() == WHOLE, (first, second)
            assert {each[:2] for each in world.dead.letters} == {(0, 2)}, (first, second)


def test_each_offset_is_written_once_wherever_a_worker_stands_still_while_another_works(tmp_path, monkeypatch, by_date):
    for at in range(steps_of(tmp_path, monkeypatch, byDate=by_date)):
        world = World(tmp_path / str(at), two_partitions(), byDate=by_date)
        left = iter(range(at))

        def happens(_, left=left, world=world):
            if next(left, None) is None:
                world.topic.happens = lambda _: None
                # other bounds than the one that stands still would have
                batch = {"bytes": 10_000, "records": 3, "seconds": 60}
                world.work(monkeypatch, batch=batch, byDate=not by_date)

        world.topic.happens = happens
        world.work(monkeypatch)
        assert world.places() == WHOLE, at


class TestBatches:
    def test_are_cut_by_records_and_named_by_their_first_and_last_offset(self, tmp_path, monkeypatch):
        world = World(tmp_path, two_partitions())
        told = world.work(monkeypatch)
        name = "partition={}/{:020}-{:020}.parquet".format
        assert world.names() == [name(0, 0, 3), name(0, 4, 7), name(0, 8, 8), name(1, 0, 4), name(1, 5, 6)]
        for count in (
            "records_read_total{} 15",
            "records_written_total{} 13",
            "records_deleted_total{} 1",
            'records_dead_total{reason="no JSON"} 1',
            "objects_written_total{} 5",
        ):
            assert f"filiera_ingestion_{count}\n" in told

    def test_are_cut_by_bytes_of_all_partitions_the_largest_first(self, tmp_path, monkeypatch):
        world = World(tmp_path, two_partitions(), batch={"bytes": 900, "records": 100, "seconds": 60})
        world.work(monkeypatch)
        assert world.topic.commits[0][2].startswith("filiera-1 ")
        assert len(world.names()) > 2
        assert world.places() == WHOLE

    def test_are_cut_by_time(self, tmp_path, monkeypatch):
        world = World(tmp_path, two_partitions(), batch={"bytes": 10_000, "records": 100, "seconds": 1e-9})
        world.work(monkeypatch)
        assert len(world.names()) > 4

    def test_are_written_when_the_worker_is_stopped(self, tmp_path, monkeypatch):
        world = World(tmp_path, two_partitions(), batch={"bytes": 10_000, "records": 100, "seconds": 60})
        world.work(monkeypatch)
        assert [(part.first, part.last) for part in list_parts(world.system, "payments")] == [(0, 8), (0, 6)]
        assert world.topic.committed == {0: (9, ""), 1: (7, "")}


class TestResuming:
    def test_without_a_committed_offset_it_goes_on_after_what_is_in_the_store(self, tmp_path, monkeypatch):
        world = World(tmp_path, two_partitions())
        world.work(monkeypatch)
        world.topic.committed = {}
        before = world.names()
        world.work(monkeypatch, batch={"bytes": 10_000, "records": 2, "seconds": 60})
        assert (world.names(), world.places()) == (before, WHOLE)

    def test_records_that_are_gone_are_counted(self, tmp_path, monkeypatch):
        world = World(tmp_path, Topic([message(0, each) for each in range(6, 9)], low=6))
        world.topic.committed = {0: (2, "")}
        assert "records_lost_total{} 4\n" in world.work(monkeypatch)
        # all from the committed offset on are accounted for
        assert world.names() == [Part(0, 2, 8).name]

    def test_what_was_begun_and_is_going_is_not_written_over(self, tmp_path, monkeypatch):
        world = World(tmp_path, Topic([message(0, each) for each in range(8)]))
        world.work(monkeypatch)
        first = world.system.open_input_file(f"payments/{Part(0, 0, 3).name}").read()
        world.topic.committed = {0: (0, "filiera-1 4 parquet whole")}
        world.topic.low = 2
        world.topic.partitions = ([message(0, each) for each in range(2, 8)],)
        world.work(monkeypatch)
        assert world.system.open_input_file(f"payments/{Part(0, 0, 3).name}").read() == first
        assert world.places() == [(0, each) for each in range(8)]

    def test_a_topic_that_was_made_anew_is_refused(self, tmp_path, monkeypatch):
        world = World(tmp_path, Topic([message(0, 0)]))
        world.topic.committed = {0: (5, "filiera-1 9 parquet whole")}
        with pytest.raises(StepError) as error:
            world.work(monkeypatch)
        assert str(error.value) == (
            "[payments[0]] ends at 1, and is written up to 9: the topic was made anew; give the ingestion another name"
        )

    def test_offsets_that_cannot_be_committed_are_an_error(self, tmp_path, monkeypatch):
        world = World(tmp_path, two_partitions())

        def happens(what):
            raise KafkaException(KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED))

        world.topic.happens = happens
        with pytest.raises(
            StepError, match=r"^\[payments\[0\]\] cannot be committed \(.*\): look at the group's rights"
        ):
            world.work(monkeypatch)
