import django.db.models.deletion
import wagtail.fields
from django.conf import settings
from django.db import migrations, models


def the_page() -> models.OneToOneField:
    return models.OneToOneField(
        settings.WAGTAIL_PAGE_MODEL,
        django.db.models.deletion.CASCADE,
        auto_created=True,
        parent_link=True,
        primary_key=True,
        serialize=False,
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = [("wagtailcore", "0098_apitoken")]
    operations = [
        migrations.CreateModel(
            name="SectionPage",
            fields=[("page_ptr", the_page())],
            options={"abstract": False},
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="ArticlePage",
            fields=[
                ("page_ptr", the_page()),
                ("body", wagtail.fields.RichTextField()),
                ("published_at", models.DateTimeField(db_index=True)),
                ("views", models.PositiveBigIntegerField(default=0)),
            ],
            options={"abstract": False},
            bases=("wagtailcore.page",),
        ),
    ]
