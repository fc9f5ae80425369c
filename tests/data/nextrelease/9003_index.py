from django.db import migrations, models

from ._concurrently import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("news", "9002_backfill")]
    operations = [
        AddIndexConcurrently("article", models.Index(fields=["modified_at"], name="article_later")),
    ]
