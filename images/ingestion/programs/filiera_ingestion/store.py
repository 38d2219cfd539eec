"""Where objects are put: whole or not at all, under names that say what they account for."""

import time
from collections.abc import Callable

import pyarrow as pa
import pyarrow.fs as pafs
from filiera_steps.errors import refuse
from filiera_steps.lake import Part, list_parts

#: seconds before an object is put again, where the store did not take it
PAUSES = (1, 2, 5, 10, 20)


class Store:
    """The folder of a topic in an object store."""

    def __init__(self, system: pafs.FileSystem, folder: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._system = system
        self._folder = folder
        self._pause = pause
        self._local = isinstance(system, pafs.SubTreeFileSystem)

    def last(self, partition: int) -> Part | None:
        """The last part of a partition that is there."""
        parts = self._parts(partition)
        return parts[-1] if parts else None

    def has(self, part: Part) -> bool:
        """Whether a part is there, or one of the same offsets on another day."""
        return any((each.first, each.last) == (part.first, part.last) for each in self._parts(part.partition))

    def put(self, part: Part, content: bytes) -> None:
        """Writes an object; one of that name, which holds the same records, is replaced."""
        path = f"{self._folder}/{part.name}"
        for pause in (*PAUSES, None):
            try:
                self._write(path, content)
                return
            except (OSError, pa.ArrowException) as error:
                if pause is None:
                    raise refuse(path, f"cannot be written ({line(error)}): look at the store and the rights") from None
                print(f"{path} cannot be written ({line(error)}), again in {pause} s", flush=True)
                self._pause(pause)

    def _write(self, path: str, content: bytes) -> None:
        if not self._local:
            with self._system.open_output_stream(path) as stream:
                stream.write(content)
            return
        # a folder in a store's place: what is half written has another name
        self._system.create_dir(path.rpartition("/")[0])
        with self._system.open_output_stream(f"{path}.part") as stream:
            stream.write(content)
        self._system.move(f"{path}.part", path)

    def _parts(self, partition: int) -> list[Part]:
        try:
            return list_parts(self._system, f"{self._folder}/partition={partition}")
        except (OSError, pa.ArrowException) as error:
            raise refuse(self._folder, f"cannot be listed ({line(error)}): look at the store and the rights") from None


def line(error: Exception) -> str:
    """What an error says first."""
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
