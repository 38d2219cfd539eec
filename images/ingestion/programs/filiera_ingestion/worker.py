"""The worker: reads partitions of a topic, and writes what it read, each offset once."""

import time
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from filiera_steps.errors import StepError, refuse
from filiera_steps.lake import Part

from filiera_ingestion.batches import Maker, Record
from filiera_ingestion.dead import DeadLetters
from filiera_ingestion.metrics import Health, Metrics
from filiera_ingestion.promise import Layout, Promise, read_promise
from filiera_ingestion.settings import LONGEST_ROUND, Settings
from filiera_ingestion.store import Store

#: seconds to wait for brokers
PATIENCE = 30.0
#: what a worker is told whose partitions others have by now
FENCED = {
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.FENCED_INSTANCE_ID,
    KafkaError._ASSIGNMENT_LOST,
}
#: what passes by itself
PASSING = {
    KafkaError._TRANSPORT,
    KafkaError._TIMED_OUT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._WAIT_COORD,
    KafkaError._MAX_POLL_EXCEEDED,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
}
#: what a broker has refused for good, though librdkafka would try for ever
REFUSED = {KafkaError._AUTHENTICATION, KafkaError._SSL}
#: bytes that a record takes while it waits, besides its key and its value: what bounds memory where records are small
OVERHEAD = 200
#: dead letters of a batch that the log names; the topic has all
NAMED = 10


@dataclass
class Partition:
    """A partition that is the worker's."""

    number: int
    #: all before is written
    start: int
    #: where reading goes on: after `start` where records in between are gone
    position: int
    #: what another began, which must be written as it was begun
    promise: Promise | None = None
    records: list[Record] = field(default_factory=list)
    bytes: int = 0
    #: when the first of the records was read
    since: float = 0.0

    def add(self, record: Record) -> None:
        """Takes a record into the batch."""
        if not self.records:
            self.since = time.monotonic()
        self.records.append(record)
        self.bytes += OVERHEAD + len(record.value or b"") + len(record.key or b"")

    def done(self, end: int) -> None:
        """Begins the next batch."""
        self.start, self.promise = end, None
        self.records, self.bytes = [], 0


class Worker:
    """Reads as a member of the consumer group, and commits what is written."""

    def __init__(
        self,
        settings: Settings,
        kafka: dict[str, Any],
        maker: Maker,
        store: Store,
        dead: DeadLetters,
        metrics: Metrics,
        health: Health,
    ) -> None:
        document = settings.document
        self._topic = document.topic
        self._batch = document.batch
        self._layout = Layout(document.format, document.by_date)
        self._maker, self._store, self._dead = maker, store, dead
        self._metrics, self._health = metrics, health
        self._partitions: dict[int, Partition] = {}
        #: records and bytes that are not counted yet
        self._read = [0, 0]
        self._refused = ""
        self._stopping = False
        self._consumer = Consumer(
            {
                **kafka,
                "error_cb": self._note,
                "group.id": document.group,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "error",
                "isolation.level": "read_committed",
                # all partitions are given up and taken anew: what a worker knows of them is what was committed
                "partition.assignment.strategy": "range",
                # who is killed is missed so soon; to be taken for dead costs a batch that is read again
                "session.timeout.ms": 6_000,
                "max.poll.interval.ms": LONGEST_ROUND * 1000,
                # what waits to be taken is in memory, too
                "queued.max.messages.kbytes": 8192,
                "fetch.max.bytes": 8 << 20,
            }
        )

    def stop(self) -> None:
        """Has the worker write what it read, and end."""
        self._stopping = True

    def run(self) -> None:
        """Works until it is stopped.

        Raises StepError for what another try does not mend at once: whoever comes next begins where this one was.
        """
        self._consumer.subscribe([self._topic], on_assign=self._assigned, on_revoke=self._lost, on_lost=self._lost)
        try:
            while not self._stopping:
                self._health.beat()
                for message in self._consumer.consume(1000, timeout=self._pause()):
                    self._take(message)
                self._write_due()
                self._tell()
                if self._refused:
                    raise self._unreached(self._refused)
            for partition in list(self._partitions.values()):
                if partition.records and partition.promise is None:
                    self._write(partition)
        except KafkaException as error:
            raise self._unreached(error.args[0].str()) from None
        finally:
            self._health.ready = False
            self._consumer.close()

    def _pause(self) -> float:
        """Seconds until a batch is old enough, a second at most."""
        ages = [time.monotonic() - each.since for each in self._partitions.values() if each.records]
        return max(0.01, min([1.0, *(self._batch.seconds - age for age in ages)]))

    def _take(self, message: Message) -> None:
        partition = self._partitions.get(message.partition())
        error = message.error()
        if error is not None and error.code() == KafkaError._PARTITION_EOF:
            # the last offsets of a batch may be of no records: what compaction took away, and marks of transactions
            if partition and partition.promise and message.offset() >= partition.promise.end:
                self._write(partition)
            return
        if error is not None:
            if error.code() in PASSING:
                return
            raise self._unreached(error.str())
        if partition is None:
            return
        offset = message.offset()
        if partition.promise and offset >= partition.promise.end:
            self._write(partition)
        if partition.number not in self._partitions:
            return
        value = message.value()
        partition.add(Record(offset, message.timestamp()[1], message.key(), value))
        self._read[0] += 1
        self._read[1] += len(value or b"")
        promised = partition.promise
        if offset == promised.end - 1 if promised else len(partition.records) >= self._batch.records:
            self._write(partition)

    def _write_due(self) -> None:
        """Writes what is old enough, and the largest batches while all are too large."""
        cut = [each for each in self._partitions.values() if each.records and each.promise is None]
        for partition in sorted(cut, key=lambda each: -each.bytes):
            old = time.monotonic() - partition.since >= self._batch.seconds
            if old or sum(each.bytes for each in self._partitions.values()) >= self._batch.bytes:
                self._write(partition)

    def _write(self, partition: Partition) -> None:
        """Says what it will write, writes it, and says that it did; drops it where the partition is another's."""
        promise = partition.promise or Promise(partition.records[-1].offset + 1, self._layout)
        number, first, last = partition.number, partition.start, promise.end - 1
        try:
            if partition.promise is None:
                self._commit(number, first, promise.text())
            made = self._maker.make(partition.records, number, first, last, *promise.layout)
            for part, content in made.objects:
                self._store.put(part, content)
            self._dead.put(number, made.dead)
            self._commit(number, promise.end)
        except Fenced:
            del self._partitions[number]
            return
        count = self._metrics.add
        count("objects_written_total", len(made.objects))
        count("bytes_written_total", sum(len(content) for _, content in made.objects))
        count("records_written_total", made.written)
        count("records_deleted_total", made.deleted)
        for dead in made.dead:
            count("records_dead_total", 1, reason=dead.kind)
        for dead in made.dead[:NAMED]:
            print(f"{self._topic}[{number}]@{dead.record.offset} is dead: {dead.reason}", flush=True)
        if len(made.dead) > NAMED:
            print(f"{self._topic}[{number}] has {len(made.dead) - NAMED} more dead letters", flush=True)
        self._metrics.set("last_commit_timestamp_seconds", time.time(), partition=str(number))
        partition.done(promise.end)
        self._attend()

    def _commit(self, number: int, offset: int, metadata: str = "") -> None:
        """Commits as the member that the worker is; the broker refuses who is none any more."""
        where = TopicPartition(self._topic, number, offset, metadata)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                (told,) = self._consumer.commit(offsets=[where], asynchronous=False)
                error = told.error
            except KafkaException as failed:
                error = failed.args[0]
            if error is None:
                return
            if error.code() in FENCED:
                raise Fenced
            if error.code() not in PASSING or time.monotonic() > until:
                raise refuse(
                    f"{self._topic}[{number}]", f"cannot be committed ({error.str()}): look at the group's rights"
                )
            time.sleep(0.5)

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._partitions = {}
        for where in consumer.committed(partitions, timeout=PATIENCE):
            low, high = consumer.get_watermark_offsets(where, timeout=PATIENCE)
            self._partitions[where.partition] = self._resumed(where, low, high)
        consumer.assign([TopicPartition(self._topic, each.number, each.position) for each in self._partitions.values()])
        self._attend()
        self._health.ready = True
        print(f"reads {self._topic}: {self._partitions_told() or 'no partition, as others have all'}", flush=True)

    def _resumed(self, where: TopicPartition, low: int, high: int) -> Partition:
        """Where a partition goes on: at the committed offset; without one, after the last object that is there."""
        number = where.partition
        path = f"{self._topic}[{number}]"
        if where.error is not None:
            raise self._unreached(where.error.str())
        start, promise = where.offset, read_promise(where.metadata)
        if start < 0:
            part = self._store.last(number)
            start, promise = low, None
            if part:
                # the group was forgotten; its last batch may have been in the making
                start = part.first
                promise = Promise(part.last + 1, Layout(part.format, part.date is not None))
        if max(start, promise.end if promise else 0) > high:
            raise refuse(
                path,
                f"ends at {high}, and is written up to {max(start, promise.end if promise else 0)}: the topic was made "
                "anew; give the ingestion another name",
            )
        if promise and low > start and self._store.has(Part(number, start, promise.end - 1)):
            # its records are going, and its objects may have them all
            start, promise = promise.end, None
        if low > start:
            self._metrics.add("records_lost_total", low - start)
            print(
                f"{path} has lost the offsets {start} to {low - 1}: they were deleted before they were read", flush=True
            )
        if promise and low >= promise.end:
            start, promise = promise.end, None
        return Partition(number, start, max(start, low), promise)

    def _attend(self) -> None:
        """Reads what others began alone, one after the other: each is as large as a batch may be."""
        begun = next((each.number for each in self._partitions.values() if each.promise), None)
        for number in self._partitions:
            where = [TopicPartition(self._topic, number)]
            (self._consumer.resume if begun in (None, number) else self._consumer.pause)(where)

    def _lost(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        """Forgets what it read: who has the partitions next reads it again."""
        for where in partitions:
            self._partitions.pop(where.partition, None)
            self._metrics.forget(partition=str(where.partition))

    def _tell(self) -> None:
        """Counts what was read since it last did, and sets the gauges."""
        records, size = self._read
        self._read = [0, 0]
        self._metrics.add("records_read_total", records)
        self._metrics.add("bytes_read_total", size)
        self._metrics.set("buffered_bytes", sum(each.bytes for each in self._partitions.values()))
        for number, partition in self._partitions.items():
            known = self._consumer.get_watermark_offsets(TopicPartition(self._topic, number), cached=True)
            high = known[1] if known else -1
            if high >= 0:
                self._metrics.set("lag_records", max(0, high - partition.start), partition=str(number))

    def _partitions_told(self) -> str:
        return ", ".join(
            f"{each.number} from {each.start}" + (f", begun up to {each.promise.end}" if each.promise else "")
            for each in self._partitions.values()
        )

    def _note(self, error: KafkaError) -> None:
        if error.code() in REFUSED:
            self._refused = error.str()

    def _unreached(self, why: str) -> StepError:
        return refuse(self._topic, f"cannot be read ({why}): look at its address, its name and the rights")


class Fenced(Exception):
    """The partition is another worker's by now."""
