"""Objects are put whole, tried again, and found by their offsets."""

import pyarrow.fs as pafs
import pytest
from filiera_ingestion.store import Store
from filiera_steps.errors import StepError
from filiera_steps.lake import Part


@pytest.fixture
def system(tmp_path):
    return pafs.SubTreeFileSystem(str(tmp_path), pafs.LocalFileSystem())


def test_the_last_of_a_partition_is_found_whatever_its_day(system):
    store = Store(system, "lake/cards")
    assert store.last(0) is None
    for part in (Part(0, 0, 9, date="2026-11-29"), Part(0, 10, 19, date="2026-11-28"), Part(1, 20, 29)):
        store.put(part, b"x")
    assert store.last(0) == Part(0, 10, 19, date="2026-11-28")
    assert store.has(Part(0, 10, 19))
    assert not store.has(Part(0, 10, 18))


def test_one_that_the_store_does_not_take_is_put_again_and_then_refused(system, capsys):
    store = Store(system, "lake/cards", pause=lambda _: None)
    real, tries = store._write, []

    def fails(path, content):
        tries.append(path)
        if len(tries) < 4:
            raise OSError("slow down\nmore")
        real(path, content)

    store._write = fails
    store.put(Part(0, 0, 9), b"x")
    assert store.has(Part(0, 0, 9))
    name = "lake/cards/partition=0/00000000000000000000-00000000000000000009.parquet"
    assert capsys.readouterr().out.splitlines()[0] == f"{name} cannot be written (slow down), again in 1 s"

    def never(path, content):
        raise OSError("no such bucket")

    store._write = never
    with pytest.raises(StepError) as error:
        store.put(Part(0, 0, 9), b"x")
    assert str(error.value) == f"[{name}] cannot be written (no such bucket): look at the store and the rights"
