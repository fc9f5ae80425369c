"""Pictures of old pages, from a folder into the library."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from news.models import Article, Image
from news.pictures import safe_picture

_IMG = re.compile(r'<img src="([^"]*)" alt="([^"]*)">')
_EMPTY = re.compile(r"<p>\s*</p>\n?|<figure>\s*</figure>\n?")
_ALT_LENGTH = 300
_NAME_LENGTH = 180  # Leaves room for the code in an image's title.


@dataclass
class Pictures:
    """The pictures of one page: library images by the address in its `<img src>`, new ones not
    saved yet, and what is to be said about the others."""

    images: dict[str, Image] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def new(self) -> list[Image]:
        unsaved = {id(image): image for image in self.images.values() if image.pk is None}
        return list(unsaved.values())


class Assets:
    """A folder of pictures, laid out as on the old site or as a part of it."""

    def __init__(self, folder: Path | None):
        self._folder = folder.resolve() if folder else None

    def pictures(self, addresses: tuple[str, ...], body: str, article: Article | None) -> Pictures:
        """The pictures of a page. Encodes new ones, so call it outside any transaction."""
        pictures = Pictures()
        made: dict[str, Image] = {}
        alts = {unescape(src): unescape(alt) for src, alt in _IMG.findall(body)}
        for address in addresses:
            try:
                image = self._image(address, article, made)
            except (OSError, ValidationError) as error:
                reason = " ".join(error.messages) if isinstance(error, ValidationError) else error
                pictures.problems.append(f"picture left out: {address[:80]}: {reason}")
                continue
            if image is None:
                pictures.problems.append(f"picture missing: {address[:80]}")
                continue
            if image.pk is None:
                image.alt = image.alt or alts.get(address, "")[:_ALT_LENGTH]
            pictures.images[address] = image
        return pictures

    def _image(self, address: str, article: Article | None, made: dict[str, Image]) -> Image | None:
        """The library's image for an address: found by its content, or new and unsaved."""
        name = _name(address)
        file = self._file(name)
        if file is None:
            return _in_article(name, article)
        if file.stat().st_size > settings.PICTURE_MAX_BYTES:
            raise ValidationError(f"larger than {settings.PICTURE_MAX_BYTES // 1024**2} MB")
        data = file.read_bytes()
        # The title ends in a code of the old file's content, by which a later run knows it again:
        # paths repeat between sites, and what the library stores is encoded anew.
        code = f" [{hashlib.sha256(data).hexdigest()[:16]}]"
        if code not in made:
            known = Image.objects.filter(title__endswith=code).order_by("pk").first()
            made[code] = known or Image(
                title=name[-_NAME_LENGTH:] + code, file=safe_picture(io.BytesIO(data))
            )
        return made[code]

    def _file(self, name: str) -> Path | None:
        """`upload/2023/a.jpg`, or `2023/a.jpg`, or `a.jpg` of the folder, and nothing outside."""
        parts = name.split("/") if self._folder and name else []
        for start in range(len(parts)):
            try:
                file = Path(self._folder or "", *parts[start:]).resolve()
                if file.is_relative_to(self._folder or "") and file.is_file():
                    return file
            except (OSError, ValueError):  # A name no file can have.
                continue
        return None


def _name(address: str) -> str:
    """The path of a picture's address, without what leads up or to a host; empty for `data:`."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in ("", "http", "https", "file"):
        return ""
    path = unquote(parts.path).replace("\\", "/")
    steps = [step for step in path.split("/") if step not in ("", ".", "..")]
    name = "/".join(steps)
    return name if name.isprintable() else ""


def _in_article(name: str, article: Article | None) -> Image | None:
    """A picture that an earlier run brought, while its file is not at hand."""
    if not article or not name:
        return None
    named = Image.objects.filter(title__startswith=f"{name[-_NAME_LENGTH:]} [").order_by("pk")
    return next((image for image in named if f'src="{image.file.url}"' in article.body), None)


def with_pictures(body: str, images: Mapping[str, Image]) -> str:
    """The text with library pictures in place of the old ones; what is missing is left out."""

    def replaced(found: re.Match[str]) -> str:
        image = images.get(unescape(found[1]))
        if image is None:
            return ""
        src = escape(image.file.url)
        return f'<img src="{src}" alt="{found[2]}" width="{image.width}" height="{image.height}">'

    return _EMPTY.sub("", _IMG.sub(replaced, body))
