import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('news', '0010_site_and_pages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(editable=False, max_length=64, null=True, unique=True)),
                ('imported_digest', models.CharField(blank=True, editable=False, max_length=64)),
                ('uploaded_at', models.DateTimeField(auto_now_add=True, verbose_name='uploaded at')),
                ('title', models.CharField(help_text='As readers see it under an article; a file that they save is called so too.', max_length=200, verbose_name='title')),
                ('file', models.FileField(editable=False, unique=True, upload_to='attachments/%Y/', verbose_name='file')),
                ('kind', models.CharField(choices=[('pdf', 'PDF'), ('docx', 'Word'), ('xlsx', 'Excel'), ('pptx', 'PowerPoint'), ('mp4', 'MP4')], editable=False, max_length=4, verbose_name='kind')),
                ('size', models.PositiveBigIntegerField(editable=False, verbose_name='size')),
                ('width', models.PositiveIntegerField(editable=False, null=True, verbose_name='width')),
                ('height', models.PositiveIntegerField(editable=False, null=True, verbose_name='height')),
                ('name', models.CharField(blank=True, editable=False, max_length=200, verbose_name='name of the file')),
                ('uploaded_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='uploaded by')),
            ],
            options={
                'verbose_name': 'file',
                'verbose_name_plural': 'files',
                'ordering': ['-uploaded_at', '-id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='AttachmentUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attachment_uses', to='news.article')),
                ('attachment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='news.attachment')),
            ],
            options={
                'verbose_name': 'use of a file',
                'verbose_name_plural': 'uses of files',
            },
        ),
        migrations.AddConstraint(
            model_name='attachment',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['pdf', 'docx', 'xlsx', 'pptx', 'mp4'])), name='attachment_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='attachment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('title', ''), _negated=True), ('size__gt', 0)), name='attachment_is_something'),
        ),
        migrations.AddConstraint(
            model_name='attachment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'mp4'), _negated=True), models.Q(('height__gt', 0), ('height__isnull', False), ('width__gt', 0), ('width__isnull', False)), _connector='OR'), name='attachment_video_has_size'),
        ),
        migrations.AddConstraint(
            model_name='attachmentuse',
            constraint=models.UniqueConstraint(models.F('article'), models.F('attachment'), name='attachment_use_once'),
        ),
    ]
