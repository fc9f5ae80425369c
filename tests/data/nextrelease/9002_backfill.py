from django.db import migrations
from django.db.models import F

BATCH = 200  # Rows whose editors wait, for the length of one statement.


def fill(apps, schema_editor):
    articles = apps.get_model("news", "Article").objects.using(schema_editor.connection.alias)
    missing = articles.filter(standfirst="").exclude(summary="")
    while ids := list(missing.values_list("pk", flat=True)[:BATCH]):
        missing.filter(pk__in=ids).update(standfirst=F("summary"))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("news", "9001_expand")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
