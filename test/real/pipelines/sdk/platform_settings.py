"""Resources, images, and what only Kubernetes knows."""

from typing import Dict

from kfp import dsl, kubernetes
from kfp.dsl import ContainerSpec, OutputPath
from steps import IMAGE, names, say


@dsl.container_component
def pick(
    cpu: OutputPath(str),
    memory: OutputPath(str),
    image: OutputPath(str),
    secret: OutputPath(str),
):
    return ContainerSpec(image=IMAGE)


@dsl.pipeline(name="resources")
def resources(cpu: str, memory: str, gpus: str, kind: str):
    (
        say(words="constant")
        .set_cpu_request("500m")
        .set_cpu_limit("2")
        .set_memory_request("512Mi")
        .set_memory_limit("4G")
        .set_accelerator_type("nvidia.com/gpu")
        .set_accelerator_limit(2)
    )
    (
        say(words="parameters")
        .set_cpu_request(cpu)
        .set_cpu_limit(cpu)
        .set_memory_request(memory)
        .set_memory_limit(memory)
        .set_accelerator_type(kind)
        .set_accelerator_limit(gpus)
    )
    picked = pick()
    (say(words="outputs").set_cpu_limit(picked.outputs["cpu"]).set_memory_limit(picked.outputs["memory"]))
    say(words="half").set_cpu_limit("0.5").set_memory_limit("3Ti")


@dsl.pipeline(name="images")
def images(image: str):
    say(words="a").set_container_image("busybox:1.36")
    say(words="b").set_container_image(image)
    picked = pick()
    say(words="c").set_container_image(picked.outputs["image"])
    with dsl.ParallelFor([1, 2]):
        say(words="d").set_container_image(picked.outputs["image"])
        say(words="e").set_container_image(image)


@dsl.pipeline(name="secrets")
def secrets(secret: str, settings: str):
    picked = pick()
    a = say(words="a")
    kubernetes.use_secret_as_env(a, "login", {"password": "PASSWORD", "user": "USER_NAME"})
    kubernetes.use_secret_as_env(a, secret, {"key": "KEY"}, optional=True)
    kubernetes.use_secret_as_env(a, picked.outputs["secret"], {"token": "TOKEN"})
    kubernetes.use_secret_as_volume(a, "login", "/login")
    kubernetes.use_secret_as_volume(a, secret, "/secret", optional=True)
    kubernetes.use_config_map_as_env(a, "settings", {"level": "LEVEL"})
    kubernetes.use_config_map_as_env(a, settings, {"mode": "MODE"}, optional=True)
    kubernetes.use_config_map_as_volume(a, "settings", "/settings")
    kubernetes.use_config_map_as_volume(a, settings, "/more", optional=True)
    kubernetes.set_image_pull_secrets(a, ["registry", secret])
    kubernetes.use_field_path_as_env(a, "POD", "metadata.name")
    kubernetes.use_field_path_as_env(a, "NODE", "spec.nodeName")
    with dsl.ParallelFor(["x"]):
        b = say(words="b")
        kubernetes.use_secret_as_env(b, picked.outputs["secret"], {"token": "TOKEN"})
        kubernetes.use_config_map_as_volume(b, settings, "/settings")


@dsl.pipeline(name="claims")
def claims(claim: str):
    made = kubernetes.CreatePVC(
        access_modes=["ReadWriteOnce"],
        size="5Gi",
        pvc_name_suffix="-data",
        storage_class_name="standard",
    )
    used = say(words="a")
    kubernetes.mount_pvc(used, made.output, "/data")
    kubernetes.mount_pvc(used, "there", "/there", sub_path="models")
    kubernetes.mount_pvc(used, claim, "/given")
    kubernetes.DeletePVC(pvc_name=made.output).after(used)


@dsl.pipeline(name="nodes")
def nodes(labels: dict, taints: list, taint: dict, affinity: dict):
    a = say(words="a")
    kubernetes.set_timeout(a, 90)
    kubernetes.add_node_selector(a, "zone", "a")
    kubernetes.add_node_selector(a, "disk", "ssd")
    kubernetes.add_toleration(a, "team", "Equal", "ml", "NoExecute", 30)
    kubernetes.add_toleration(a, operator="Exists")
    kubernetes.add_node_affinity(a, match_expressions=[{"key": "zone", "operator": "In", "values": ["a", "b"]}])
    kubernetes.add_node_affinity(
        a,
        match_fields=[{"key": "metadata.name", "operator": "NotIn", "values": ["bad"]}],
        weight=50,
    )
    kubernetes.add_pod_label(a, "team", "ml")
    kubernetes.add_pod_label(a, "stage", "train")
    kubernetes.add_pod_annotation(a, "note", "long")
    kubernetes.set_image_pull_policy(a, "IfNotPresent")
    kubernetes.set_security_context(a, run_as_user=1000, run_as_group=0, run_as_non_root=True)
    b = say(words="b")
    kubernetes.add_node_selector_json(b, labels)
    kubernetes.add_toleration_json(b, taints)
    kubernetes.add_toleration_json(b, taint)
    kubernetes.add_node_affinity_json(b, affinity)
    c = say(words="c").set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1)
    kubernetes.add_node_selector(c, "example.com/pool", "gpu")
    kubernetes.add_toleration(c, "nvidia.com/gpu", "Exists", effect="NoSchedule")


@dsl.pipeline(name="scratch")
def scratch():
    a = say(words="a")
    kubernetes.empty_dir_mount(a, "shared", "/dev/shm", "Memory", "1Gi")
    kubernetes.empty_dir_mount(a, "tmp", "/scratch")
    kubernetes.add_ephemeral_volume(
        a,
        "large",
        "/large",
        ["ReadWriteOnce"],
        "100Gi",
        labels={"a": "b"},
        annotations={"c": "d"},
    )
    kubernetes.add_ephemeral_volume(a, "fast", "/fast", ["ReadWriteMany"], "10Gi", storage_class_name="fast")


@dsl.pipeline(name="inner")
def inner(secret: str):
    kubernetes.use_secret_as_env(say(words="a"), secret, {"a": "A"})


@dsl.pipeline(name="in-nested")
def in_nested():
    inner(secret="one")
    inner(secret="two")
    kubernetes.add_pod_label(say(words="b"), "a", "b")
    with dsl.ParallelFor(names().output) as secret:
        kubernetes.use_secret_as_env(say(words="c"), secret, {"a": "A"})


PIPELINES: Dict[str, object] = {
    each.name: each for each in (resources, images, secrets, claims, nodes, scratch, in_nested)
}
