"""The files in cluster/ against what they speak of: our settings, Ray's CLI and schema, KubeRay."""

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
import ray
import yaml
from ray.autoscaler._private.util import prepare_config, validate_config
from ray.scripts.scripts import cli as ray_cli

import toolace_mt
from toolace_mt.config import RunConfig, VllmConfig, load_config

ROOT = Path(__file__).parent.parent
CLUSTER = ROOT / "cluster"
README = (CLUSTER / "README.md").read_text()
MANIFESTS = ("rayjob.yaml", "raycluster.yaml")


def manifest(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CLUSTER / name).read_text())
    return loaded


def cluster_spec(name: str) -> dict[str, Any]:
    spec = manifest(name)["spec"]
    found: dict[str, Any] = spec.get("rayClusterSpec", spec)
    return found


def pods(name: str) -> list[dict[str, Any]]:
    spec = cluster_spec(name)
    groups = [spec["headGroupSpec"], *spec["workerGroupSpecs"]]
    return [group["template"]["spec"] for group in groups]


def gpus(name: str) -> int:
    return sum(
        group["replicas"] * int(container["resources"]["limits"]["nvidia.com/gpu"])
        for group in cluster_spec(name)["workerGroupSpecs"]
        for container in group["template"]["spec"]["containers"]
    )


# -- our own command ---------------------------------------------------------------------------


def commands() -> list[str]:
    """All places that run or submit `toolace-mt run`, one line each."""
    texts = [
        README,
        (CLUSTER / "slurm.sh").read_text(),
        manifest("rayjob.yaml")["spec"]["entrypoint"],
    ]
    joined = "\n".join(texts).replace("\\\n", " ")
    found = re.findall(
        r"(?:toolace-mt run|cluster/slurm\.sh) +([\w/.]+\.yaml(?: +[\w.]+=\S+)*)", joined
    )
    return sorted(set(found))


def loaded(command: str) -> RunConfig:
    path, *overrides = command.split()
    return load_config(ROOT / "configs" / Path(path).name, overrides)


def test_commands_are_found() -> None:
    assert len(commands()) == 4  # Kubernetes twice, Slurm, virtual machines


@pytest.mark.parametrize("command", commands())
def test_every_command_loads_with_its_overrides(command: str) -> None:
    config = loaded(command)
    assert Path(config.run_dir).is_absolute()
    assert isinstance(config.engine, VllmConfig)


def asked_for(command: str) -> int:
    """How many GPUs the cluster has to which this page sends the command."""
    if "/home/ray" in command:
        return sum(
            n["resources"].get("GPU", 0)
            for n in manifest("ray-up.yaml")["available_node_types"].values()
        )
    if "/shared" in command:
        return 2 * 8  # sbatch --nodes=2, --gpus-per-node=8
    return gpus("rayjob.yaml" if "tensor_parallel" in command else "raycluster.yaml")


@pytest.mark.parametrize("command", commands())
def test_engines_use_the_gpus_that_are_asked_for(command: str) -> None:
    engine = loaded(command).engine
    assert isinstance(engine, VllmConfig)
    assert engine.replicas * engine.tensor_parallel == asked_for(command)


def sizes() -> list[tuple[str, str, str]]:
    return re.findall(
        r"^\| [^|]+ \| `(engine\.replicas[^`]+)` \| ([\d,]+) \| ([^|]+) \|$", README, re.M
    )


def test_the_table_of_sizes_follows_from_the_settings() -> None:
    from toolace_mt.distributed.driver import OPEN_PER_SLOT
    from toolace_mt.distributed.shard_task import SHARD_CPUS

    assert len(sizes()) == 3
    for settings, slots, wanted in sizes():
        config = load_config(ROOT / "configs/paper.yaml", [*settings.split(), "run_dir=x"])
        engine = config.engine
        assert isinstance(engine, VllmConfig)
        assert engine.replicas * engine.tensor_parallel == 8
        total = engine.replicas * (engine.max_num_seqs or 0)
        shards = 1 + math.ceil(OPEN_PER_SLOT * total / config.shard_size)
        numbers = [int(n.replace(",", "")) for n in re.findall(r"[\d,]*\d", f"{slots} {wanted}")]
        cores = math.ceil(shards * SHARD_CPUS)
        assert numbers == [total, OPEN_PER_SLOT * total, shards, cores]


# -- Ray ---------------------------------------------------------------------------------------


def ray_options(*names: str) -> set[str]:
    command: click.Command = ray_cli
    for name in names:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None, f"ray {' '.join(names)}: no such command"
        command = found
    return {option for p in command.params for option in (*p.opts, *p.secondary_opts)}


def ray_lines() -> list[str]:
    up = manifest("ray-up.yaml")
    started = [*up["head_start_ray_commands"], *up["worker_start_ray_commands"]]
    slurm = (CLUSTER / "slurm.sh").read_text().replace('"', "").replace("${on_node[@]}", "")
    code = [line.strip() for line in (*README.splitlines(), *slurm.splitlines(), *started)]
    return [line for line in code if re.match(r"ray (?!\$)[a-z]+", line)]


@pytest.mark.parametrize("line", ray_lines())
def test_every_ray_command_and_flag_exists(line: str) -> None:
    words = line.split(" -- ")[0].split()[1:]
    names = words[: 2 if words[0] in ("job", "metrics") else 1]
    flags = {word.split("=")[0] for word in words if word.startswith("--")}
    assert flags <= ray_options(*names)


def test_slurm_passes_flags_that_ray_start_knows() -> None:
    on_node = re.search(r"on_node=\((.*)\)", (CLUSTER / "slurm.sh").read_text())
    assert on_node is not None
    flags = set(re.findall(r"--[a-z-]+", on_node[1]))
    assert "--block" in flags
    assert flags <= ray_options("start")


def test_ray_up_is_valid_for_the_installed_ray() -> None:
    config = manifest("ray-up.yaml")
    schema = json.loads((Path(ray.__file__).parent / "autoscaler/ray-schema.json").read_text())
    jsonschema.validate(config, schema)
    validate_config(prepare_config(config))
    assert all((ROOT / path).is_dir() for path in config["file_mounts"].values())
    assert "/shared" in " ".join(config["docker"]["run_options"])


# -- Kubernetes --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifests_fit_together(name: str) -> None:
    claim = manifest("storage.yaml")["metadata"]["name"]
    assert manifest(name)["apiVersion"] == "ray.io/v1"
    assert (
        manifest(name)["kind"] == {"rayjob.yaml": "RayJob", "raycluster.yaml": "RayCluster"}[name]
    )
    for pod in pods(name):
        (container,) = pod["containers"]
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
        assert volumes["shared"]["persistentVolumeClaim"]["claimName"] == claim
        assert f"create configmap {volumes['configs']['configMap']['name']} " in README
        assert {"/configs", "/runs", "/models"} <= {
            m["mountPath"] for m in container["volumeMounts"]
        }
        resources = container["resources"]
        assert resources["requests"] == resources["limits"]
        for variable in container["env"]:
            secret = variable["name"].endswith(("TOKEN", "KEY"))
            assert set(variable) == {"name", "valueFrom" if secret else "value"}
            if secret:
                reference = variable["valueFrom"]["secretKeyRef"]
                made = f"generic {reference['name']} --from-literal={reference['key']}="
                assert made in README
    assert manifest("storage.yaml")["spec"]["accessModes"] == ["ReadWriteMany"]


@pytest.mark.parametrize("name", MANIFESTS)
def test_ray_and_the_image_are_of_one_version(name: str) -> None:
    spec = cluster_spec(name)
    assert spec["rayVersion"] == ray.__version__
    base = (CLUSTER / "Dockerfile").read_text()
    assert f"FROM rayproject/ray:{spec['rayVersion']}-" in base
    images = {pod["containers"][0]["image"] for pod in pods(name)}
    images.add(manifest("ray-up.yaml")["docker"]["image"])
    assert images == {f"REGISTRY/toolace-mt:{toolace_mt.__version__}"}
    for group in (spec["headGroupSpec"], *spec["workerGroupSpecs"]):
        assert {f"--{key}" for key in group["rayStartParams"]} <= ray_options("start")
    for group in spec["workerGroupSpecs"]:
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]


def test_the_job_is_retried_and_cleans_up() -> None:
    spec = manifest("rayjob.yaml")["spec"]
    assert spec["backoffLimit"] > 0
    assert spec["shutdownAfterJobFinishes"] is True
    assert spec["ttlSecondsAfterFinished"] > 0


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifests_pass_the_published_schemas(name: str) -> None:
    folder = os.environ.get("KUBERAY_CRDS")
    if not folder:
        pytest.skip("KUBERAY_CRDS is not set: a folder with KubeRay's ray.io_*.yaml")
    crd = yaml.safe_load(
        (Path(folder) / f"ray.io_{manifest(name)['kind'].lower()}s.yaml").read_text()
    )
    (version,) = (v for v in crd["spec"]["versions"] if v["name"] == "v1")
    schema = closed(version["schema"]["openAPIV3Schema"])
    schema["properties"]["metadata"] = {}
    jsonschema.Draft202012Validator(schema).validate(manifest(name))


def closed(schema: Any) -> Any:
    """Refuse unknown fields, as `kubectl apply` does, and read `int-or-string` as both."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if "properties" in made and not made.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    if made.pop("x-kubernetes-int-or-string", False):
        made.pop("type", None)
    return made


# -- Slurm -------------------------------------------------------------------------------------


def test_shell_files_pass_shellcheck() -> None:
    shellcheck = shutil.which("shellcheck") or shutil.which(
        "shellcheck", path=Path(sys.executable).parent
    )
    if shellcheck is None:
        pytest.skip("shellcheck is not installed")
    files = sorted(
        path for folder in ("cluster", "scripts") for path in (ROOT / folder).glob("*.sh")
    )
    assert CLUSTER / "slurm.sh" in files
    done = subprocess.run([shellcheck, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


STAND_INS = {
    "srun": 'echo "srun $*" >> "$LOG"; trap "echo step ended >> $LOG; exit" TERM; sleep 30 & wait',
    "scontrol": 'echo "scontrol $*" >> "$LOG"',
    "python": 'case "$2" in *node_ip*) echo 10.0.0.1 ;; *nodes*) echo 2 ;; *) echo secret ;; esac',
    "toolace-mt": 'echo "toolace-mt $*" >> "$LOG";'
    ' trap "sleep 0.3; echo stopped >> $LOG; exit 1" TERM;'
    ' for _ in $(seq "$TICKS"); do sleep 0.1; done',
}


@pytest.fixture
def slurm(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "venv/bin"
    folder.mkdir(parents=True)
    for name, body in STAND_INS.items():
        (folder / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
        (folder / name).chmod(0o755)
    (folder / "activate").write_text(f'PATH="{folder}:$PATH"\n')
    return {
        "PATH": os.environ["PATH"],
        "LOG": str(tmp_path / "log"),
        "TICKS": "100",
        "TOOLACE_MT_VENV": str(tmp_path / "venv"),
        "SLURM_JOB_ID": "77",
        "SLURM_JOB_NUM_NODES": "2",
        "SLURM_CPUS_ON_NODE": "8",
        "SLURM_GPUS_ON_NODE": "8",
        "SLURM_SUBMIT_DIR": str(tmp_path),
    }


def submit(env: dict[str, str], send: signal.Signals | None) -> tuple[int, str]:
    """Run the script as Slurm would, send it a signal once the driver runs; return code and log."""
    command = ["bash", str(CLUSTER / "slurm.sh"), "configs/paper.yaml", "run_dir=/shared/x"]
    job = subprocess.Popen(command, env=env)
    log = Path(env["LOG"])
    end = time.monotonic() + 20
    while not (log.exists() and "toolace-mt run" in log.read_text()):
        assert time.monotonic() < end
        time.sleep(0.02)
    time.sleep(0.2)
    if send is not None:
        job.send_signal(send)
    code = job.wait(timeout=20)
    time.sleep(0.2)
    return code, log.read_text()


def test_slurm_starts_ray_everywhere_and_the_driver_once(slurm: dict[str, str]) -> None:
    code, log = submit({**slurm, "TICKS": "1"}, None)
    assert code == 0
    starts = [line for line in log.splitlines() if "ray start" in line]
    assert len(starts) == 2
    both = "\n".join(starts)
    assert "ray start --head --node-ip-address=10.0.0.1 --port=6379" in both
    assert "ray start --address=10.0.0.1:6379" in both
    assert both.count("--num-gpus=8") == 2
    assert "secret" not in log
    assert log.count("toolace-mt run configs/paper.yaml run_dir=/shared/x") == 1
    assert log.count("step ended") == 2
    assert "requeue" not in log


def test_slurm_requeues_when_the_time_is_nearly_up(slurm: dict[str, str]) -> None:
    code, log = submit(slurm, signal.SIGUSR1)
    assert code == 1
    assert log.index("stopped") < log.index("scontrol requeue 77")
    assert log.count("stopped") == 1


def test_slurm_stops_the_driver_without_requeueing_when_cancelled(slurm: dict[str, str]) -> None:
    code, log = submit(slurm, signal.SIGTERM)
    assert code == 1
    assert "stopped" in log
    assert "requeue" not in log


def test_slurm_explains_itself() -> None:
    done = subprocess.run(
        ["bash", CLUSTER / "slurm.sh"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "run_dir=" in done.stderr
    header = (CLUSTER / "slurm.sh").read_text()
    assert "#SBATCH --requeue" in header
    assert "#SBATCH --signal=B:USR1@120" in header


# -- the dashboard -----------------------------------------------------------------------------


def exported(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names under which Ray serves our metrics: counters get a `_total`, gauges nothing."""
    from ray.util import metrics

    from toolace_mt.distributed.fleet.metrics import EngineMetrics, RunMetrics

    names: set[str] = set()
    for kind, suffix in (("Counter", "_total"), ("Gauge", "")):
        monkeypatch.setattr(metrics, kind, lambda name, *_, s=suffix: names.add(f"ray_{name}{s}"))
    EngineMetrics(0, "m")
    RunMetrics()
    return names


def test_the_dashboard_shows_the_metrics_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    dashboard = json.loads((CLUSTER / "grafana.json").read_text())
    shown = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\bray_\w+", target["expr"])
    }
    assert shown == exported(monkeypatch)
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert (
        set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard)))
        - {"__range", "__rate_interval", "__all"}
        <= variables
    )


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads((CLUSTER / "grafana.json").read_text())["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        taken |= cells


def test_the_readme_names_every_file() -> None:
    for path in CLUSTER.iterdir():
        assert path.name == "README.md" or f"{path.name}" in README
