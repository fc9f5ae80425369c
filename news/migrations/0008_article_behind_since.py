from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('news', '0007_term_pairs'),
    ]

    operations = [
        migrations.AddField(
            model_name='article',
            name='behind_since',
            field=models.DateTimeField(editable=False, null=True, verbose_name='behind since'),
        ),
    ]
