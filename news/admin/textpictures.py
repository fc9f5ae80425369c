"""Pictures that come inside an article's text, and what its editor is told about them."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from news import pictures

from .forms import ArticleForm


def adopt(request: HttpRequest) -> Told:
    """Move pictures to the library that are part of the text, in what the form will read.

    Takes seconds: not inside a transaction.
    """
    body, moved, refused = pictures.adopt_embedded(request.POST["body"], request.user)
    request.POST = request.POST.copy()
    request.POST["body"] = body
    return Told(moved, refused)


@dataclass(frozen=True)
class Told:
    """How many moved, and why others did not."""

    moved: int = 0
    refused: list[str] = field(default_factory=list)

    def tell(self, request: HttpRequest, saved: ArticleForm | None) -> None:
        """What moved is told even if no form was saved: in the refused one it stays moved."""
        if sentences := [*self._moved(), *_removed(saved), *dict.fromkeys(self.refused)]:
            level = messages.INFO if sentences == self._moved() else messages.WARNING
            messages.add_message(request, level, " ".join(sentences))
        if saved and saved.without_alt:
            messages.warning(request, _without_alt(saved.without_alt))

    def _moved(self) -> list[str]:
        text = ngettext(
            "%d pasted picture moved to the library.",
            "%d pasted pictures moved to the library.",
            self.moved,
        )
        return [text % self.moved] if self.moved else []


def _removed(saved: ArticleForm | None) -> list[str]:
    if saved is None or not saved.removed:
        return []
    text = _("Removed from the text, because readers' pages do not allow it: %s.")
    return [text % _(", ").join(saved.removed)]


def _without_alt(count: int) -> str:
    text = ngettext(
        "%d picture in the text has no alternative text. Double-click it and say what it shows, "
        "for readers who cannot see it.",
        "%d pictures in the text have no alternative text. Double-click each and say what it "
        "shows, for readers who cannot see it.",
        count,
    )
    return text % count
