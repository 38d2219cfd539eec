"""What the SDK takes to compile pipelines: pipelines.py <how many> <steps>, in milliseconds of the processor each."""

import sys
import tempfile
import time
import warnings
from pathlib import Path

from kfp import compiler, dsl
from kfp.dsl import ContainerSpec, OutputPath

warnings.filterwarnings("ignore")


@dsl.container_component
def step(words: str, said: OutputPath(str)):
    return ContainerSpec(image="busybox:1.37", command=["sh", "-c", 'echo "$0" > "$1"'], args=[words, said])


def chain(name: str, length: int):
    @dsl.pipeline(name=name)
    def pipeline(who: str):
        last = step(words=who)
        for _ in range(length - 1):
            last = step(words=last.output)

    return pipeline


if __name__ == "__main__":
    many, length = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "pipeline.yaml")
        compiler.Compiler().compile(chain("warm-up", length), file)
        start = time.process_time()
        for number in range(many):
            compiler.Compiler().compile(chain(f"chain-{number}", length), file)
        print((time.process_time() - start) * 1000 / many)
