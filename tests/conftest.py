"""Profiles of hypothesis: `default` for every run, `long` for nights (`--hypothesis-profile=long`, or HYPOTHESIS_PROFILE)."""

import os

from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("default", max_examples=40, deadline=None, suppress_health_check=SLOW, print_blob=True)
settings.register_profile("long", settings.get_profile("default"), max_examples=3000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
