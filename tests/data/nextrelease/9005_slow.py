from django.db import migrations


def sleep(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SELECT pg_sleep(60)")


class Migration(migrations.Migration):
    dependencies = [("news", "9004_rename")]
    operations = [migrations.RunPython(sleep, migrations.RunPython.noop)]
