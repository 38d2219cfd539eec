"""Bring a MinIO server's buckets, and one scoped credential per consumer, into the declared state.

    python -m minio_setup state.json secrets/

The document's shape is minio_state.parse's; the folder holds one file per secret key. MINIO_ENDPOINT,
MINIO_ROOT_USER and MINIO_ROOT_PASSWORD reach the server, SSL_CERT_FILE its CA. What the document leaves out of a bucket
is left alone. No bucket and no object is ever deleted. Each change is a line; secrets are never printed.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import urllib3
from minio import Minio
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException, S3Error
from minio.minioadmin import MinioAdmin
from minio_buckets import bucket_changes
from minio_state import SetupError, State, parse
from minio_users import admin_error, stale_user_changes, user_changes


@dataclass(frozen=True)
class Server:
    """Where the server is, and how it is reached."""

    endpoint: str
    host: str
    root_user: str
    root_password: str
    http: urllib3.PoolManager

    def s3(self, access_key: str, secret_key: str) -> Minio:
        """A client of the S3 API; the region is MinIO's default, named so that none is asked for."""
        return Minio(self.host, access_key, secret_key, region="us-east-1", http_client=self.http)

    def admin(self) -> MinioAdmin:
        """A client of the admin API, as root."""
        credentials = StaticProvider(self.root_user, self.root_password)
        return MinioAdmin(endpoint=self.host, credentials=credentials, http_client=self.http)


def read_document(path: Path) -> object:
    """The JSON document, not yet checked."""
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise SetupError(f"can't read {path}: {error.strerror}; mount the state's ConfigMap there") from error
    except ValueError as error:
        raise SetupError(f"{path} is not JSON: {error}") from error


def server_from(env: Mapping[str, str]) -> Server:
    """The server that the environment names."""
    missing = [name for name in ("MINIO_ENDPOINT", "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD") if not env.get(name)]
    if missing:
        raise SetupError(f"the environment lacks {', '.join(missing)}")
    endpoint = env["MINIO_ENDPOINT"].rstrip("/")
    url = urlsplit(endpoint)
    if url.scheme != "https" or not url.hostname or url.path or url.query:
        raise SetupError(f"MINIO_ENDPOINT is {endpoint!r}; it must be https://host or https://host:port")
    ca_file = env.get("SSL_CERT_FILE") or certifi.where()
    if not Path(ca_file).is_file():
        raise SetupError(f"SSL_CERT_FILE is {ca_file!r}, which is no file; mount the CA bundle there")
    http = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=5, read=30),
        cert_reqs="CERT_REQUIRED",
        ca_certs=ca_file,
        retries=urllib3.Retry(total=5, backoff_factor=0.5, status_forcelist=[500, 502, 503, 504]),
    )
    return Server(endpoint, url.netloc, env["MINIO_ROOT_USER"], env["MINIO_ROOT_PASSWORD"], http)


def wait_until_writable(server: Server, seconds: float) -> None:
    """Return when the cluster has its write quorum and its users; say what it waits for whenever that changes."""
    url = f"{server.endpoint}/minio/health/cluster"
    deadline = time.monotonic() + seconds
    said = ""
    while reason := unready_because(server.http, url):
        if time.monotonic() >= deadline:
            raise SetupError(f"gave up after {seconds:.0f} s on {url}: {reason}; see the server's pods and their log")
        if reason != said:
            print(f"waiting for {url}: {reason}", flush=True)
            said = reason
        time.sleep(min(2, max(0.0, deadline - time.monotonic())))


def unready_because(http: urllib3.PoolManager, url: str) -> str:
    """Why the server can't be written to; empty when it can."""
    try:
        response = http.request("GET", url, retries=False, timeout=15)
    except urllib3.exceptions.SSLError as error:
        return f"TLS: {error}"
    except urllib3.exceptions.HTTPError as error:
        return str(error).rpartition("[Errno")[2].partition("] ")[2] or str(error) or type(error).__name__
    if response.status == 200:
        return ""
    return f"status {response.status}, {response.headers.get('x-minio-server-status', 'no write quorum')}"


def apply(state: State, server: Server) -> list[str]:
    """Change what differs and print it; returns the problems, so that one consumer can't hold up the others."""
    if server.root_user in {user.access_key for user in state.users}:
        raise SetupError(f"user {server.root_user!r} is the root user; give the consumer another accessKey")
    s3, admin = server.s3(server.root_user, server.root_password), server.admin()
    check_root(s3, server)
    steps: list[tuple[str, Iterator[str]]] = []
    for bucket in state.buckets:
        steps.append((f"bucket {bucket.name!r}", bucket_changes(s3, bucket)))
    for user in state.users:
        client = server.s3(user.access_key, user.secret_key)
        steps.append((f"user {user.access_key!r}", user_changes(client, admin, user)))
    steps.append(("undeclared users", stale_user_changes(admin, {user.access_key for user in state.users})))
    problems = []
    changes = 0
    for subject, lines in steps:
        try:
            for line in lines:
                print(line, flush=True)
                changes += 1
        except (S3Error, MinioAdminException, SetupError, urllib3.exceptions.HTTPError) as error:
            problems.append(f"{subject}: {describe(error)}")
    if not changes and not problems:
        print(f"nothing changed: {len(state.buckets)} buckets and {len(state.users)} users are as declared")
    return problems


def check_root(s3: Minio, server: Server) -> None:
    """The server reads its root password at start only."""
    try:
        s3.list_buckets()
    except S3Error as error:
        raise SetupError(
            f"{server.endpoint} refuses root user {server.root_user!r} ({error.code}); if MINIO_ROOT_PASSWORD was "
            "changed, restart all of the server's pods"
        ) from error


def describe(error: Exception) -> str:
    """The server's own words, without request ids and headers."""
    if isinstance(error, S3Error):
        return f"{error.code}: {error.message}"
    if isinstance(error, MinioAdminException):
        return ": ".join(part for part in admin_error(error) if part)
    return str(error)


def main(arguments: list[str]) -> int:
    """The program; returns its exit status."""
    parser = argparse.ArgumentParser(description="Bring MinIO's buckets and users into the declared state.")
    parser.add_argument("document", type=Path, help="the state, a JSON file")
    parser.add_argument("secrets", type=Path, help="the folder with one file per secret key")
    parser.add_argument("--wait-seconds", type=float, default=300, help="how long to wait for the server")
    options = parser.parse_args(arguments)
    try:
        state = parse(read_document(options.document), options.secrets)
        server = server_from(os.environ)
        wait_until_writable(server, options.wait_seconds)
        problems = apply(state, server)
    except SetupError as error:
        problems = str(error).splitlines()
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
