"""The formats of a dataset, one in each module.

To add a format, write a module here with a `FORMAT`, and add it to `FORMATS`.
"""

from toolace_mt.dataset.formats import (
    atif,
    axolotl,
    messages_json,
    nemo_gym,
    openai,
    plain,
    preferences,
    prompt_completion,
    sharegpt,
    tasks,
    traces,
    verifiers,
)
from toolace_mt.dataset.formats.base import Format
from toolace_mt.errors import ConfigError

FORMATS: dict[str, Format] = {
    "openai": openai.FORMAT,
    "plain": plain.FORMAT,
    "prompt_completion": prompt_completion.FORMAT,
    "sharegpt": sharegpt.FORMAT,
    "messages_json": messages_json.FORMAT,
    "axolotl": axolotl.FORMAT,
    "atif": atif.FORMAT,
    "traces": traces.FORMAT,
    "preferences": preferences.FORMAT,
    "tasks": tasks.FORMAT,
    "nemo_gym": nemo_gym.FORMAT,
    "verifiers": verifiers.FORMAT,
}
"""All formats by name, which is also the folder's name; the first is the default."""


def check_formats(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names without repetition, in the order of `FORMATS`.

    Raises ConfigError for an unknown name, and if there is no name.
    """
    for name in names:
        if name == "strings":
            raise ConfigError(
                "format 'strings' is gone: 'plain' has its columns, and all others, as plain text"
            )
        if name not in FORMATS:
            raise ConfigError(f"unknown format {name!r}; expected some of {', '.join(FORMATS)}")
    if not names:
        raise ConfigError(f"no format; name at least one of {', '.join(FORMATS)}")
    return tuple(name for name in FORMATS if name in names)
