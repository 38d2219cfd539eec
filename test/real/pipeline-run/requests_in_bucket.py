"""Adds to the bucket that the environment names, from several threads at once, and prints what became of it."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

from filiera_steps.errors import StepError
from filiera_steps.serving.store import TARGET, open_store

there = open_store("")
contents = [f"{number}".encode() * 1000 for number in range(12)]
with ThreadPoolExecutor(len(contents)) as pool:
    added = list(pool.map(lambda content: there.add("m/0000000002.json", content), contents))
kept = there.read("m/0000000002.json")
for name in ("m/0000000010.json", "m/0000000001.json", "m-2/0000000003.json"):
    there.add(name, b"{}")
try:
    elsewhere = open_store(os.environ[TARGET].replace("//models/", "//other/")).add("m/0000000001.json", b"{}")
except StepError as error:
    elsewhere = str(error)
print(
    json.dumps(
        {
            "added": added.count(True),
            "kept": kept == contents[added.index(True)],
            "again": there.add("m/0000000002.json", b"else"),
            "same": there.read("m/0000000002.json") == kept,
            "none": there.read("m/0000000003.json"),
            "after": there.after("m/0000000001.json"),
            "elsewhere": elsewhere,
        }
    )
)
