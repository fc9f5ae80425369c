"""The page that asks before an article's status is changed, and the change itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from news import edition, notices, versions, workflow
from news.models import Article, OldAddress, State, Status
from news.transitions import TRANSITIONS, Transition
from news.versions import Desk, Overtaken

if TYPE_CHECKING:
    from .article import ArticleAdmin

NOW, AT = "now", "at"
_AS_TYPED = "%Y-%m-%dT%H:%M"


class TransitionForm(forms.Form):
    when = forms.ChoiceField(label=_("When"), widget=forms.RadioSelect)
    at = forms.DateTimeField(
        label=_("Date and time"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format=_AS_TYPED),
    )
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 4, "cols": 80}),
        help_text=_("Stands in the article's history, for your colleagues."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, transition: Transition, desk: Desk, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = desk.token
        self.fields["comment"].required = transition.needs_comment
        if transition.asks_moment:
            self._ask_moment(desk)
        else:
            del self.fields["when"], self.fields["at"]

    def _ask_moment(self, desk: Desk) -> None:
        article = desk.article
        is_change = article.status == Status.PUBLISHED and workflow.was_seen(article)
        now = _("Now")
        if workflow.was_seen(article) and not is_change:
            now = _("Now, with the date that readers know: %s") % _moment(article.published_at)
        self.fields["when"].choices = [(NOW, now), (AT, _("On this date"))]  # type: ignore[attr-defined]
        self.fields["at"].help_text = (
            _("In the site's time zone. Readers see the old text until then.")
            if is_change
            else _(
                "In the site's time zone. A date to come schedules it, an old one dates it back."
            )
        )
        self.initial |= {"when": NOW}
        if not workflow.was_seen(article):
            self.initial |= {"at": article.published_at, "when": AT if _was_set(article) else NOW}

    def clean(self) -> None:
        super().clean()
        data = self.cleaned_data
        if data.get("when") == AT and "at" in data and data["at"] is None:
            self.add_error("at", _("Say the date and the time."))

    def overtaken(self, desk: Desk) -> None:
        """What was typed stays; whoever sends it again has been told."""
        self.add_error(
            None,
            _("The article has changed since you opened this page. Look at it, then decide."),
        )
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["seen"] = desk.token

    @property
    def moment(self) -> datetime | None:
        return self.cleaned_data["at"] if self.cleaned_data.get("when") == AT else None


def _moment(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M} ({timezone.get_current_timezone_name()})"


def _was_set(article: Article) -> bool:
    """Whether somebody chose the date; or else it is the moment at which the article was begun."""
    return abs(article.published_at - article.created_at) > timedelta(minutes=1)


def perform(
    request: HttpRequest,
    article_admin: ModelAdmin,
    transition: Transition,
    pk: int,
    **asked: Any,
) -> Desk:
    """The change and its entry in Django's own log: both, or neither."""
    asked.setdefault("seen", request.POST.get(f"seen-{pk}", ""))
    with transaction.atomic():
        desk = workflow.perform(transition, pk, request.user, **asked)
        article_admin.log_change(request, desk.article, str(transition.label))
        _tell(request, desk, transition.name, asked.get("comment", ""))
    return desk


def _tell(request: HttpRequest, desk: Desk, name: str, comment: str) -> None:
    """Whom it concerns: those who review it, or the one who submitted it."""
    article = desk.article
    versions.put(desk.shown, article)  # It goes by the name that it is to have.
    address = request.build_absolute_uri(reverse("admin:news_article_change", args=[article.pk]))
    if name == "submit":
        notices.submitted(article, request.user, comment, address)
    elif name == "send_back":
        submitted = workflow.submission(article)
        to = submitted.by if submitted else article.created_by
        notices.sent_back(article, to, request.user, comment, address)


def transition_view(
    request: HttpRequest, article_admin: ArticleAdmin, article_id: int, name: str
) -> HttpResponse:
    """Asks, and on POST makes, one change of status."""
    transition = TRANSITIONS.get(name)
    if transition is None:
        raise Http404
    edition.current()  # What is due has taken effect.
    article = get_object_or_404(Article, pk=article_id)
    if not article_admin.has_view_permission(request, article):
        raise PermissionDenied
    desk = versions.desk(article)
    if not transition.allowed(request.user, desk):
        return _refuse(request, transition, desk)
    form = TransitionForm(transition, desk, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if (response := _try(request, article_admin, transition, form, article_id)) is not None:
            return response
        desk = versions.desk(Article.objects.get(pk=article_id))
    return _page(request, article_admin, transition, desk, form)


def _refuse(request: HttpRequest, transition: Transition, desk: Desk) -> HttpResponse:
    """Whoever may do it at other times is told why not now."""
    if transition.applies(desk) or not transition.concerns(request.user, desk.article):
        raise PermissionDenied
    text = _("This cannot be done now.")
    if request.POST.get("seen", desk.token) != desk.token:
        text = _("That is no longer possible: “%(title)s” has changed meanwhile.")
    messages.warning(request, text % {"title": desk.title})
    return _to_form(desk.article.pk)


def _page(
    request: HttpRequest,
    article_admin: ArticleAdmin,
    transition: Transition,
    desk: Desk,
    form: TransitionForm,
) -> HttpResponse:
    context = {
        **article_admin.admin_site.each_context(request),
        "title": transition.label,
        "transition": transition,
        "article": desk.article,
        "desk": desk,
        "form": form,
        "affected": _affected(desk, transition) if transition.name in ("bin", "withdraw") else [],
        "opts": article_admin.opts,
    }
    return TemplateResponse(request, "admin/news/article/transition.html", context)


def _to_form(article_id: int) -> HttpResponse:
    return redirect(reverse("admin:news_article_change", args=[article_id]))


def _try(
    request: HttpRequest,
    article_admin: ArticleAdmin,
    transition: Transition,
    form: TransitionForm,
    pk: int,
) -> HttpResponse | None:
    """Where to go on; None if the form has to be shown again, and says why."""
    data = form.cleaned_data
    asked = {"comment": data["comment"], "at": form.moment, "seen": data["seen"]}
    try:
        desk = perform(request, article_admin, transition, pk, **asked)
    except Overtaken:
        form.overtaken(versions.desk(Article.objects.get(pk=pk)))
        return None
    except ValidationError as error:
        form.add_error(None, error.messages)
        return None
    messages.success(request, _done(transition, desk))
    return _to_form(pk)


def _done(transition: Transition, desk: Desk) -> str:
    scheduled = desk.scheduled.moment if desk.scheduled else None
    if desk.article.state == State.SCHEDULED:
        scheduled = desk.article.published_at
    if transition.name == "publish" and scheduled:
        text = _("“%(title)s” is scheduled for %(moment)s.")
        return text % {"title": desk.title, "moment": _moment(scheduled)}
    return transition.done % {"title": desk.title}


def _affected(desk: Desk, transition: Transition) -> list[str]:
    """What else will be another thing, in words."""
    article = desk.article
    picked, addresses = (
        article.picked_in.count(),
        OldAddress.objects.filter(article=article).count(),
    )
    texts = {
        ngettext(
            "%d article has picked it as related news and will no longer show it.",
            "%d articles have picked it as related news and will no longer show it.",
            picked,
        ): picked,
        ngettext(
            "%d old address leads to it; readers will be told there that it is gone.",
            "%d old addresses lead to it; readers will be told there that it is gone.",
            addresses,
        ): addresses,
    }
    lines = [text % number for text, number in texts.items() if number]
    if desk.scheduled:
        lines.append(
            gettext(
                "The change that is scheduled is taken off the schedule. When the article is "
                "public again, schedule it again."
            )
            if transition.name == "withdraw"
            else gettext("The change that is scheduled does not take effect meanwhile.")
        )
    if article.preview_links.open().exists():
        lines.append(gettext("Preview links that were given away lead nowhere meanwhile."))
    for other in Article.objects.counterparts_of(article):
        text = gettext("Its version in %(language)s will stand alone: %(title)s")
        lines.append(text % {"language": other.get_language_display(), "title": other.title})
    return lines
