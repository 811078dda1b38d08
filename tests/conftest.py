"""What all tests share: Hypothesis without deadlines, as the machines that run this are noisy, and without a folder of its own."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.databases import server, url  # noqa: F401  # fixtures of several modules

pytest_plugins = ["pytester"]

#: scripts, which import what the extra `bench` brings
collect_ignore = ["benchmarks"]

settings.register_profile("job_status", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("job_status")
