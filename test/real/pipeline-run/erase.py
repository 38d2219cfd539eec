"""Erases a cardholder of the card fraud example, and prints where in a project something of them is found."""

import hashlib
import hmac
import json
import sys
from pathlib import Path

import pandas as pd
from filiera_steps.keys import KeyStore, place

project, person = Path(sys.argv[1]), sys.argv[2]


def holds(file: Path, words: list[str]) -> bool:
    """Whether one of the words is in a file, or in a value of its table."""
    content = file.read_bytes()
    if any(word.encode() in content for word in words):
        return True
    if content[:4] != b"PAR1":
        return False
    columns = pd.read_parquet(file).select_dtypes(object)
    return any(word in "\n".join(map(str, columns[name].unique())) for name in columns for word in words)


def found(words: list[str]) -> list[str]:
    """The files of the project that hold one of them, but the payments as they were made up: they are the source."""
    files = [each for each in sorted(project.rglob("*")) if each.is_file() and "payments" not in each.parts]
    return [each.relative_to(project).as_posix() for each in files if holds(each, words)]


sources = [pd.read_csv(each) for each in sorted(project.rglob("artifacts/payments/now"))]
payments = sources[0][sources[0]["cardholder"] == person]
known = [person, *payments["payment"].head(3), payments["born"].iloc[0]]
store = KeyStore(place())
key = store.keys_of([person])[person]
pseudonym = hmac.new(key, f"cardholder\0{person}".encode(), hashlib.sha256).hexdigest()
before = found([pseudonym])
done = store.erase([person])
print(
    json.dumps(
        {
            "payments": len(payments),
            # what MLflow keeps is searched, too
            "models": sum(1 for each in (project / "mlflow").rglob("*.skops")),
            "pseudonym": sorted({each.rsplit("/", 1)[-1] for each in before}),
            "erased": done["erased"],
            "known": found(known),
            "key": [each.name for each in (project / "keys").iterdir() if key in each.read_bytes()],
            "record": store.faults(done["head"]),
        }
    )
)
