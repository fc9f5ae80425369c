import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('news', '0006_old_address_target'),
    ]

    operations = [
        migrations.AddField(
            model_name='category',
            name='translation_key',
            field=models.UUIDField(editable=False, null=True, verbose_name='translation key'),
        ),
        migrations.AddField(
            model_name='tag',
            name='translation_key',
            field=models.UUIDField(editable=False, null=True, verbose_name='translation key'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.UniqueConstraint(models.F('translation_key'), models.F('language'), name='category_once_per_language'),
        ),
        migrations.AddConstraint(
            model_name='tag',
            constraint=models.UniqueConstraint(models.F('translation_key'), models.F('language'), name='tag_once_per_language'),
        ),
        migrations.AddIndex(
            model_name='category',
            index=models.Index(models.F('language'), django.db.models.functions.text.Lower('name'), name='category_by_name'),
        ),
        migrations.AddIndex(
            model_name='tag',
            index=models.Index(models.F('language'), django.db.models.functions.text.Lower('name'), name='tag_by_name'),
        ),
    ]
