from toolace_mt.config import ScriptedConfig, load_config
from toolace_mt.engine.scripted import ScriptedEngine
from toolace_mt.methods import METHODS, RunContext
from toolace_mt.tools.pool import ToolPool
from toolace_mt.trajectory import Tool, Trajectory, UsageExample

TOOLS = tuple(
    Tool(
        name,
        f"{description}.",
        {"type": "object", "properties": {part: {"type": "string"}}, "required": [part]},
        usage=usage,
    )
    for name, description, part, usage in (
        ("find_trails", "Finds hiking trails near a town", "town", ()),
        ("rate_trail", "Rates a trail", "trail", (UsageExample("Rate {trail}.", "Rated."),)),
    )
)
SHOWN = "find_trails: Finds hiking trails near a town."


async def prompts(**initialization: str) -> dict[str, str]:
    """The instructions of every call about a text that needs none of the dialogue."""
    config = load_config("configs/fast.yaml", [f"initialization.{k}={v}" for k, v in
                                               initialization.items()])  # fmt: skip
    engine = ScriptedEngine(ScriptedConfig(kind="scripted"))
    asked = {}

    async def generate(request):
        if request.kind in ("texts", "fill"):
            asked[f"{request.kind} {request.slot}"] = request.user
        return await engine.generate(request)

    context = RunContext(config, ToolPool(TOOLS))
    for seed in range(4):
        trajectory = Trajectory(f"d-{seed}", seed)
        for stage in ("initialization", "refinement"):
            trajectory = await METHODS["toolace_mt"][stage](trajectory, generate, context)
    return asked


async def test_refinement_says_what_a_tool_without_usage_is_for():
    asked = {k: text for k, text in (await prompts()).items() if not text.startswith("Dialogue")}
    assert asked
    for text in asked.values():
        named = text.partition("Example:")[0]
        assert "rate_trail: " not in named
        assert ("The user wants this: " in named) == (SHOWN in named)
    assert any(SHOWN in text for text in asked.values())


async def test_texts_around_values_do_so_too():
    asked = await prompts(skeleton="in_turn")
    about = [text for key, text in asked.items() if key.startswith("texts")]
    assert all("\nThe user wants this: " in text for text in about if SHOWN in text)
    assert any(SHOWN in text for text in about)
