from django.db import migrations, models

from . import NEWEST


class Migration(migrations.Migration):
    dependencies = [("news", NEWEST)]
    operations = [
        migrations.AddField(
            "article", "standfirst", models.TextField(blank=True, db_default="", default="")
        ),
    ]
