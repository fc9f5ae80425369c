"""What the libraries of pictures and of files have in common in the admin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from news import versions, workflow
from news.models import Article, Image, LibraryFile
from news.moments import in_numbers

from .inuse import in_frame, named
from .pick import pick_view


class UseFilter(admin.SimpleListFilter):
    title = _("use")
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("used", _("In use")), ("unused", _("Not used anywhere"))]

    def queryset(self, request: HttpRequest, files: QuerySet) -> QuerySet:
        if self.value() == "unused":
            return files.unused()
        if self.value() == "used":
            return files.used()
        return files


class LibraryAdmin(admin.ModelAdmin):
    change_list_template = "admin/news/library/change_list.html"
    list_filter = [UseFilter]
    date_hierarchy = "uploaded_at"
    list_per_page = 50

    # Its own `upload_view(request, its_admin)`, and what its pages say.
    upload_view: ClassVar[Any]
    words: ClassVar[dict[str, Any]]
    accepted: ClassVar[str]
    limit: ClassVar[int]

    class Media:
        css = {"all": ["css/library.css"]}

    @admin.display(description=_("articles"), ordering="articles")
    def in_articles(self, file: LibraryFile) -> int:
        return file.articles  # type: ignore[attr-defined]

    @admin.display(description=_("uploaded at"), ordering="uploaded_at")
    def uploaded(self, file: LibraryFile) -> str:
        return in_numbers(file.uploaded_at)

    @admin.display(description=_("used in"))
    def used_in(self, file: LibraryFile) -> SafeString | str:
        items = format_html_join("", "<li>{}</li>", ((use,) for use in _uses([file])))
        if not items:
            return gettext("Not used anywhere")
        return format_html('<ul class="library-uses">{}</ul>', items)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None):
        extra_context = self.upload_context(request) | (extra_context or {})
        return super().changelist_view(request, extra_context)

    def upload_context(self, request: HttpRequest) -> dict[str, Any]:
        """What `_upload.html` needs."""
        return {
            "may_upload": self.has_add_permission(request),
            "accepted": self.accepted,
            "limit": self.limit,
            "too_large": self.too_large(),
            "words": self.words,
            "upload_url": self.upload_url(),
        }

    def too_large(self) -> str:
        """What whoever chooses a larger file is told."""
        raise NotImplementedError

    def upload_url(self) -> str:
        return f"admin:news_{self.opts.model_name}_upload"

    # --- what each person may do

    def has_change_permission(self, request: HttpRequest, obj: LibraryFile | None = None) -> bool:
        return super().has_change_permission(request, obj) and (
            obj is None or workflow.may_change_file(request.user, obj)
        )

    def save_model(self, request: HttpRequest, obj: LibraryFile, form: Any, change: bool) -> None:
        """Of what is there already, only the words that were typed: somebody may have replaced its
        file since it was read."""
        typed = [name for name in form.changed_data if name not in obj.of_the_file]
        obj.save(update_fields=typed if change else None)

    def get_deleted_objects(self, objs, request: HttpRequest):
        """Of what is in use, say which articles show it, not that nobody may delete articles."""
        if uses := list(_uses(objs)):
            return [], {}, set(), uses
        return super().get_deleted_objects(objs, request)

    # --- the windows of their own

    def get_urls(self):
        name = f"news_{self.opts.model_name}"
        pick = self.admin_site.admin_view(partial(pick_view, library_admin=self))
        upload = partial(type(self).upload_view, library_admin=self)
        return [
            path("pick/", pick, name=f"{name}_pick"),
            path("upload/", upload, name=f"{name}_upload"),
            *super().get_urls(),
        ]


def number_of(rows: QuerySet) -> Coalesce:
    """How many of the rows there are for one file of a library."""
    return Coalesce(
        Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0
    )


def _uses(files: Iterable[LibraryFile]) -> Iterator[SafeString | str]:
    """Where any of these is shown: around every page, and in articles, the newest ones named."""
    files = list(files)
    if not files:
        return
    model = type(files[0])
    pictures = {file.pk for file in files} if model is Image else set()
    use = model._meta.get_field("uses").related_model
    in_text = use.objects.filter(**{f"{use.of}__in": files, "article": OuterRef("pk")})
    changes = {article for file in files for article in versions.pending_uses(file)}
    articles = (
        Article.objects.annotate(in_text=Exists(in_text))
        .filter(Q(cover__in=pictures) | Q(in_text=True) | Q(pk__in=changes))
        .order_by("-published_at", "-id")
        .defer("body", "body_text")
    )
    yield from in_frame(pictures)
    yield from named(articles, lambda use: _where(use.cover_id in pictures, use.in_text))


def _where(is_cover: bool, is_in_text: bool) -> str:
    if not is_cover and not is_in_text:
        return gettext("change that is not published yet")
    if is_cover and is_in_text:
        return gettext("cover and text")
    return gettext("cover") if is_cover else gettext("text")
