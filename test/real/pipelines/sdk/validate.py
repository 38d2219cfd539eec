"""Has KFP's own messages read compiled pipelines: validate.py <folder>. Says what could not be read."""

import sys
from pathlib import Path

import yaml
from google.protobuf import json_format
from kfp.kubernetes import kubernetes_executor_config_pb2 as kubernetes
from kfp.pipeline_spec import pipeline_spec_pb2 as ir


def read(text: str) -> None:
    spec, *platforms = yaml.safe_load_all(text)
    json_format.ParseDict(spec, ir.PipelineSpec())
    json_format.ParseDict(spec["deploymentSpec"], ir.PipelineDeploymentConfig())
    for document in platforms:
        json_format.ParseDict(document, ir.PlatformSpec())
        settings = document["platforms"]["kubernetes"]
        for config in settings.get("deploymentSpec", {}).get("executors", {}).values():
            json_format.ParseDict(config, kubernetes.KubernetesExecutorConfig())


if __name__ == "__main__":
    files = sorted(Path(sys.argv[1]).glob("*.yaml"))
    for file in files:
        try:
            read(file.read_text())
        except Exception as error:  # noqa: BLE001 - each file's own complaint
            print(f"{file.stem}: {error}")
    print(f"{len(files)} read")
