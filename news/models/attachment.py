"""The library of files that articles offer: documents to download, and videos to play."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from news import textrefs

from . import addresses
from .library import LibraryFile, LibraryQuerySet, Use
from .status import Status

FOLDER = f"{settings.MEDIA_URL}attachments/"


class Kind(models.TextChoices):
    """What a file is, by which it is also named: `<its name>.docx`."""

    PDF = "pdf", "PDF"
    WORD = "docx", "Word"
    EXCEL = "xlsx", "Excel"
    POWERPOINT = "pptx", "PowerPoint"
    VIDEO = "mp4", "MP4"


class AttachmentQuerySet(LibraryQuerySet):
    def published(self) -> AttachmentQuerySet:
        return self.filter(uses__article__status=Status.PUBLISHED)

    def claim(self, html: str) -> tuple[str, list[Attachment]]:
        """Rich text in which every link to a file is the library's and knows its number there.

        A file is found by its address, or else, as it may have been replaced since, by the number
        that an earlier save wrote. Of a link to what is not in the library only the words stay. A
        number on a link that leads elsewhere by now is forgotten.
        """
        refs = [
            ref for ref in textrefs.links_in(html) if textrefs.ATTACHMENT in ref or _is_ours(ref)
        ]
        if not refs:
            return html, []
        known = self._known_by(refs)
        linked: dict[int, Attachment] = {}

        def write(ref: dict[str, str], inner: str) -> str | None:
            if not _is_ours(ref):
                bare = {**ref, textrefs.ATTACHMENT: None}
                return textrefs.link(bare, inner) if textrefs.ATTACHMENT in ref else None
            attachment = known.get(_name(ref)) or known.get(ref.get(textrefs.ATTACHMENT, ""))
            if attachment is None:
                return inner
            linked[attachment.pk] = attachment
            return attachment.as_stored(ref, inner)

        return textrefs.with_links(html, write), list(linked.values())

    def _known_by(self, refs: list[dict[str, str]]) -> dict[str, Attachment]:
        """The files that these links may mean, by number and by name."""
        names = [_name(ref) for ref in refs if _is_ours(ref)]
        numbers = [int(ref.get(textrefs.ATTACHMENT, 0)) for ref in refs]
        found = list(self.filter(Q(file__in=names) | Q(pk__in=numbers)))
        return {str(each.pk): each for each in found} | {each.file.name: each for each in found}


class Attachment(LibraryFile):
    """A file that texts link to. Readers are told its title, its kind and its size."""

    mark = textrefs.ATTACHMENT
    of_the_file = ("file", "kind", "size", "width", "height", "digest", "name")

    title = models.CharField(
        _("title"),
        max_length=200,
        help_text=_("As readers see it under an article; a file that they save is called so too."),
    )
    file = models.FileField(_("file"), upload_to="attachments/%Y/", unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind, editable=False)
    size = models.PositiveBigIntegerField(_("size"), editable=False)  # In bytes.
    # Of a video, as it is shown: in pixels.
    width = models.PositiveIntegerField(_("width"), null=True, editable=False)
    height = models.PositiveIntegerField(_("height"), null=True, editable=False)
    name = models.CharField(_("name of the file"), max_length=200, blank=True, editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta(LibraryFile.Meta):
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="attachment_kind_known"),
            models.CheckConstraint(
                condition=~Q(title="") & Q(size__gt=0), name="attachment_is_something"
            ),
            models.CheckConstraint(
                condition=~Q(kind="mp4")
                | Q(width__isnull=False, height__isnull=False, width__gt=0, height__gt=0),
                name="attachment_video_has_size",
            ),
        ]

    @property
    def is_video(self) -> bool:
        return self.kind == Kind.VIDEO

    @property
    def download_name(self) -> str:
        """What it is called where a reader saves it."""
        title = "".join(
            each if each.isprintable() and each not in '\\/:*?"<>|' else " " for each in self.title
        )
        return f"{' '.join(title.split()).strip(' .') or self.kind}.{self.kind}"

    def as_stored(self, ref: dict[str, str], inner: str) -> str:
        """The link of a use in a text, of which words and title are its own."""
        number = self.pk or None  # An import looks before it has saved any.
        own = {self.mark: number, "href": self.file.url, "title": ref.get("title")}
        return textrefs.link(own, inner)


def _is_ours(ref: dict[str, str]) -> bool:
    return _address(ref).startswith(FOLDER)


def _name(ref: dict[str, str]) -> str:
    """Of the file at a link's address, without what tells a place in it."""
    path = _address(ref).removeprefix(settings.MEDIA_URL).partition("#")[0].partition("?")[0]
    return str(PurePosixPath(path))


def _address(ref: dict[str, str]) -> str:
    return addresses.without_our_host(ref.get("href", ""))


class AttachmentUse(Use):
    """A file that the text of an article links to, as the text's last save found it."""

    of = "attachment"

    article = models.ForeignKey("news.Article", models.CASCADE, related_name="attachment_uses")
    attachment = models.ForeignKey(Attachment, models.PROTECT, related_name="uses")

    class Meta:
        verbose_name = _("use of a file")
        verbose_name_plural = _("uses of files")
        constraints = [models.UniqueConstraint("article", "attachment", name="attachment_use_once")]
