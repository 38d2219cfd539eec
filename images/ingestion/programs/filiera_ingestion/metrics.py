"""What an ingestion counts, as Prometheus reads it, and whether it is well: over HTTP, on a thread of its own."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PREFIX = "filiera_ingestion_"
#: each metric by its name: what it is, and what it counts
ABOUT = {
    "records_read_total": ("counter", "Records read from the topic"),
    "records_written_total": ("counter", "Records written to the store"),
    "records_dead_total": ("counter", "Records put into the topic of dead letters, by what is wrong with them"),
    "records_deleted_total": ("counter", "Records without a value, which are not written"),
    "records_lost_total": ("counter", "Offsets whose records were deleted from the topic before they were read"),
    "bytes_read_total": ("counter", "Bytes of records' values read from the topic"),
    "bytes_written_total": ("counter", "Bytes of objects written to the store"),
    "objects_written_total": ("counter", "Objects written to the store"),
    "buffered_bytes": ("gauge", "Bytes that records take which are read and not yet written"),
    "lag_records": ("gauge", "Offsets from what is written to the end of the partition"),
    "last_commit_timestamp_seconds": ("gauge", "When a batch of the partition was last written and committed"),
}

Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Numbers by name and labels. Values that were never set are not told."""

    def __init__(self, **labels: str) -> None:
        self._common = tuple(labels.items())
        self._values: dict[str, dict[Labels, float]] = {name: {} for name in ABOUT}
        self._lock = threading.Lock()

    def add(self, name: str, amount: float, **labels: str) -> None:
        """Adds to a counter."""
        with self._lock:
            values = self._values[name]
            key = tuple(labels.items())
            values[key] = values.get(key, 0) + amount

    def set(self, name: str, value: float, **labels: str) -> None:
        """Sets a gauge."""
        with self._lock:
            self._values[name][tuple(labels.items())] = value

    def forget(self, **labels: str) -> None:
        """Forgets gauges with these labels: another worker tells them from now on."""
        gone = set(labels.items())
        with self._lock:
            for name, values in self._values.items():
                if ABOUT[name][0] == "gauge":
                    for key in [key for key in values if gone <= set(key)]:
                        del values[key]

    def text(self) -> str:
        """All of them in Prometheus' text format."""
        with self._lock:
            lines = []
            for name, (kind, about) in ABOUT.items():
                lines += [f"# HELP {PREFIX}{name} {about}.", f"# TYPE {PREFIX}{name} {kind}"]
                for labels, value in self._values[name].items():
                    told = ",".join(f'{key}="{escaped(each)}"' for key, each in (*self._common, *labels))
                    lines.append(f"{PREFIX}{name}{{{told}}} {value:.17g}")
        return "\n".join(lines) + "\n"


def escaped(value: str) -> str:
    """A label's value between quotes."""
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


class Health:
    """Whether the worker lives, and whether it is ready to be counted on."""

    def __init__(self, patience: float, now: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience
        self._now = now
        self._beat = now()
        self.ready = False

    def beat(self) -> None:
        """Says that another round of work begins."""
        self._beat = self._now()

    @property
    def alive(self) -> bool:
        """Whether a round began not too long ago."""
        return self._now() - self._beat < self._patience


def serve(metrics: Metrics, health: Health, host: str, port: int) -> ThreadingHTTPServer:
    """Answers `/metrics`, `/healthz` and `/readyz` until it is shut down."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers: dict[str, Callable[[], tuple[int, str]]] = {
                "/metrics": lambda: (200, metrics.text()),
                "/healthz": lambda: (200, "alive\n") if health.alive else (503, "stuck\n"),
                "/readyz": lambda: (200, "ready\n") if health.ready else (503, "not ready\n"),
            }
            status, text = answers.get(self.path, lambda: (404, "not found\n"))()
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((host, port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
