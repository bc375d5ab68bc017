from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from toolace_mt.config import RunConfig, validate_config


@pytest.fixture(scope="session")
def ray_session() -> Iterator[None]:
    import fake_stages
    import ray

    from toolace_mt.distributed.cluster import cluster

    ray.cloudpickle.register_pickle_by_value(fake_stages)
    with cluster():
        yield


@pytest.fixture
def make_config(tmp_path: Path) -> Callable[..., RunConfig]:
    def make(name: str = "run", engine: object = None, **settings: object) -> RunConfig:
        scripted = {"kind": "scripted", "max_num_seqs": 32, **(engine or {})}  # type: ignore[dict-item]
        plain = {"run_dir": str(tmp_path / name), "engine": scripted, "shard_size": 16, **settings}
        return validate_config(plain, "test")

    return make


@pytest.fixture
def console() -> Console:
    """A console that keeps what was printed (`console.export_text()`)."""
    return Console(record=True, quiet=False, width=200, file=(Path("/dev/null")).open("w"))
