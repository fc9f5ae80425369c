"""Settings of a release to come, whose made-up migrations lie in tests/data/nextrelease/."""

from haisum.settings import *  # noqa: F403

MIGRATION_MODULES = {"news": "tests.data.nextrelease"}
