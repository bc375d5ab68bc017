"""Every benchmark starts: what it imports is there. What they measure is not measured here."""

import importlib
import pkgutil

import pytest

import benchmarks

MODULES = [each.name for each in pkgutil.walk_packages(benchmarks.__path__, "benchmarks.")]


@pytest.mark.parametrize("name", MODULES)
def test_it_can_be_imported(name: str) -> None:
    importlib.import_module(name)


def test_none_is_overlooked() -> None:
    assert {"benchmarks.kills.driver", "benchmarks.throughput.prefix_cache"} <= set(MODULES)
