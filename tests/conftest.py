"""Profiles of hypothesis: `default` for every run, `long` for nights (`--hypothesis-profile=long`, or HYPOTHESIS_PROFILE).

`--update-golden` rewrites golden files to what the compiler gives now; CI refuses it.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile(
    "default", max_examples=20, deadline=None, suppress_health_check=SLOW, print_blob=True, derandomize="CI" in os.environ
)
settings.register_profile("long", settings.get_profile("default"), max_examples=3000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files to what the compiler gives now")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update-golden") and "CI" in os.environ:
        raise pytest.UsageError("golden files are rewritten by people, who look at what changed")
