"""Settings: small sections, each documented where it is defined, and one function to load them.

OmegaConf reads and merges YAML and `key=value` overrides; pydantic validates. An error is a
`ConfigError` of one line that names the key, raised before any heavy import.
"""

from toolace_mt.config.batch import BatchConfig
from toolace_mt.config.engine import EngineSection
from toolace_mt.config.engines import (
    EngineConfig,
    OpenAIConfig,
    ScriptedConfig,
    ScriptedFailures,
    VllmConfig,
)
from toolace_mt.config.initialization import ArgumentMix, InitializationConfig, Writing
from toolace_mt.config.load import load_config, validate_config
from toolace_mt.config.refinement import RefinementConfig
from toolace_mt.config.run import RunConfig
from toolace_mt.config.sampling import Sampling
from toolace_mt.config.stages import Expert, SimulationConfig, VerificationConfig
from toolace_mt.config.tools import LiveConfig, ToolsConfig

__all__ = [
    "ArgumentMix",
    "BatchConfig",
    "EngineConfig",
    "EngineSection",
    "Expert",
    "InitializationConfig",
    "LiveConfig",
    "OpenAIConfig",
    "RefinementConfig",
    "RunConfig",
    "Sampling",
    "ScriptedConfig",
    "ScriptedFailures",
    "SimulationConfig",
    "ToolsConfig",
    "VerificationConfig",
    "VllmConfig",
    "Writing",
    "load_config",
    "validate_config",
]
