from django.db import migrations, models

from ._concurrently import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False  # Old addresses come in by the ten thousand.

    dependencies = [
        ('news', '0005_article_edited_at'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='oldaddress',
            index=models.Index(fields=['target'], name='old_address_target'),
        ),
    ]
