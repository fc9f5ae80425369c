"""The files that the demo's articles offer, made of its pictures."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass

from PIL import Image as Picture

from .pictures import PICTURES

_DAY = time.gmtime(0)  # Always the same, so that the same file is made again.


@dataclass(frozen=True)
class Paper:
    """A drawing on a sheet, as PDF."""

    title: str
    picture: str

    def pdf(self) -> bytes:
        sheet = io.BytesIO()
        with Picture.open(io.BytesIO(PICTURES[self.picture].jpeg())) as picture:
            dates = {"creationDate": _DAY, "modDate": _DAY}
            picture.save(sheet, "PDF", resolution=150, title=self.title, **dates)
        return sheet.getvalue()


PAPERS = {
    "route-en": Paper("Route of the brine pipeline", "contours"),
    "route-zh-hans": Paper("输卤管线走向图", "contours"),
}
