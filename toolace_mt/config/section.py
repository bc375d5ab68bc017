"""The base of all sections of settings."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """Base of all sections: frozen, unknown keys rejected."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


Range = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]
Weight = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Share = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[int, Field(ge=1)]


def ordered(name: str, bounds: Range) -> None:
    """Raise ValueError unless the lower bound of `bounds` is at most the upper one."""
    if bounds[0] > bounds[1]:
        raise ValueError(f"{name}: the first of [low, high] must not be above the second")
