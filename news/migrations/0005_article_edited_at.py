from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('news', '0004_term_descriptions'),
    ]

    operations = [
        migrations.AddField(
            model_name='article',
            name='edited_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='edited at'),
        ),
    ]
