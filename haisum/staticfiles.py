"""How static files are stored: smaller, and under names that change with what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile, File
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = ("css/", "js/")  # Of others' files most are small already.
MINIFIERS: dict[str, Callable[[str], str]] = {".css": cssmin, ".js": jsmin}


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """What JavaScript modules import is hashed too, so that no browser mixes two releases."""

    support_js_module_import_aggregation = True

    def save(self, name: str, content: File, max_length: int | None = None) -> str:
        """Copies that collectstatic makes do without their sources' comments and white space."""
        minified = MINIFIERS.get(PurePath(name).suffix)
        if minified and PurePath(name).as_posix().startswith(OURS):
            content = ContentFile(minified(content.read().decode()).encode())
        return super().save(name, content, max_length)

    def post_process(self, paths: dict[str, Any], **options: Any) -> Iterator[tuple]:
        """What is hashed are these copies, not their sources, where Django looks otherwise."""
        yield from super().post_process({name: (self, name) for name in paths}, **options)
