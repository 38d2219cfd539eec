"""Runs a worker until SIGTERM: `python -m filiera_ingestion <document> --host=0.0.0.0 --port=8080`."""

import argparse
import signal
import sys
from pathlib import Path

from confluent_kafka import KafkaException
from filiera_steps.errors import StepError
from filiera_steps.keys import KeyStore, place

from filiera_ingestion.batches import Maker
from filiera_ingestion.dead import DeadLetters
from filiera_ingestion.metrics import Health, Metrics, serve
from filiera_ingestion.settings import LONGEST_ROUND, kafka_settings, open_store, read_settings
from filiera_ingestion.store import Store
from filiera_ingestion.worker import Worker


def main() -> None:
    """Does what the command line says."""
    parser = argparse.ArgumentParser(prog="filiera_ingestion")
    parser.add_argument("document", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    given = parser.parse_args()
    try:
        work(given.document, given.host, given.port)
    except StepError as error:
        sys.exit(str(error))
    except KafkaException as error:
        sys.exit(f"[FILIERA_KAFKA_SERVERS] cannot be used ({error.args[0].str()})")


def work(document: Path, host: str, port: int) -> None:
    """Works until it is told to stop."""
    settings = read_settings(document)
    about = settings.document
    policy = settings.policy
    keys = KeyStore(place()) if policy and policy.named("pseudonymise") else None
    metrics, health = Metrics(topic=about.topic), Health(LONGEST_ROUND)
    kafka = kafka_settings(lambda _: None)
    system, folder = open_store()
    worker = Worker(
        settings,
        kafka,
        Maker(settings, keys),
        Store(system, f"{folder}/{about.topic}"),
        DeadLetters(kafka, about.topic, about.dead_letters),
        metrics,
        health,
    )
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: worker.stop())
    server = serve(metrics, health, host, port)
    try:
        worker.run()
    finally:
        server.shutdown()


main()
