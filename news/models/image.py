"""The picture library."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from posixpath import splitext

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from news import sanitize, textrefs

from .library import LibraryFile, LibraryQuerySet, Use
from .status import Status

KINDS = ("jpg", "png", "webp")  # Of the files that uploads are stored as.
FILLS_A_SCREEN = 1920  # Pixels of width: what is wider is not sent to readers.
_RENDITION = re.compile(r"-\d+$")


class ImageQuerySet(LibraryQuerySet):
    def unused(self) -> ImageQuerySet:
        """What is neither a cover nor in a text, nor stands for the site."""
        return super().unused().filter(cover_of=None, logo_of=None, code_of=None)

    def published(self) -> ImageQuerySet:
        """What a published article shows, which may not have appeared yet, or every page."""
        return self.filter(
            Q(cover_of__status=Status.PUBLISHED)
            | Q(uses__article__status=Status.PUBLISHED)
            | Q(logo_of__isnull=False)
            | Q(code_of__isnull=False)
        )

    def claim(self, html: str) -> tuple[str, list[Image]]:
        """Rich text in which every picture is the library's and knows its number there.

        A picture is found by its address, or else, as its file may have been replaced since, by
        the number that an earlier save wrote. What is not in the library is left out.
        """
        refs = textrefs.pictures_in(html)
        if not refs:
            return html, []
        addresses = [f"{_stem(ref.get('src', ''))}.{kind}" for ref in refs for kind in KINDS]
        numbers = [int(ref.get("data-picture", 0)) for ref in refs]
        images = list(self.filter(Q(file__in=addresses) | Q(pk__in=numbers)))
        known = {str(image.pk): image for image in images}
        known |= {image.stem: image for image in images}
        shown: dict[int, Image] = {}

        def write(ref: dict[str, str]) -> str:
            image = known.get(_stem(ref.get("src", ""))) or known.get(ref.get("data-picture", ""))
            if image is None:
                return ""
            shown[image.pk] = image
            return image.as_stored(ref)

        written = textrefs.with_pictures(html, write)
        if len(textrefs.pictures_in(written)) < len(refs):
            written = sanitize.clean(written).html  # What is left around it may be empty now.
        return written, list(shown.values())


class Image(LibraryFile):
    """A picture; its alt text and caption are only what each use starts from.

    Beside the file lie its renditions, which `news/renditions.py` makes: `<its name>-640.avif`.
    """

    mark = "data-picture"
    of_the_file = ("file", "width", "height", "renditions", "digest")
    names_files = ("file", "renditions")

    title = models.CharField(
        _("title"),
        max_length=200,
        help_text=_(
            "For finding it again in the library; readers do not see it. "
            "If empty, the file's name is taken."
        ),
    )
    file = models.FileField(
        _("file"),
        upload_to="pictures/%Y/",
        unique=True,
        help_text=_(
            "JPEG, PNG, WebP, GIF or AVIF, at most 20 MB. Position data of the camera is removed."
        ),
    )
    width = models.PositiveIntegerField(_("width"), editable=False)
    height = models.PositiveIntegerField(_("height"), editable=False)
    # Extension -> widths in pixels. What is neither AVIF nor WebP is for whoever knows neither.
    renditions = models.JSONField(_("sizes"), default=dict, editable=False)
    alt = models.CharField(
        _("alternative text"),
        max_length=300,
        blank=True,
        help_text=_("What the picture shows, for readers who cannot see it."),
    )
    caption = models.CharField(_("caption"), max_length=300, blank=True)

    objects = ImageQuerySet.as_manager()

    class Meta(LibraryFile.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    @property
    def stem(self) -> str:
        """What the names of all its files begin with."""
        return splitext(self.file.name)[0]

    def rendition_name(self, width: int, extension: str) -> str:
        return f"{self.stem}-{width}.{extension}"

    def file_names(self) -> list[str]:
        return [self.file.name, *self.rendition_names()]

    def rendition_names(self) -> list[str]:
        return [
            self.rendition_name(width, extension)
            for extension, widths in self.renditions.items()
            for width in widths
        ]

    def part_of(self, name: str) -> str:
        """How `news/renditions.py` calls the file that is stored under a name."""
        if name == self.file.name:
            return f"original{PurePosixPath(name).suffix}"
        return name.removeprefix(f"{self.stem}-")

    @property
    def plain(self) -> tuple[str, int, int]:
        """Name, width and height of the size for whoever takes only one: shared links, feeds, the
        editor."""
        for extension in ("jpg", "png"):
            for width in self.renditions.get(extension, ()):
                return self.rendition_name(width, extension), *self._scaled(width)
        return self.file.name, self.width, self.height

    @property
    def url(self) -> str:
        return self.file.storage.url(self.plain[0])

    @property
    def large_url(self) -> str:
        """For a whole screen: the largest size, or the file if only small ones were made of it."""
        widths = self.renditions.get("webp", [0])
        if widths[-1] < min(self.width, FILLS_A_SCREEN):
            return self.file.url
        return self.file.storage.url(self.rendition_name(widths[-1], "webp"))

    @property
    def thumbnail_url(self) -> str:
        widths = self.renditions.get("webp")
        return self.file.storage.url(self.rendition_name(widths[0], "webp")) if widths else self.url

    def srcset(self, extension: str, most: int | None = None) -> str:
        """The renditions of a kind, as `srcset` lists them; empty if there are none.

        Those that come after the first with `most` pixels of width, or more, are left out.
        """
        widths = self.renditions.get(extension, ())
        enough = next((width for width in widths if most and width >= most), None)
        fitting = [width for width in widths if enough is None or width <= enough]
        return ", ".join(
            f"{self.file.storage.url(self.rendition_name(width, extension))} {width}w"
            for width in fitting
        )

    def box(self, ref: dict[str, str]) -> dict[str, int]:
        """A use in a text, in pixels: as wide as its author drew it, and as high as the file makes
        it, which may be a new one."""
        width, height = self._scaled(int(ref.get("width", 0)) or self.width)
        return {"width": width, "height": height}

    def _scaled(self, width: int) -> tuple[int, int]:
        return width, max(1, round(width * self.height / self.width))

    def as_stored(self, ref: dict[str, str]) -> str:
        """The `<img>` of a use in a text, of which alt text, class and width are its own."""
        box = self.box(ref)
        attributes = {  # In the order in which an import writes them, to be compared.
            "alt": ref.get("alt", ""),
            "class": ref.get("class"),
            "data-picture": self.pk,
            "height": box["height"],
            "src": self.url,
            "width": box["width"],
        }
        return textrefs.picture(attributes)


def _stem(address: str) -> str:
    """Of the picture whose file, or rendition, is at an address below our media folder."""
    path = PurePosixPath(address.removeprefix(settings.MEDIA_URL)).with_suffix("")
    return _RENDITION.sub("", str(path))


class PictureUse(Use):
    """A picture in the text of an article, as the text's last save found it."""

    of = "image"

    article = models.ForeignKey("news.Article", models.CASCADE, related_name="picture_uses")
    image = models.ForeignKey(Image, models.PROTECT, related_name="uses")

    class Meta:
        verbose_name = _("use of a picture")
        verbose_name_plural = _("uses of pictures")
        constraints = [models.UniqueConstraint("article", "image", name="picture_use_once")]
