"""A comparable article page in Wagtail, set up as `wagtail start` does."""
