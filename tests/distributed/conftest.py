from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from toolace_mt.config import RunConfig, validate_config


@pytest.fixture(scope="session")
def ray_session() -> Iterator[None]:
    import fake_stages
    import ray

    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        object_store_memory=200 << 20,
    )
    ray.cloudpickle.register_pickle_by_value(fake_stages)
    yield
    ray.shutdown()


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
