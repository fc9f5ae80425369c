"""Pictures and linked files of old pages, from a folder into the libraries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from django.core.exceptions import ValidationError

from news import attachments, pictures
from news.library import digest_of
from news.models import Article, Attachment, Image, LibraryFile
from news.models.addresses import is_ours

# Whatever else is linked to is a page, or what no library takes.
_LINKED = {".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".mp4"}

Prepare = Callable[..., AbstractContextManager[Any]]


@dataclass
class Assets:
    """What a page shows and offers, by the addresses that its text has for it; some of it is not
    saved yet. And what is to be said about what is missing."""

    images: dict[str, Image] = field(default_factory=dict)
    files: dict[str, Attachment] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def save_new(self) -> None:
        for each in (*self.images.values(), *self.files.values()):
            if each.pk is None:  # Or saved by now: a text can use one twice.
                each.save()


def find_assets(
    body: str,
    folder: Path | None,
    hosts: Collection[str | None],
    article: Article | None,
    stack: ExitStack,
) -> Assets:
    """What the libraries have of a page's pictures and files, or what they are to get.

    `hosts` are those of the old site: what is linked to on others is nothing that it had.
    Encodes new pictures, so call it outside any transaction. The files of what nobody has saved
    when the stack is closed are deleted.
    """
    soup = BeautifulSoup(body, "html.parser")
    found, search = Assets(), _Search(folder, article, stack, {})
    for img in soup("img", src=True):
        src = str(img["src"])
        if image := search.find(Image, pictures.prepared, src, found.problems):
            image.alt = image.alt or str(img.get("alt", ""))[:300]
            found.images[src] = image
    for link in _links(soup):
        href = str(link["href"])
        host = urlsplit(href).hostname
        if host and host not in hosts and not is_ours(host):
            continue
        title = link.get_text(" ", strip=True)[:200]
        if file := search.find(Attachment, attachments.prepared, href, found.problems, title):
            found.files[href] = file
    return found


def with_assets(body: str, assets: Assets) -> str:
    """The text with the libraries' pictures and files in place of the old ones.

    A picture that is missing is left out; a link to a missing file stays, as every other link does.
    """
    if "<img" not in body and "<a " not in body:
        return body
    soup = BeautifulSoup(body, "html.parser")
    for img in soup("img"):
        if image := assets.images.get(str(img.get("src"))):
            # As saving the article would write it, or else every import would change it.
            stored = image.as_stored({"alt": str(img.get("alt", ""))})
            img.replace_with(BeautifulSoup(stored, "html.parser"))
            continue
        around = img.find_parent(["p", "figure"])
        img.decompose()
        if around and not around.find("img") and not around.get_text(strip=True):
            around.decompose()
    for link in _links(soup):
        if file := assets.files.get(str(link["href"])):
            ref = {"title": str(link["title"])} if link.get("title") else {}
            stored = file.as_stored(ref, link.decode_contents())
            link.replace_with(BeautifulSoup(stored, "html.parser"))
    return str(soup).strip()


def _links(soup: BeautifulSoup) -> Iterator[Tag]:
    for link in soup("a", href=True):
        if PurePosixPath(_name(str(link["href"]))).suffix.lower() in _LINKED:
            yield link


def _name(address: str) -> str:
    """The path of a file's address, without what leads up or to a host; empty for `data:`."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    path = unquote(parts.path) if parts.scheme in ("", "http", "https") else ""
    return "/".join(step for step in path.split("/") if step not in ("", ".", ".."))


@dataclass
class _Search:
    """Where the files of one page are looked for."""

    folder: Path | None
    article: Article | None
    stack: ExitStack
    made: dict[tuple[type, str], Any]

    def find(
        self,
        model: type[LibraryFile],
        prepare: Prepare,
        address: str,
        problems: list[str],
        title: str = "",
    ) -> Any:
        problem = "missing"
        try:
            name = _name(address)
            found = self._from_folder(model, prepare, name, title) or self._from_article(
                model, name
            )
        except ValidationError as error:
            found, problem = None, f"left out ({' '.join(error.messages)})"
        except (OSError, ValueError) as error:  # Also names that no file can have.
            found, problem = None, f"left out ({error})"
        # A link that leads to no file of the folder stays, wherever it leads.
        if found is None and (model is Image or self.folder):
            problems.append(f"{_NOUNS[model]} {problem}: {address[:80]}")
        return found

    def _from_folder(
        self, model: type[LibraryFile], prepare: Prepare, name: str, title: str
    ) -> Any:
        """What the library has of a file: found by its content, or new and unsaved.

        The file is `upload/2023/a.jpg`, or `2023/a.jpg`, or `a.jpg` of the folder, and nothing
        outside.
        """
        folder, parts = self.folder and self.folder.resolve(), name.split("/") if name else []
        files = (folder.joinpath(*parts[i:]).resolve() for i in range(len(parts)) if folder)
        file = next((f for f in files if f.is_file() and f.is_relative_to(folder or "")), None)
        if file is None:
            return None
        with file.open("rb") as upload:
            digest = digest_of(upload)
            if (model, digest) not in self.made:
                self.made[model, digest] = _of_earlier(model, digest) or self.stack.enter_context(
                    prepare(upload, digest, imported_digest=digest, **_named(model, name, title))
                )
        return self.made[model, digest]

    def _from_article(self, model: type[LibraryFile], name: str) -> Any:
        """What an earlier run brought, while its file is not at hand."""
        if not self.article or not self.article.pk or not name:
            return None
        rows: Any = model._default_manager
        rows = rows.filter(uses__article=self.article)
        return rows.filter(**{_NAMED_BY[model]: name[-200:]}).order_by("pk").first()


def _of_earlier(model: type[LibraryFile], digest: str) -> Any:
    """Of this very file; staff may have given what an earlier run brought another one."""
    rows: Any = model._default_manager
    return rows.filter(digest=digest).first() or rows.filter(imported_digest=digest).first()


_NOUNS: dict[type, str] = {Image: "picture", Attachment: "file"}
_NAMED_BY: dict[type, str] = {Image: "title", Attachment: "name"}


def _named(model: type[LibraryFile], name: str, title: str) -> dict[str, str]:
    named = {_NAMED_BY[model]: name[-200:]}
    return named | {"title": title or PurePosixPath(name).stem} if model is Attachment else named
