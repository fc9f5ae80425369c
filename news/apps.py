"""Wires the newsroom's signals."""

from django.apps import AppConfig
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import (
    m2m_changed,
    post_migrate,
    post_save,
    pre_delete,
    pre_save,
)
from django.utils.translation import gettext_lazy as _


class NewsConfig(AppConfig):
    name = "news"
    verbose_name = _("Newsroom")

    def ready(self):
        from . import edition, groups, publishing, staff
        from .models import Article

        m2m_changed.connect(edition.on_tags_changed, sender=Article.tags.through)
        edition.came_due.connect(publishing.on_due)
        user_logged_in.connect(staff.on_signed_in)
        for change in (post_save, pre_delete):
            change.connect(staff.on_account_changed, sender=get_user_model())
        post_migrate.connect(edition.on_migrated, sender=self)
        post_migrate.connect(groups.keep_groups, sender=self)
        self._hear_of_fixtures()
        self._keep_the_index()
        self._ask_before_deletion()

    def _hear_of_fixtures(self):
        """`loaddata` goes past `save()`."""
        from . import edition, models

        def pass_the_door(instance, raw, **_):
            if raw:
                instance.pass_the_door()

        for model in (models.Article, models.Page):
            pre_save.connect(pass_the_door, sender=model, weak=False)
        library = (models.Attachment, models.Image)
        site = (models.Site, models.SiteText, models.SocialLink)
        news = (models.Article, models.RelatedPick, models.Category, models.Tag, models.Page)
        for model in (*library, *site, *news):
            post_save.connect(edition.on_fixture_loaded, sender=model)

    def _keep_the_index(self):
        from . import searchindex
        from .models import Article, SearchEntry, articles_changed

        post_save.connect(searchindex.on_article_saved, sender=Article)
        articles_changed.connect(searchindex.on_articles_changed, sender=Article)
        post_save.connect(searchindex.on_entry_loaded, sender=SearchEntry)
        pre_delete.connect(searchindex.on_article_deletion, sender=Article)
        post_migrate.connect(searchindex.on_migrated, sender=self)

    def _ask_before_deletion(self):
        from . import library, versions
        from .models import Article, Attachment, Category, Image, Tag

        pre_delete.connect(versions.on_article_deletion, sender=Article)
        for model in (Attachment, Image):
            pre_delete.connect(library.on_deletion, sender=model)
        for model in (Attachment, Category, Image, Tag):
            pre_delete.connect(versions.on_deletion, sender=model)
