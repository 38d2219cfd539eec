"""Content hashes of files and folders, by which it is known whether data is what it was."""

import hashlib
import os
from functools import cache
from pathlib import Path


def digest(path: str) -> str:
    """A hash of a file, or of a folder's files with their names; of nothing where there is nothing."""
    root = Path(path)
    if not root.exists():
        return ""
    if root.is_file():
        return file_digest(root)
    whole = hashlib.sha256()
    for each in sorted(root.rglob("*")):
        if each.is_file():
            whole.update(f"{each.relative_to(root).as_posix()}\0{file_digest(each)}\0".encode())
    return whole.hexdigest()


def file_digest(path: Path) -> str:
    """A hash of a file; one that has not changed is read once."""
    status = path.stat()
    return read_digest(os.fspath(path), status.st_ino, status.st_size, status.st_mtime_ns)


@cache
def read_digest(path: str, _inode: int, _size: int, _changed: int) -> str:
    """Reads a file in pieces, as it may be larger than memory."""
    whole = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            whole.update(piece)
    return whole.hexdigest()
