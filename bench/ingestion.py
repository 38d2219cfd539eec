"""Moves a topic's records into a store: by the worker of images/ingestion, or by a bare consumer that writes the same.

`produce` writes records first. Each prints JSON; what it needs comes by standard input, as bench/ingestion.ts has it.
"""

import json
import resource
import sys
import time

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from confluent_kafka import Consumer, Producer
from filiera_ingestion.batches import TYPES, Maker
from filiera_ingestion.dead import DeadLetters
from filiera_ingestion.metrics import Health, Metrics
from filiera_ingestion.settings import Document, Settings
from filiera_ingestion.store import Store
from filiera_ingestion.worker import Worker
from filiera_steps.lake import Part

FIELDS = {"id": "integer", "amount": "number", "holder": "text", "merchant": "text", "at": "time", "fraud": "boolean"}
SCHEMA = pa.schema(
    [
        pa.field("_partition", pa.int32(), nullable=False),
        pa.field("_offset", pa.int64(), nullable=False),
        pa.field("_timestamp", pa.timestamp("ms", "UTC"), nullable=False),
        *(pa.field(name, TYPES[kind]) for name, kind in FIELDS.items()),
    ]
)


def produce(kafka, topic, count, partitions):
    """Writes so many records."""
    producer = Producer({**kafka, "linger.ms": 20, "queue.buffering.max.messages": 500_000})
    for number in range(count):
        record = {"id": number, "amount": number / 8, "holder": f"holder-{number % 9973}", "merchant": "grocery"}
        record |= {"at": "2026-11-28T10:00:00Z", "fraud": number % 20 == 0}
        producer.produce(topic, json.dumps(record), str(number), number % partitions)
        producer.poll(0)
    return {"left": producer.flush(120)}


def bare(kafka, store, topic, count, group, batch):
    """What one would write in an afternoon: no checks, no dead letters, and records twice where it is killed."""
    system, root = opened(store)
    consumer = Consumer({**kafka, "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest"})
    begun = []
    consumer.subscribe([topic], on_assign=lambda *_: begun.append(clocks()))
    waiting = {}

    def write(number):
        messages = waiting.pop(number)
        rows = [
            {
                "_partition": number,
                "_offset": each.offset(),
                "_timestamp": each.timestamp()[1],
                **json.loads(each.value()),
            }
            for each in messages
        ]
        part = Part(number, messages[0].offset(), messages[-1].offset())
        with system.open_output_stream(f"{root}/{part.name}") as stream:
            pq.write_table(pa.Table.from_pylist(rows, SCHEMA), stream, compression="zstd")
        consumer.commit(message=messages[-1], asynchronous=False)

    read = 0
    while read < count:
        for message in consumer.consume(1000, timeout=1):
            if message.error() is not None:
                sys.exit(message.error().str())
            read += 1
            waiting.setdefault(message.partition(), []).append(message)
            if len(waiting[message.partition()]) == batch:
                write(message.partition())
    for number in list(waiting):
        write(number)
    taken = since(begun[0])
    consumer.close()
    return taken


def worker(kafka, store, topic, count, group, batch):
    """The worker, until it has written all."""
    document = {
        "topic": topic,
        "group": group,
        "fields": FIELDS,
        "batch": {"bytes": 32 << 20, "records": batch, "seconds": 60},
        "deadLetters": f"{topic}-dead",
    }
    settings = Settings(Document.model_validate(document))
    metrics = Metrics(topic=topic)
    system, root = opened(store)
    dead = DeadLetters(kafka, topic, f"{topic}-dead")
    made = Worker(settings, kafka, Maker(settings), Store(system, root), dead, metrics, Health(60))
    begun = []
    assigned, tell = made._assigned, made._tell

    def begins(*of):
        begun.append(clocks())
        assigned(*of)

    def told():
        tell()
        if f'records_read_total{{topic="{topic}"}} {count}\n' in metrics.text():
            made.stop()

    made._assigned, made._tell = begins, told
    made.run()
    return since(begun[0])


def clocks():
    """The time, and what of a processor's was used: it does not hang on who else works here."""
    return time.monotonic(), time.process_time()


def since(begun):
    """Seconds since then."""
    now = clocks()
    return {"seconds": now[0] - begun[0], "processor": now[1] - begun[1]}


def opened(store):
    """The store, and a folder in it."""
    return pafs.FileSystem.from_uri(store)


if __name__ == "__main__":
    told = {"produce": produce, "bare": bare, "worker": worker}[sys.argv[1]](**json.load(sys.stdin))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print("told", json.dumps({**told, "megabytes": peak}))
