"""Runs a compiled pipeline by kfp.local alone, and prints its outputs as JSON on file descriptor 3."""

import json
import os
import sys

from kfp import components, local

local.init(local.SubprocessRunner(use_venv=False), pipeline_root=sys.argv[2])
run = components.load_component_from_file(sys.argv[1])(**json.loads(sys.argv[3]))
with os.fdopen(3, "w") as answer:
    json.dump(run.outputs, answer)
