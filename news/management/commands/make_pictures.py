"""Make the sizes of pictures that are not stored."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from news import pictures
from news.models import Image


class Command(BaseCommand):
    help = (
        "Make the sizes of pictures that are not stored: after files were lost, or when a release "
        "makes other sizes. Can be stopped and run again at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only say what is missing; exit code 1 if any is"
        )

    def handle(self, *, check: bool, **_: Any) -> None:
        incomplete = [
            image for image in self._shown(Image.objects.all()) if pictures.missing(image)
        ]
        failed = [] if check else [image for image in self._shown(incomplete) if self._fails(image)]
        if check and incomplete:
            raise CommandError(f"Sizes are missing of {_number(incomplete)}: {_ids(incomplete)}.")
        if failed:
            raise CommandError(f"Not possible for {_number(failed)}: {_ids(failed)}.")
        made = f"made for {_number(incomplete)}" if incomplete else "all there"
        self.stdout.write(f"Sizes of {Image.objects.count()} pictures: {made}")

    def _shown(self, images: Any) -> Any:
        """With a bar where somebody watches."""
        return tqdm(images, unit=" pictures", disable=None, leave=False)

    def _fails(self, image: Image) -> bool:
        try:
            pictures.remake(image)
        except (ValidationError, OSError) as error:
            why = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            self.stderr.write(f"Picture {image.pk} ({image.title}): {why}")
            return True
        return False


def _number(images: list[Image]) -> str:
    return f"{len(images)} picture{'' if len(images) == 1 else 's'}"


def _ids(images: list[Image]) -> str:
    return ", ".join(str(image.pk) for image in images)
