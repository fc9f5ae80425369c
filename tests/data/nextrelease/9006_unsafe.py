from django.db import migrations, models


class Migration(migrations.Migration):
    """One of everything that the rules refuse."""

    atomic = False
    dependencies = [("news", "9005_slow")]
    operations = [
        migrations.AddField("article", "weight", models.IntegerField(default=0)),
        migrations.RemoveField("article", "source"),
        migrations.AddIndex("article", models.Index(fields=["created_at"], name="article_begun")),
        migrations.AddConstraint(
            "article", models.UniqueConstraint(fields=["title"], name="article_title_once")
        ),
        migrations.AddConstraint(
            "article", models.CheckConstraint(condition=models.Q(pk__gt=0), name="article_has_pk")
        ),
        migrations.AlterField(
            "browsingvolume",
            "article",
            models.OneToOneField("news.Article", models.CASCADE, primary_key=True),
        ),
        migrations.AlterField("article", "title", models.CharField(max_length=100)),
        migrations.RunPython(lambda apps, schema_editor: None),
    ]
