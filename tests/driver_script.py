"""A driver in a process of its own, with the fake stages: `driver_script.py RUN_DIR key=value`."""

import json
import sys

import fake_stages
import ray
from rich.console import Console

from toolace_mt.distributed import driver
from toolace_mt.errors import ToolaceError

ray.cloudpickle.register_pickle_by_value(fake_stages)


def main() -> int:
    from toolace_mt.config import validate_config

    driver.write_dataset = lambda *_: None  # type: ignore[assignment, return-value]
    config = validate_config(json.loads(sys.argv[1]), "test")
    try:
        status = driver.run(config, fake_stages.FAKE_STAGES, console=Console(stderr=True))
    except ToolaceError as error:
        print(f"error: {error.message}", flush=True)
        return error.exit_code
    print(json.dumps({"planned": status.planned, **status.outcomes}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
