"""How an engine samples, for each kind of call."""

from typing import Annotated

from pydantic import Field

from toolace_mt.config.section import Positive, Section


class Sampling(Section):
    """How the engine samples one kind of call."""

    temperature: Annotated[float, Field(ge=0, le=2)] = Field(
        0.8, description="of the first attempt; every further one is 0.3 warmer, up to 1"
    )
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95
    max_tokens: Positive = Field(
        1024,
        description="longest answer, in tokens (of several sub-tasks in one call: for each)",
    )
    attempts: Positive = Field(3, description="how often an unreadable answer is asked for again")
