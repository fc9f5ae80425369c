from django.db import migrations


class Migration(migrations.Migration):
    """Unsafe: whoever serves the release before still asks for the old name."""

    dependencies = [("news", "9003_index")]
    operations = [migrations.RenameField("article", "summary", "abstract")]
