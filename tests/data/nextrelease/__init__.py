"""All migrations of the newsroom and, after them, made-up ones of a release to come."""

import pkgutil

from news import migrations

NEWEST = max(
    found.name for found in pkgutil.iter_modules(migrations.__path__) if found.name[0].isdecimal()
)
__path__ = [*__path__, *migrations.__path__]
