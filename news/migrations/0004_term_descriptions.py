from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('news', '0003_desk'),
    ]

    operations = [
        migrations.AddField(
            model_name='category',
            name='description',
            field=models.TextField(blank=True, db_default='', default='', help_text='One or two sentences, shown below the title of its page. Search engines show them too.', max_length=400, verbose_name='description'),
        ),
        migrations.AddField(
            model_name='tag',
            name='description',
            field=models.TextField(blank=True, db_default='', default='', help_text='One or two sentences, shown below the title of its page. Search engines show them too.', max_length=400, verbose_name='description'),
        ),
    ]
