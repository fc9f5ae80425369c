"""The preview inside admin: at the widths of a phone, a tablet and a desk; and the links to it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from news import edition, versions
from news.models import Article, PreviewLink
from news.moments import with_zone
from news.preview import address_of, is_worked_on, leading_to_work, open_links, version_of
from news.staff import name_of

logger = logging.getLogger(__name__)

NEW_LINK = "news_preview_link"  # In the session: the link whose address is to be shown, once.


class Device(NamedTuple):
    name: str
    label: Any
    width: int
    height: int


DEVICES = (
    Device("phone", _("Phone"), 390, 844),
    Device("tablet", _("Tablet"), 820, 1180),
    Device("desktop", _("Desktop"), 1280, 800),
)


def _days(number: int) -> str:
    return ngettext("%d day", "%d days", number) % number


class LinkForm(forms.ModelForm):
    days = forms.TypedChoiceField(
        label=_("Works for"),
        coerce=int,
        initial=7,
        choices=[(number, lazy(_days, str)(number)) for number in (1, 3, 7, 14, 30)],
    )

    class Meta:
        model = PreviewLink
        fields = ["recipient"]

    def made(self, article: Article, by: Any) -> PreviewLink:
        now = timezone.now()
        lasts = timedelta(days=self.cleaned_data["days"])
        link = self.instance
        link.article, link.created_by = article, by
        link.created_at, link.expires_at = now, now + lasts
        link.save()
        return link


class TakeBackForm(forms.Form):
    take_back = forms.ModelChoiceField(PreviewLink.objects.none())

    def __init__(self, links: QuerySet, *args: Any) -> None:
        super().__init__(*args)
        self.fields["take_back"].queryset = links


def frame_view(request: HttpRequest, article_admin: ModelAdmin, article_id: int) -> HttpResponse:
    edition.current()  # What is due has taken effect, as in the frame.
    article = get_object_or_404(Article.objects.select_related("category"), pk=article_id)
    if not article_admin.has_view_permission(request, article):
        raise PermissionDenied
    may_change = article_admin.has_change_permission(request, article)
    form = LinkForm(request.POST or None)
    if request.method == "POST":
        if "take_back" in request.POST:
            return _take_back(request, article, may_change)
        if not may_change:
            raise PermissionDenied
        if response := _make(request, article, form):
            return response
    context = {
        **article_admin.admin_site.each_context(request),
        **_frame(request, article),
        "title": _("Preview"),
        "opts": article_admin.opts,
        "form": form if may_change and is_worked_on(article) else None,
        "links": _links(request, article, may_change),
        "new_link": _new_link(request, article),
    }
    return TemplateResponse(request, "admin/news/article/preview.html", context)


def _make(request: HttpRequest, article: Article, form: LinkForm) -> HttpResponse | None:
    """Back to the page, unless what was typed has faults, which the page shows."""
    if not is_worked_on(article):
        text = _("Readers see all of this article already. Send the address of its public page.")
        messages.warning(request, text)
    elif form.is_valid():
        link = form.made(article, request.user)
        logger.info(
            "article %d: preview link %d by account %d", article.pk, link.pk, request.user.pk
        )
        request.session[NEW_LINK] = link.pk
    else:
        return None
    return redirect(request.get_full_path())


def _may_take_back(user: Any, link: PreviewLink, may_change: bool) -> bool:
    """Whoever made it may also when the article is no longer theirs to change."""
    return may_change or link.created_by_id == user.pk


def _take_back(request: HttpRequest, article: Article, may_change: bool) -> HttpResponse:
    form = TakeBackForm(open_links(article), request.POST)
    if form.is_valid():
        link = form.cleaned_data["take_back"]
        if not _may_take_back(request.user, link, may_change):
            raise PermissionDenied
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
        logger.info(
            "article %d: preview link %d ended by account %d", article.pk, link.pk, request.user.pk
        )
        text = _("The link for %s was taken back. It leads nowhere from now on.")
        messages.success(request, text % link.recipient)
    else:
        messages.warning(request, _("This link had ended already."))
    return redirect(request.get_full_path())


def _frame(request: HttpRequest, article: Article) -> dict[str, Any]:
    query = {}
    if (number := request.GET.get("version")) is not None:
        query["version"] = str(version_of(article, number).pk)
    asked = request.GET.get("width")
    shown = next((device for device in DEVICES if device.name == asked), DEVICES[-1])
    address = article.get_preview_url()
    return {
        "article": article,
        "desk": versions.desk(article),
        "shown": shown,
        "devices": [(each, f"?{urlencode({**query, 'width': each.name})}") for each in DEVICES],
        "address": f"{address}?{urlencode(query)}" if query else address,
    }


class Listed(NamedTuple):
    link: PreviewLink
    maker: str
    until: str
    may_take_back: bool


def _links(request: HttpRequest, article: Article, may_change: bool) -> list[Listed]:
    """Those that lead to what staff work on."""
    links = leading_to_work(open_links(article), article).select_related("created_by")
    return [
        Listed(
            link,
            name_of(link.created_by),
            with_zone(link.expires_at),
            _may_take_back(request.user, link, may_change),
        )
        for link in links
    ]


def _new_link(request: HttpRequest, article: Article) -> dict[str, str] | None:
    """The address of the link that was just made. It is shown this once."""
    number = request.session.pop(NEW_LINK, None)
    link = article.preview_links.filter(pk=number).first() if number else None
    if link is None:
        return None
    address = request.build_absolute_uri(address_of(link))
    return {"address": address, "recipient": link.recipient}
