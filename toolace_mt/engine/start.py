"""The engines there are, and starting one of them."""

from toolace_mt.config import EngineConfig, OpenAIConfig, ScriptedConfig, VllmConfig
from toolace_mt.engine.base import Engine


def start_engine(config: EngineConfig, index: int) -> Engine:
    """Start the engine number `index` of a run; raises EngineError."""
    match config:
        case VllmConfig():
            from toolace_mt.engine.vllm import VllmEngine

            return VllmEngine.start(config)
        case ScriptedConfig():
            from toolace_mt.engine.scripted import ScriptedEngine

            return ScriptedEngine(config)
        case OpenAIConfig():
            from toolace_mt.engine.openai import OpenAIEngine

            return OpenAIEngine.start(config, config.urls[index])
