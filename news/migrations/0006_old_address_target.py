from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('news', '0005_article_edited_at'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='oldaddress',
            index=models.Index(fields=['target'], name='old_address_target'),
        ),
    ]
