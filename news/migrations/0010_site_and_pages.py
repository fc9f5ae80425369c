import django.core.validators
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('news', '0009_editor_help_text'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('icp_number', models.CharField(blank=True, help_text='What the site is filed under in mainland China. It stands at the foot of every page and leads to beian.miit.gov.cn.', max_length=40, validators=[django.core.validators.RegexValidator('^[\\u4e00-\\u9fff]ICP备[0-9]{6,12}号(-[0-9]{1,3})?$', 'Write it as it was issued, like 沪ICP备12345678号 or 沪ICP备12345678号-1.')], verbose_name='ICP number')),
                ('police_number', models.CharField(blank=True, help_text='Stands beside the ICP number and leads to beian.mps.gov.cn.', max_length=40, validators=[django.core.validators.RegexValidator('^[\\u4e00-\\u9fff]公网安备 ?[0-9]{14}号$', 'Write it as it was issued, like 沪公网安备31010102001234号.')], verbose_name='public security number')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('logo', models.ForeignKey(blank=True, help_text='From the library; stands in the header of every page, 44 pixels high. If empty, the drawn wordmark does.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='logo_of', to='news.image', verbose_name='logo')),
            ],
            options={
                'verbose_name': 'site',
                'verbose_name_plural': 'Site',
                'default_permissions': ('view', 'change'),
            },
        ),
        migrations.CreateModel(
            name='SiteText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(max_length=10, verbose_name='language')),
                ('name', models.CharField(blank=True, help_text='In browser tabs, search results, feeds, e-mails and admin.', max_length=80, verbose_name='name of the site')),
                ('company', models.CharField(blank=True, help_text='Whose news these are, in short: in the copyright line and in descriptions.', max_length=80, verbose_name='company')),
                ('tagline', models.CharField(blank=True, help_text='The heading of the home page.', max_length=120, verbose_name='tagline')),
                ('description', models.CharField(blank=True, help_text='One or two sentences for search results and shared links.', max_length=300, verbose_name='description')),
                ('footer', models.TextField(blank=True, help_text='Who we are, at the foot of every page. If empty, the description stands in.', max_length=600, verbose_name='text at the foot')),
                ('address', models.TextField(blank=True, max_length=300, verbose_name='postal address')),
                ('phone', models.CharField(blank=True, max_length=60, verbose_name='telephone')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='news.site')),
            ],
            options={
                'verbose_name': 'texts in one language',
                'verbose_name_plural': 'texts',
                'ordering': ['language'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SocialLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=60, verbose_name='label')),
                ('url', models.URLField(blank=True, help_text='Empty for what is only scanned or looked for, as with WeChat.', max_length=300, validators=[django.core.validators.URLValidator(['https'], code='insecure', message='The link must begin with https://.')], verbose_name='link')),
                ('language', models.CharField(blank=True, help_text='If empty, it stands on the pages of every language.', max_length=10, verbose_name='language')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('code', models.ForeignKey(blank=True, help_text='A square picture from the library, to be scanned.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='code_of', to='news.image', verbose_name='QR code')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='news.site')),
            ],
            options={
                'verbose_name': 'link to a social network',
                'verbose_name_plural': 'social networks',
                'ordering': ['position', 'id'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Page',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(max_length=10, verbose_name='language')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('slug', models.SlugField(blank=True, help_text="The last part of the page's address. Leave it empty to have it made from the title. Old links keep working when you change it.", max_length=80, verbose_name='address')),
                ('description', models.CharField(blank=True, help_text='One or two sentences for search results and shared links. If empty, the beginning of the text stands in.', max_length=300, verbose_name='description')),
                ('body', models.TextField(blank=True, verbose_name='text')),
                ('body_text', models.TextField(blank=True, editable=False, verbose_name='text')),
                ('is_published', models.BooleanField(default=False, help_text='Readers see it, at its address.', verbose_name='published')),
                ('in_footer', models.BooleanField(default=True, help_text='Once it is published.', verbose_name='at the foot of every page')),
                ('position', models.PositiveSmallIntegerField(default=0, help_text='Lower numbers come first at the foot.', verbose_name='position')),
                ('translation_key', models.UUIDField(default=uuid.uuid4, editable=False, verbose_name='translation key')),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('modified_at', models.DateTimeField(auto_now=True, verbose_name='modified at')),
                ('modified_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='modified by')),
            ],
            options={
                'verbose_name': 'page',
                'verbose_name_plural': 'pages',
                'ordering': ['language', 'position', 'title'],
                'constraints': [models.UniqueConstraint(models.F('language'), models.F('slug'), name='page_slug_once_per_language', violation_error_message='Another page has this address already.'), models.UniqueConstraint(models.F('translation_key'), models.F('language'), name='page_once_per_language'), models.CheckConstraint(condition=models.Q(models.Q(('title', ''), _negated=True), models.Q(('slug', ''), _negated=True), models.Q(('language', ''), _negated=True)), name='page_is_named'), models.CheckConstraint(condition=models.Q(models.Q(('is_published', True), _negated=True), models.Q(('body', ''), _negated=True), _connector='OR'), name='page_published_has_text', violation_error_message='A page without a text cannot be published.')],
            },
        ),
        migrations.AddConstraint(
            model_name='site',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='site_is_one_row'),
        ),
        migrations.AddConstraint(
            model_name='sitetext',
            constraint=models.UniqueConstraint(models.F('site'), models.F('language'), name='site_text_once_per_language'),
        ),
        migrations.AddConstraint(
            model_name='sitetext',
            constraint=models.CheckConstraint(condition=models.Q(('language', ''), _negated=True), name='site_text_has_language'),
        ),
        migrations.AddConstraint(
            model_name='sociallink',
            constraint=models.CheckConstraint(condition=models.Q(('label', ''), _negated=True), name='social_link_is_named'),
        ),
        migrations.AddConstraint(
            model_name='sociallink',
            constraint=models.CheckConstraint(condition=models.Q(('url', ''), ('url__startswith', 'https://'), _connector='OR'), name='social_link_is_https'),
        ),
    ]
