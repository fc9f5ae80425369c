"""The same texts in Wagtail's database search."""
