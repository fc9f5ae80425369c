"""The files that an article's text links to, as readers' pages offer them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

from django.db import DatabaseError, InterfaceError
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from news import textrefs
from news.models import Attachment

# A paragraph with nothing in it but a link, of which no other is part.
_ALONE = re.compile(r"<p(?: [^>]*)?>\s*(<a [^>]*>(?:(?!</?a\b).)*</a>)\s*</p>", re.DOTALL)


def attachments_in(html: str) -> dict[int, Attachment]:
    """The library's files that a text links to, by their numbers, in its order: one query, or none
    if there are none."""
    if textrefs.ATTACHMENT not in html:
        return {}
    numbers = dict.fromkeys(int(ref.get(textrefs.ATTACHMENT, 0)) for ref in textrefs.links_in(html))
    found = Attachment.objects.in_bulk(numbers)
    return {number: found[number] for number in numbers if number in found}


def with_files(html: str, attachments: Mapping[int, Attachment]) -> str:
    """A stored text in which each link to a file says what it leads to; a video that stands alone
    is played where it stands."""
    if textrefs.ATTACHMENT not in html:
        return html

    def write(ref: dict[str, str], inner: str) -> str | None:
        number = ref.get(textrefs.ATTACHMENT)
        if number is None:
            return None
        attachment = attachments.get(int(number))
        return _link(attachment, ref, inner) if attachment else inner

    def play(paragraph: re.Match[str]) -> str:
        (ref,) = textrefs.links_in(paragraph[1])
        attachment = attachments.get(int(ref.get(textrefs.ATTACHMENT, 0)))
        return (
            _player(attachment, paragraph[1])
            if attachment and attachment.is_video
            else paragraph[0]
        )

    return textrefs.with_links(_ALONE.sub(play, html), write)


def facts(attachment: Attachment) -> str:
    """Kind and size in words: PDF, 2.3 MB."""
    values = {"kind": attachment.get_kind_display(), "size": filesizeformat(attachment.size)}
    return _("%(kind)s, %(size)s") % values


def name_for_readers(stored: str) -> str:
    """What a stored file is called where a reader saves it; empty if nobody knows just now."""
    with suppress(DatabaseError, InterfaceError):  # The file itself is there all the same.
        for attachment in Attachment.objects.filter(file=stored):
            return attachment.download_name
    return ""


def _link(attachment: Attachment, ref: dict[str, str], inner: str) -> str:
    own = {"href": attachment.file.url, "title": ref.get("title")}
    return textrefs.link(own, f"{inner}{_in_brackets(attachment)}")


def _in_brackets(attachment: Attachment) -> SafeString:
    text = _(" (%s)") % facts(attachment)
    return format_html('<span class="file-facts">{}</span>', text)


def _player(attachment: Attachment, link: str) -> str:
    """With the link for whoever cannot play it, and again under it."""
    video = format_html(
        '<video class="video-player" src="{}" aria-label="{}" width="{}" height="{}" controls'
        ' preload="metadata">',
        attachment.file.url,
        attachment.title,
        attachment.width,
        attachment.height,
    )
    caption = f'<figcaption class="video-caption">{link}</figcaption>'
    return f'<figure class="video">{video}{link}</video>{caption}</figure>'
