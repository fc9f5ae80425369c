"""Settings of a site that speaks a third language, with its translation in a folder of its own."""

import os

from haisum.settings import *  # noqa: F403
from haisum.settings import LOCALE_PATHS

LOCALE_PATHS = [*LOCALE_PATHS, os.environ["CATALOGUES"]]
