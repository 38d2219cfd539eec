"""Serves the server's own metrics, and whether it answers, on a port of their own, without sign-in.

Reads the folder that `mlflow server --expose-prometheus` writes to, shared by both containers.
MLflow's /metrics answers 403 to everyone but an admin: no route without a permission check of
its own is open to others (MLFLOW_BASIC_AUTH_FAIL_CLOSED), and Prometheus should not be an admin.
"""

from __future__ import annotations

import argparse
import signal
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

ANSWER_IN = 4
"""Seconds: Prometheus itself waits for 10."""


class Health:
    """Asks the server how it is whenever somebody asks for metrics."""

    def __init__(self, url: str) -> None:
        self.url = url

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("mlflow_server_up", "1 while the server answers its health check", self.answers())

    def answers(self) -> int:
        try:
            with urllib.request.urlopen(self.url, timeout=ANSWER_IN) as response:
                return int(response.status == 200)
        except OSError:
            return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder given to --expose-prometheus")
    parser.add_argument("health", help="where the server answers, such as http://127.0.0.1:5000/health")
    parser.add_argument("--host", default="0.0.0.0")
    parser.add_argument("--port", type=int, default=9090)
    arguments = parser.parse_args()

    # The server makes the folder at its start, which may come after ours.
    arguments.folder.mkdir(parents=True, exist_ok=True)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(arguments.folder))
    registry.register(Health(arguments.health))
    server, thread = start_http_server(arguments.port, arguments.host, registry)

    # A container's first process has no default action for SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: server.shutdown())
    thread.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
