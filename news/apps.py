"""Wires the newsroom's signals."""

from django.apps import AppConfig
from django.db.models.signals import m2m_changed, post_migrate
from django.utils.translation import gettext_lazy as _


class NewsConfig(AppConfig):
    name = "news"
    verbose_name = _("Newsroom")

    def ready(self):
        from . import edition, workflow
        from .models import Article

        m2m_changed.connect(edition.on_tags_changed, sender=Article.tags.through)
        post_migrate.connect(edition.on_migrated, sender=self)
        post_migrate.connect(workflow.keep_groups, sender=self)
