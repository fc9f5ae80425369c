"""What is not public yet, exactly as readers would see it: for staff, and for whoever was given a
link. Never counted, kept or indexed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.core import signing
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from news import browsing, edition, versions
from news.browsing import browsing_volume
from news.context import rendered
from news.models import (
    WORKED_ON,
    Article,
    PreviewLink,
    Refusal,
    Stage,
    State,
    Tag,
    Version,
    claim,
)
from news.moments import in_numbers, with_zone
from news.staff import name_of
from news.surroundings import Surroundings, surroundings
from news.versions import Content
from news.views import article_context

# Its parts are kept for nobody: no edition has this number.
NO_EDITION = 0
# The separator is one that no e-mail program takes for the end of an address.
_signer = signing.Signer(sep=".", salt="news.preview.link")
# What an article is of which nothing is to come, but by a change of it.
_SETTLED = (State.PUBLIC, State.EXPIRED, State.WITHDRAWN)
# No other page may be in a frame. Its types know only views without arguments.
_framed_by_admin: Any = csp_replace({"frame-ancestors": [SELF]})


@dataclass(frozen=True)
class Seen:
    """What a preview shows."""

    article: Article
    content: Content
    version: Version | None  # None: what the article's row says.
    to_come: datetime | None  # The moment at which readers will see it so; None: now.

    @property
    def label(self) -> str:
        """What it is, in words."""
        if self.version and self.version.stage == Stage.HISTORY:
            return _("version of %s") % in_numbers(self.version.created_at)
        if self.version and self.version.stage in WORKED_ON:
            stage = self.version.get_stage_display()
            return _("change not published yet (%s)") % stage
        if self.to_come:
            return _("as it will be on %s") % with_zone(self.to_come)
        return str(self.article.state.label)

    @property
    def saved_by(self) -> str:
        return name_of(self.version.author) if self.version and self.version.author else ""


def what_is_seen(article: Article, number: str | None = None) -> Seen:
    """What staff work on, or the version with this number; laid over the row in memory."""
    desk = versions.desk(article)
    version = desk.worked_on or desk.scheduled
    if number is not None:
        version = version_of(article, number)
    if version is None:
        return Seen(article, desk.live, None, _to_come(article, None))
    content = versions.still_there(version.content, article.category_id)
    versions.put(content, article)
    article.prepare()
    article.body = claim(article.body).html
    to_come = _to_come(article, version)
    article.note_edit(to_come or timezone.now())
    return Seen(article, content, version, to_come)


def version_of(article: Article, number: str) -> Version:
    if not (number.isdecimal() and len(number) < 19):
        raise Http404
    return get_object_or_404(article.versions.select_related("author"), pk=number)


def _to_come(article: Article, version: Version | None) -> datetime | None:
    """A scheduled article is shown as it will appear, and so is a change of it or of a live one."""
    moments = [version.moment] if version and version.moment else []
    if article.state == State.SCHEDULED:
        moments.append(article.published_at)
    return max(moments, default=None)


@require_safe
@never_cache
@xframe_options_sameorigin
@_framed_by_admin
@staff_member_required
@permission_required("news.view_article", raise_exception=True)
def preview(request: HttpRequest, article_id: int) -> HttpResponse:
    """For staff, whatever state the article is in; admin shows it in a frame."""
    edition.current()  # What is due has taken effect.
    article = get_object_or_404(Article.objects.select_related("category", "cover"), pk=article_id)
    if translation.get_language() != article.language:
        query = request.META.get("QUERY_STRING")
        return redirect(article.get_preview_url() + (f"?{query}" if query else ""))
    return _page(request, what_is_seen(article, request.GET.get("version")))


@require_safe
@never_cache
def linked(request: HttpRequest, token: str) -> HttpResponse:
    """For whoever has the link: the work that it was made for, and then the public page."""
    edition.current()
    link = link_of(token)
    article = link.article
    links = open_links(article)
    if translation.get_language() != article.language:
        response: HttpResponse = redirect(address_of(link))
    elif article.binned_at or not links.contains(link):
        response = _over(request, link)
    elif leading_to_work(links, article).contains(link):
        response = _page(request, what_is_seen(article), link)
    elif article.is_public:
        response = redirect(article)
    else:
        response = _over(request, link)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


def address_of(link: PreviewLink) -> str:
    """The path that leads to it, in its article's language."""
    with translation.override(link.article.language):
        return reverse("news:preview_link", args=[_signer.sign(str(link.pk))])


def link_of(token: str) -> PreviewLink:
    try:
        number = _signer.unsign(token)
    except signing.BadSignature:
        raise Http404 from None
    links = PreviewLink.objects.select_related("article__category", "article__cover", "created_by")
    return get_object_or_404(links, pk=number)


def open_links(article: Article) -> QuerySet[PreviewLink]:
    """Those that nobody ended, neither themselves nor by closing their maker's account."""
    return article.preview_links.open().filter(created_by__is_active=True)


def leading_to_work(links: QuerySet[PreviewLink], article: Article) -> QuerySet[PreviewLink]:
    """Those of its links whose purpose lasts: what was worked on when they were made still is."""
    if not is_worked_on(article):
        return links.none()
    settled_at = _settled_at(article)
    return links.filter(created_at__gt=settled_at) if settled_at else links


def is_worked_on(article: Article) -> bool:
    """Whether anything of it is still to come to readers."""
    return article.state not in _SETTLED or article.versions.pending().exists()


def _settled_at(article: Article) -> datetime | None:
    """When the work on it last ended: it was published, by a step or by its date, or given up."""
    steps = article.trail.filter(after__in=_SETTLED).order_by("-at")
    moments = list(steps.values_list("at", flat=True)[:1])
    if article.state in _SETTLED:
        moments.append(article.published_at)
    return max(moments, default=None)


def _over(request: HttpRequest, link: PreviewLink) -> HttpResponse:
    maker = link.created_by
    asked = name_of(maker) if maker and maker.is_active else ""
    response = rendered(request, "news/preview_over.html", {"asked": asked}, head=None)
    response.status_code = 410
    return response


def _page(request: HttpRequest, seen: Seen, link: PreviewLink | None = None) -> HttpResponse:
    # Outsiders are shown no other article, not even a headline, before it is public.
    moment = timezone.now() if link else seen.to_come or timezone.now()
    with edition.making_for(edition.Standing(NO_EDITION, moment, moment)):
        article = seen.article
        context = article_context(article, article.get_absolute_url(), _around(seen)) | {
            "is_preview": True,
            "preview_volume": browsing_volume(article.pk),
            "seen": seen,
            "works_until": with_zone(link.expires_at) if link else "",
        }
        response = rendered(request, "news/preview.html", context, head=None)
    browsing.turnstile.refuse(Refusal.PREVIEW)
    response["X-Robots-Tag"] = "noindex"
    return response


def _around(seen: Seen) -> Surroundings:
    """With the tags and the related news that the content names; the rest is the database's."""
    picked = Article.objects.public().filter(language=seen.article.language)
    public = set(picked.filter(pk__in=seen.content["related"]).values_list("pk", flat=True))
    return surroundings(seen.article)._replace(
        tags=list(Tag.objects.filter(pk__in=seen.content["tags"])),
        picks=[pk for pk in seen.content["related"] if pk in public],
    )
