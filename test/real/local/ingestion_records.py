"""Writes records to topics and finds them again: `produce`, `payments` and `found`, told by standard input."""

import json
import sys
from collections import Counter

import numpy as np
import pyarrow.fs as pafs
from confluent_kafka import Consumer, Producer, TopicPartition
from filiera_steps.lake import list_parts, read


def record(number):
    """The record of a number; each 5,000th is poisoned, in one way or another."""
    if number % 5000 == 4999:
        return [b"\xff poison", b"[1]", b'{"id": 1, "secret": 2}', b'{"id": "one"}'][number // 5000 % 4]
    return json.dumps(
        {"id": number, "amount": number / 4, "holder": f"h{number % 997}", "at": "2026-11-28T10:00:00Z"}
    ).encode()


def produce(kafka, topic, count, partitions):
    """Writes so many records, to one partition after the other."""
    producer = Producer({**kafka, "linger.ms": 20, "queue.buffering.max.messages": 200_000})
    for number in range(count):
        producer.produce(topic, record(number), str(number), number % partitions)
        producer.poll(0)
    left = producer.flush(60)
    if left:
        sys.exit(f"{left} records were not taken")


def payments(kafka, topic, count, csv):
    """Writes the payments of the example fraud, to a topic of one partition and into a file of CSV."""
    from payments import made_up

    table = made_up(np.random.default_rng(3), count, 0, 0.0, False)
    table.to_csv(csv, index=False)
    producer = Producer(kafka)
    for row in json.loads(table.to_json(orient="records")):
        producer.produce(topic, json.dumps(row), partition=0)
    if producer.flush(60):
        sys.exit("payments were not taken")


def found(kafka, store, topic, dead, columns):
    """How often each offset stands in the objects, and which dead letters there are."""
    system, root = pafs.FileSystem.from_uri(store)
    parts = list_parts(system, root)
    places: Counter = Counter()
    ids = set()
    for part in parts:
        frame = read(system.open_input_file(f"{root}/{part.name}").read(), part, columns, False)
        places.update(zip(frame["_partition"], frame["_offset"], strict=True))
        ids.update(frame["id"])
    letters = [(message.value(), dict(message.headers())) for message in everything(kafka, dead)]
    named = [
        [int(headers["filiera.partition"]), int(headers["filiera.offset"]), headers["filiera.reason"].decode()]
        for value, headers in letters
        if value == record(int(headers["filiera.key"]))
    ]
    return {
        "objects": len(parts),
        "records": len(places),
        "twice": [list(map(int, place)) for place, times in places.items() if times > 1],
        "ids": len(ids),
        "ends": {
            number: max(part.last for part in parts if part.partition == number) + 1 for number in parts_of(parts)
        },
        "letters": len(letters),
        "dead": [list(each) for each in sorted({tuple(each) for each in named})],
        "both": [list(map(int, place)) for place in places if any(list(place) == each[:2] for each in named)],
    }


def parts_of(parts):
    """The partitions of parts."""
    return sorted({part.partition for part in parts})


def everything(kafka, topic):
    """All of a topic's messages."""
    consumer = Consumer({**kafka, "group.id": kafka["sasl.username"], "enable.auto.commit": False})
    try:
        ends = {}
        for number in consumer.list_topics(topic, timeout=10).topics[topic].partitions:
            where = TopicPartition(topic, number, 0)
            ends[number] = consumer.get_watermark_offsets(where, timeout=10)[1]
        consumer.assign([TopicPartition(topic, number, 0) for number, end in ends.items() if end])
        left = sum(ends.values())
        while left:
            for message in consumer.consume(left, timeout=1):
                if message.error() is None:
                    left -= 1
                    yield message
    finally:
        consumer.close()


if __name__ == "__main__":
    given = json.load(sys.stdin)
    print(json.dumps({"produce": produce, "payments": payments, "found": found}[sys.argv[1]](**given)))
