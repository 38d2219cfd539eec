"""Compiles the pipelines of this folder with the SDK: compile.py <folder>."""

import sys
import warnings
from pathlib import Path

import control
import data
import groups
import platform_settings
from kfp import compiler

warnings.filterwarnings("ignore")

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for module in (data, control, groups, platform_settings):
        for name, pipeline in module.PIPELINES.items():
            compiler.Compiler().compile(pipeline, str(folder / f"{name}.yaml"))
