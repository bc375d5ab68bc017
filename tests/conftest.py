"""Fixtures for tests that need the real engine: the embedded model, and one engine for them all."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from toolace_mt.config import VllmConfig
from toolace_mt.engine.embedded import prepare_embedded_model
from toolace_mt.engine.vllm import VllmEngine

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
