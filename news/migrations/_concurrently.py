"""Indexes on tables that are in use: in migrations with `atomic = False`, one operation in each."""

from django.contrib.postgres import operations
from django.db import migrations


class AddIndexConcurrently(operations.AddIndexConcurrently):
    """As its parent on PostgreSQL; SQLite has nothing of the kind."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        kind = _kind(schema_editor)
        kind.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        kind = _kind(schema_editor)
        kind.database_backwards(self, app_label, schema_editor, from_state, to_state)


def _kind(schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    return operations.AddIndexConcurrently if on_postgresql else migrations.AddIndex
