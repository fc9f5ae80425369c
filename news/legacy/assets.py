"""Pictures of old pages, from a folder into the library."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError

from news.models import Article, Image
from news.pictures import digest_of, known, prepared


def find_pictures(
    body: str, folder: Path | None, article: Article | None, stack: ExitStack
) -> tuple[dict[str, Image], list[str]]:
    """Library images by the address in an `<img src>`, some of them not saved yet, and what is to
    be said about those that are missing.

    Encodes new ones, so call it outside any transaction. The files of those that nobody has saved
    when the stack is closed are deleted.
    """
    images: dict[str, Image] = {}
    problems: list[str] = []
    made: dict[str, Image] = {}
    for img in BeautifulSoup(body, "html.parser")("img", src=True) if "<img" in body else ():
        src, problem = str(img["src"]), "missing"
        try:
            name = _name(src)
            image = _from_folder(name, folder, made, stack) or _from_article(name, article)
        except ValidationError as error:
            image, problem = None, f"left out ({' '.join(error.messages)})"
        except (OSError, ValueError) as error:  # Also names that no file can have.
            image, problem = None, f"left out ({error})"
        if image:
            image.alt = image.alt or str(img.get("alt", ""))[:300]
            images[src] = image
        else:
            problems.append(f"picture {problem}: {src[:80]}")
    return images, problems


def with_pictures(body: str, images: Mapping[str, Image]) -> str:
    """The text with library pictures in place of the old ones; what is missing is left out."""
    if "<img" not in body:
        return body
    soup = BeautifulSoup(body, "html.parser")
    for img in soup("img"):
        if image := images.get(str(img.get("src"))):
            # As saving the article would write it, or else every import would change it.
            stored = image.as_stored({"alt": str(img.get("alt", ""))})
            img.replace_with(BeautifulSoup(stored, "html.parser"))
            continue
        around = img.find_parent(["p", "figure"])
        img.decompose()
        if around and not around.find("img") and not around.get_text(strip=True):
            around.decompose()
    return str(soup).strip()


def _name(address: str) -> str:
    """The path of a picture's address, without what leads up or to a host; empty for `data:`."""
    parts = urlsplit(address)
    path = unquote(parts.path) if parts.scheme in ("", "http", "https") else ""
    return "/".join(step for step in path.split("/") if step not in ("", ".", ".."))


def _from_folder(
    name: str, folder: Path | None, made: dict[str, Image], stack: ExitStack
) -> Image | None:
    """The library's image for a file: found by its content, or new and unsaved.

    The file is `upload/2023/a.jpg`, or `2023/a.jpg`, or `a.jpg` of the folder, and nothing outside.
    """
    folder, parts = folder and folder.resolve(), name.split("/") if name else []
    files = (folder.joinpath(*parts[i:]).resolve() for i in range(len(parts)) if folder)
    file = next((f for f in files if f.is_file() and f.is_relative_to(folder or "")), None)
    if file is None:
        return None
    with file.open("rb") as upload:
        digest = digest_of(upload)
        if digest not in made:
            # Staff may have given the picture of an earlier run another file.
            image = known(upload) or Image.objects.filter(imported_digest=digest).first()
            new = prepared(upload, title=name[-200:], imported_digest=digest)
            made[digest] = image or stack.enter_context(new)
    return made[digest]


def _from_article(name: str, article: Article | None) -> Image | None:
    """A picture that an earlier run brought, while its file is not at hand."""
    if not article or not article.pk or not name:
        return None
    return Image.objects.filter(uses__article=article, title=name[-200:]).order_by("pk").first()
