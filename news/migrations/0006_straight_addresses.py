"""Old addresses that led to others lead straight to the end, as saving one sees to from now on."""

import re

from django.db import migrations, models

ARTICLE_PAGE = re.compile(r"/[a-z-]+/news/([0-9]{1,18})/(?:[^/?#]+/)?")


def straighten(apps, schema_editor):
    """What goes round in a circle, or names an article that is not there, stays as it is."""
    OldAddress, Article = (apps.get_model("news", name) for name in ("OldAddress", "Article"))
    rows = {row.path: row for row in OldAddress.objects.using(schema_editor.connection.alias)}
    articles = Article.objects.using(schema_editor.connection.alias)
    changed = []
    for row in rows.values():
        if not row.target.startswith("/"):
            continue
        end, passed = row, {row.path}
        while end.target in rows and end.target not in passed:
            end = rows[end.target]
            passed.add(end.path)
        if end.target in passed:
            continue
        before = row.article_id, row.target
        row.article_id, row.target = end.article_id, end.target
        page = ARTICLE_PAGE.fullmatch(row.target)
        if page and articles.filter(pk=page[1]).exists():
            row.article_id, row.target = int(page[1]), ""
        if before != (row.article_id, row.target):
            changed.append(row)
    OldAddress.objects.using(schema_editor.connection.alias).bulk_update(
        changed, ["article", "target"], batch_size=200
    )


class Migration(migrations.Migration):

    dependencies = [
        ('news', '0005_edited_at'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='oldaddress',
            index=models.Index(fields=['target'], name='old_address_target'),
        ),
        migrations.RunPython(straighten, migrations.RunPython.noop),
    ]
