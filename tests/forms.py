"""Admin pages as a browser has them: their forms as they are filled in, and what they say."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

Data = dict[str, str | list[str]]


class Form(HTMLParser):
    """What a browser would send if nobody touched the form; `choices` also has its buttons."""

    def __init__(self, response: HttpResponse, name: str):
        """`name` is the form's id or class."""
        super().__init__()
        self.name = name
        self.data: Data = {}
        self.choices: dict[str, list[str]] = {}
        self._inside = False
        self._box = self._text = ""  # The name of the select box or text area that is open.
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = self.name in (found.get("id"), found.get("class"))
        if not self._inside:
            return
        if tag == "input" and "name" in found:
            self._input(**found)
        elif tag == "button" and "name" in found:
            self.choices.setdefault(found["name"], []).append(found["value"])
        elif tag == "select":
            self._box = found["name"]
            self.data[self._box] = [] if "multiple" in found else ""
        elif tag == "option" and self._box:
            self._option(found)
        elif tag == "textarea":
            self._text = found["name"]
            self.data[self._text] = ""

    def _input(self, name: str, type: str = "text", value: str = "", **found: str) -> None:
        if type in ("radio", "checkbox"):
            self.choices.setdefault(name, []).append(value)
            if "checked" in found:
                self.data[name] = value
        elif type not in ("submit", "file"):
            self.data[name] = value

    def _option(self, found: dict[str, str]) -> None:
        self.choices.setdefault(self._box, []).append(found["value"])
        chosen = self.data[self._box]
        if "selected" in found:
            self.data[self._box] = (
                [*chosen, found["value"]] if isinstance(chosen, list) else found["value"]
            )

    def handle_data(self, data: str) -> None:
        if self._text:
            self.data[self._text] = data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._box = ""
        elif tag == "textarea":
            self._text = ""


def submit(client: Client, path: str, name: str, /, **typed: Any) -> HttpResponse:
    """Open the page, change what is typed, send all of it, and follow to where that leads."""
    form = Form(client.get(path), name)
    assert typed.keys() - {"file"} <= form.data.keys() | form.choices.keys()
    return client.post(path, form.data | typed, follow=True)


def decide(client: Client, number: int, transition: str, /, **answers: Any) -> HttpResponse:
    """Answer the page that asks before an article's status is changed."""
    path = f"/admin/news/article/{number}/{transition}/now/"
    return submit(client, path, "transition-box", **answers)


def change(article: Any) -> str:
    """Where an article's form is."""
    return f"/admin/news/article/{article.pk}/change/"


def offered(response: HttpResponse) -> list[str]:
    """The transitions that the article's form goes on to."""
    return re.findall(r'name="_transition"\s+value="(\w+)"', response.content.decode())


def linked(response: HttpResponse) -> set[str]:
    """The transitions that the page has links to."""
    found = re.findall(r'href="/admin/news/article/\d+/(\w+)/now/"', response.content.decode())
    return set(found)


def badges(response: HttpResponse) -> list[str]:
    """What the page says the article is, and where a change of it stands."""
    return re.findall(r'class="badge badge-(\w+)"', response.content.decode())


def listed(response) -> dict[str, str]:
    """Of a library's list: title -> in how many articles it says that it is."""
    rows = re.findall(r"<tr>.*?</tr>", response.content.decode(), re.S)
    found = (
        re.search(r'field-title">(.*?)</t.*?field-in_articles">(.*?)</td>', r, re.S) for r in rows
    )
    return {re.sub(r"<[^>]*>", "", each[1]): each[2] for each in found if each}


def words(response: HttpResponse) -> str:
    """The page's words, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", response.content.decode())).split())


def errors(response: HttpResponse) -> list[str]:
    """What the form objects to, in the order of the page."""
    lists = re.findall(r'<ul class="errorlist[^>]*>(.*?)</ul>', response.content.decode(), re.S)
    return [unescape(item) for each in lists for item in re.findall(r"<li>(.*?)</li>", each)]


def messages(response: HttpResponse) -> list[str]:
    """What the page tells about what was just done."""
    html = response.content.decode()
    return [
        unescape(re.sub(r"<[^>]*>", "", item)).strip()
        for each in re.findall(r'<ul class="messagelist">(.*?)</ul>', html, re.S)
        for item in re.findall(r"<li[^>]*>(.*?)</li>", each, re.S)
    ]
