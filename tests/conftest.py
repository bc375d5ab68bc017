"""Fixtures: the embedded model, one real engine for all tests, Ray, configurations, consoles."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from fake_endpoint import KEY, Endpoint
from rich.console import Console

from toolace_mt.config import RunConfig, VllmConfig, validate_config
from toolace_mt.engine.embedded import prepare_embedded_model
from toolace_mt.engine.vllm.engine import VllmEngine

_DEFAULT = Path(__file__).parent.parent / "models" / "smollm2-135m-instruct"


@pytest.fixture(scope="session")
def embedded_model() -> Path:
    """The embedded model's directory, prepared if need be; TOOLACE_MT_MODEL names another place."""
    return prepare_embedded_model(os.environ.get("TOOLACE_MT_MODEL", _DEFAULT))


@pytest.fixture(scope="session")
def vllm_config(embedded_model: Path) -> VllmConfig:
    """Settings under which the embedded model starts fast."""
    return VllmConfig(
        kind="vllm",
        model=str(embedded_model),
        enforce_eager=True,
        max_model_len=2048,
        max_num_seqs=8,
        cpu_kvcache_gib=1,
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def vllm_engine(vllm_config: VllmConfig) -> AsyncIterator[VllmEngine]:
    """A running engine; its tests need `@pytest.mark.asyncio(loop_scope="session")`."""
    engine = VllmEngine.start(vllm_config)
    yield engine
    await engine.close()


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


@pytest.fixture
async def endpoint(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Endpoint]:
    """Makes servers on loopback, and engines in front of them."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Endpoint()
    yield made
    for engine in made.engines:
        await engine.close()
    for close in made.open:
        close()
