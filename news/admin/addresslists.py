"""Lists of old addresses come in, after a look at what they would do, and go out."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from news import addresslists
from news.addresslists import Answer, Line, Outcome, Plan
from news.models import Article, OldAddress

if TYPE_CHECKING:
    from .oldaddresses import OldAddressAdmin

MOST_SHOWN = 100  # Lines of each outcome; the report has all.
SALT = "news.admin.addresslists"

logger = logging.getLogger(__name__)


class ListForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("CSV, with commas, semicolons or tabs, in UTF-8 or GB 18030."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
    )
    text = forms.CharField(
        label=_("Or its lines"),
        required=False,
        widget=forms.Textarea({"rows": 8, "cols": 100, "spellcheck": "false"}),
    )

    def clean(self) -> None:
        data = super().clean() or {}
        if bool(data.get("file")) == bool(data.get("text")) and not self.errors:
            raise ValidationError(_("Choose a file, or put its lines in: one of the two."))
        if data.get("file"):
            data["text"] = addresslists.decoded(data["file"].read())


class AgreedForm(forms.Form):
    """What somebody looked at, and agreed to. Signed, so that nothing else comes back."""

    packed = forms.CharField(widget=forms.HiddenInput)
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_packed(self) -> str:
        try:
            return signing.loads(self.cleaned_data["packed"], salt=SALT)
        except signing.BadSignature:
            raise ValidationError(
                _("The list did not arrive as it was shown. Send it again.")
            ) from None


class Shown(NamedTuple):
    """A line as the page has it."""

    line: Line
    before: str
    after: str


def import_view(request: HttpRequest, address_admin: OldAddressAdmin) -> HttpResponseBase:
    """Asks for a list, shows what it would do, and does it when somebody agrees."""
    if not address_admin.may_import(request):
        raise PermissionDenied
    if "packed" in request.POST:
        return _agreed(request, address_admin)
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _preview(request, address_admin, form.cleaned_data["text"])
        except ValidationError as error:
            form.add_error(None, error)
    return _page(request, address_admin, {"form": form})


@require_safe
def export_view(request: HttpRequest, address_admin: OldAddressAdmin) -> HttpResponseBase:
    if not address_admin.has_view_permission(request):
        raise PermissionDenied
    return _as_csv(addresslists.exported(), "old-addresses.csv")


def _agreed(request: HttpRequest, address_admin: OldAddressAdmin) -> HttpResponseBase:
    form = AgreedForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(form.errors.get("packed", [])))
        return redirect("admin:news_oldaddress_import")
    text, token = form.cleaned_data["packed"], form.cleaned_data["token"]
    if "_report" in request.POST:
        lines = addresslists.plan(text).lines
        return _as_csv(addresslists.report(lines), "old-addresses-report.csv")
    try:
        found = addresslists.take_over(text, token)
    except addresslists.Overtaken:
        words = gettext(
            "Somebody changed old addresses meanwhile. Look again at what this would do."
        )
        messages.warning(request, words)
        return _preview(request, address_admin, text)
    _record(request, found)
    return redirect("admin:news_oldaddress_changelist")


def _preview(request: HttpRequest, address_admin: OldAddressAdmin, text: str) -> HttpResponse:
    found = addresslists.plan(text)
    packed = signing.dumps(text, salt=SALT, compress=True)
    return _page(
        request,
        address_admin,
        {
            "agreed": AgreedForm(initial={"packed": packed, "token": found.token}),
            "count": [(outcome, n) for outcome, n in found.count().items() if n],
            "writes": len(found.writes()),
            "others": _others(found),
            "parts": _parts(found),
        },
    )


def _parts(found: Plan) -> list[tuple[Outcome, list[Shown], int]]:
    """By outcome the first lines, and how many there are beyond them."""
    by_outcome = {outcome: found.having(outcome) for outcome in Outcome}
    first = [line for lines in by_outcome.values() for line in lines[:MOST_SHOWN]]
    answers = [line.answer for line in first] + [line.before for line in first if line.before]
    numbers = {number for number, _target in answers if number}
    titles = dict(Article.objects.filter(pk__in=numbers).values_list("pk", "title"))

    def words(answer: Answer | None) -> str:
        number, target = answer or (None, "")
        return titles.get(number, f"{number}") if number else target

    return [
        (
            outcome,
            [Shown(line, words(line.before), words(line.answer)) for line in lines[:MOST_SHOWN]],
            max(0, len(lines) - MOST_SHOWN),
        )
        for outcome, lines in by_outcome.items()
        if lines
    ]


def _others(found: Plan) -> str:
    number = len(found.others)
    text = ngettext(
        "%d other address led to one of these, and will lead straight on.",
        "%d other addresses led to some of these, and will lead straight on.",
        number,
    )
    return text % number if number else ""


def _record(request: HttpRequest, found: Plan) -> None:
    """Tell it, and write it into Django's own log: in one line, however many they are."""
    sums = ", ".join(f"{outcome.label}: {n}" for outcome, n in found.count().items() if n)
    messages.success(request, gettext("The list was taken over. %s") % capfirst(sums))
    LogEntry.objects.create(
        user=request.user,
        content_type=ContentType.objects.get_for_model(OldAddress),
        object_repr=gettext("a list of old addresses"),
        action_flag=CHANGE,
        change_message=sums,
    )
    logger.info("old addresses taken over by account %d: %s", request.user.pk, found)


def _page(
    request: HttpRequest, address_admin: OldAddressAdmin, context: dict[str, Any]
) -> HttpResponse:
    frame = {
        **address_admin.admin_site.each_context(request),
        "title": gettext("Import old addresses"),
        "opts": address_admin.opts,
    }
    return TemplateResponse(request, "admin/news/oldaddress/import.html", frame | context)


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _as_csv(rows: Iterable[list[str]], name: str) -> StreamingHttpResponse:
    def lines() -> Iterator[str]:
        yield "\ufeff"  # Or else table programs take it for another encoding.
        yield from map(csv.writer(_Echo()).writerow, rows)

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
