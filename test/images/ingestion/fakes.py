"""A topic, its group and its clients in memory: they fence who is no member any more, as Kafka does."""

from confluent_kafka import KafkaError, KafkaException, TopicPartition


class Message:
    """A record as librdkafka gives it."""

    def __init__(self, partition, offset, value, key=None, timestamp=1_795_824_000_000, error=None):
        self._all = (partition, offset, value, key, timestamp, error)

    def partition(self):
        return self._all[0]

    def offset(self):
        return self._all[1]

    def value(self):
        return self._all[2]

    def key(self):
        return self._all[3]

    def timestamp(self):
        return (1, self._all[4])

    def error(self):
        return self._all[5]


class Topic:
    """Messages by partition, and what the group has committed."""

    def __init__(self, *partitions, low=0):
        self.partitions = partitions
        self.low = low
        self.ends = [each[-1].offset() + 1 if each else low for each in partitions]
        self.committed = {}
        self.commits = []
        self.generation = 0
        #: called with what is about to happen, and what has: to end a worker there, or to let another one work
        self.happens = lambda what: None


class Consumer:
    """The only member of its group, until another one is made."""

    def __init__(self, topic, name="payments"):
        self._topic, self._name = topic, name
        self._positions = None
        self._paused = set()

    def subscribe(self, topics, on_assign, on_revoke, on_lost):
        assert topics == [self._name]
        self._on_assign, self._on_lost = on_assign, on_lost

    def consume(self, count, timeout):
        if self._positions is None:
            self._topic.generation += 1
            self._generation = self._topic.generation
            self._on_assign(self, [TopicPartition(self._name, number) for number in range(len(self._topic.partitions))])
        found = []
        for number, messages in enumerate(self._topic.partitions):
            if number in self._paused:
                continue
            # three at a time, so that partitions take turns
            new = [each for each in messages if each.offset() >= self._positions[number]][:3]
            found += new
            self._positions[number] = new[-1].offset() + 1 if new else self._topic.ends[number]
            if not new:
                found.append(
                    Message(number, self._positions[number], None, error=KafkaError(KafkaError._PARTITION_EOF))
                )
        return found

    def committed(self, partitions, timeout):
        return [
            TopicPartition(each.topic, each.partition, *self._topic.committed.get(each.partition, (-1001, "")))
            for each in partitions
        ]

    def get_watermark_offsets(self, where, timeout=None, cached=False):
        return self._topic.low, self._topic.ends[where.partition]

    def assign(self, partitions):
        self._positions = {each.partition: each.offset for each in partitions}
        assert all(self._topic.low <= each.offset <= self._topic.ends[each.partition] for each in partitions)

    def pause(self, partitions):
        self._paused |= {each.partition for each in partitions}

    def resume(self, partitions):
        self._paused -= {each.partition for each in partitions}

    def commit(self, offsets, asynchronous):
        (where,) = offsets
        self._topic.happens("before a commit")
        if self._generation != self._topic.generation:
            raise KafkaException(KafkaError(KafkaError.ILLEGAL_GENERATION))
        self._topic.committed[where.partition] = (where.offset, where.metadata)
        self._topic.commits.append((where.partition, where.offset, where.metadata))
        self._topic.happens("after a commit")
        return [where]

    def close(self):
        pass


class DeadLetters:
    """Letters by partition and offset, as often as they were put."""

    def __init__(self, topic):
        self._topic = topic
        self.letters = []

    def put(self, partition, dead):
        self._topic.happens("before dead letters")
        self.letters += [(partition, each.record.offset, each.reason) for each in dead]
        self._topic.happens("after dead letters")
