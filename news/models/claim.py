"""What a text uses of the libraries, found at every save."""

from __future__ import annotations

from typing import NamedTuple

from .attachment import Attachment, AttachmentUse
from .image import Image, PictureUse


class Claimed(NamedTuple):
    """A text in which all that is of a library knows its number there, and what that is."""

    html: str
    images: list[Image]
    attachments: list[Attachment]

    def keep(self, article_id: int, using: str = "default") -> None:
        """Remember that the article's text uses these."""
        PictureUse.objects.using(using).keep(article_id, self.images)
        AttachmentUse.objects.using(using).keep(article_id, self.attachments)


def claim(html: str, using: str = "default") -> Claimed:
    """Rich text that has passed the door, with the libraries' pictures and files in it."""
    html, images = Image.objects.using(using).claim(html)
    html, attachments = Attachment.objects.using(using).claim(html)
    return Claimed(html, images, attachments)
