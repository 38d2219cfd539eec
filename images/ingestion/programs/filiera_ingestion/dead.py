"""Records that cannot be written, in a topic of their own: their bytes as they were, their place and the reason."""

from typing import Any

from confluent_kafka import KafkaException, Producer
from filiera_steps.errors import refuse

from filiera_ingestion.batches import Dead

#: seconds in which the brokers must have taken all of a batch's dead letters
PATIENCE = 60.0


class DeadLetters:
    """Puts records into the topic of dead letters, before the offset moves beyond them.

    Where a worker ends in between they are put there again: their key is their place, the same each time.
    """

    def __init__(self, settings: dict[str, Any], source: str, topic: str) -> None:
        # made when it is needed, which may be never
        self._settings = settings
        self._producer: Producer | None = None
        self._source = source
        self._topic = topic

    def put(self, partition: int, dead: list[Dead]) -> None:
        """Puts all of them there, and settles when the brokers have them.

        Raises StepError where one was not taken: the offset must not move then.
        """
        if not dead:
            return
        failed: list[str] = []

        def told(error: Any, _: Any) -> None:
            if error is not None:
                failed.append(error.str())

        producer = self._connected()
        for record, _, reason in ((each.record, each.kind, each.reason) for each in dead):
            headers = {
                "filiera.topic": self._source,
                "filiera.partition": str(partition),
                "filiera.offset": str(record.offset),
                "filiera.timestamp": str(record.timestamp),
                "filiera.reason": reason,
                **({} if record.key is None else {"filiera.key": record.key}),
            }
            key = f"{self._source}/{partition}/{record.offset}"
            while True:
                try:
                    producer.produce(self._topic, record.value, key, headers=headers, on_delivery=told)
                    break
                except BufferError:
                    producer.poll(0.5)
                except KafkaException as error:
                    failed.append(error.args[0].str())
                    break
        left = producer.flush(PATIENCE)
        if left or failed:
            why = failed[0] if failed else f"{left} are not taken after {PATIENCE:.0f} s"
            raise refuse(self._topic, f"takes no dead letters ({why}): look at its rights and its largest record")

    def _connected(self) -> Producer:
        if self._producer is None:
            self._producer = Producer(
                {
                    **self._settings,
                    "enable.idempotence": True,
                    "acks": "all",
                    "compression.type": "zstd",
                    "linger.ms": 5,
                    # the headers make a record larger than it was: the topic says how large one may be
                    "message.max.bytes": 100_000_000,
                    "delivery.timeout.ms": int(PATIENCE * 1000),
                }
            )
        return self._producer
