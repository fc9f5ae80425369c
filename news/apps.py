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
        from . import edition, library, publishing, searchindex, staff, versions, workflow
        from .models import (
            Article,
            Attachment,
            Category,
            Image,
            Page,
            RelatedPick,
            SearchEntry,
            Site,
            SiteText,
            SocialLink,
            Tag,
            articles_changed,
        )

        def pass_the_door(instance, raw, **_):
            if raw:  # `loaddata` goes past `save()`.
                instance.pass_the_door()

        for model in (Article, Page):
            pre_save.connect(pass_the_door, sender=model, weak=False)
        public = (Article, Attachment, Category, Image, Page, RelatedPick)
        for model in (*public, Site, SiteText, SocialLink, Tag):
            post_save.connect(edition.on_fixture_loaded, sender=model)

        post_save.connect(searchindex.on_article_saved, sender=Article)
        articles_changed.connect(searchindex.on_articles_changed, sender=Article)
        post_save.connect(searchindex.on_entry_loaded, sender=SearchEntry)
        pre_delete.connect(searchindex.on_article_deletion, sender=Article)
        pre_delete.connect(versions.on_article_deletion, sender=Article)
        m2m_changed.connect(edition.on_tags_changed, sender=Article.tags.through)
        for model in (Attachment, Image):
            pre_delete.connect(library.on_deletion, sender=model)
        for model in (Attachment, Category, Image, Tag):
            pre_delete.connect(versions.on_deletion, sender=model)
        edition.came_due.connect(publishing.on_due)
        user_logged_in.connect(staff.on_signed_in)
        for change in (post_save, pre_delete):
            change.connect(staff.on_account_changed, sender=get_user_model())
        post_migrate.connect(edition.on_migrated, sender=self)
        post_migrate.connect(searchindex.on_migrated, sender=self)
        post_migrate.connect(workflow.keep_groups, sender=self)
