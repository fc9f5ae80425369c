"""The one door for rich text: what is not written here never reaches a reader."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import nh3
from django.conf import settings
from django.utils.translation import ngettext

from news import languagetags
from news.textrefs import ATTACHMENT, REL, pictures_in, with_links, with_pictures

_PLAIN = (frozenset[str](), frozenset[str]())
_LANG = frozenset({"lang"})  # Of passages in another language.
_ALIGNED = frozenset({"align-left", "align-center", "align-right", "align-justify"})

# Element -> (attributes, classes). The door is made of it, and so is the editor's own filter.
RULES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    **dict.fromkeys(("p", "h2", "h3", "h4"), (_LANG, _ALIGNED)),
    **dict.fromkeys(("strong", "b", "em", "i", "u", "s", "sub", "sup", "br", "hr"), _PLAIN),
    **dict.fromkeys(("ul", "li", "blockquote", "figcaption", "caption"), (_LANG, frozenset())),
    **dict.fromkeys(("table", "thead", "tbody", "tfoot", "tr"), _PLAIN),
    "span": (_LANG, frozenset()),  # Without it, it is left out.
    "ol": (_LANG | {"start"}, frozenset()),
    "th": (_LANG | {"colspan", "rowspan", "scope"}, _ALIGNED),
    "td": (_LANG | {"colspan", "rowspan"}, _ALIGNED),
    "a": (frozenset({"href", "title", ATTACHMENT}), frozenset()),
    "figure": (frozenset(), _ALIGNED | {"image"}),
    "img": (frozenset({"src", "alt", "width", "height", "data-picture"}), _ALIGNED),
}
_OF_PICTURES = {"figure", "figcaption", "img"}
SCHEMES = {"http", "https", "mailto", "tel"}

# Blocks that are not kept, and what stands for them: or else their words would run together.
_INSTEAD = {
    "h1": "h2",
    "h5": "h4",
    "h6": "h4",
    **dict.fromkeys(("div", "section", "article", "header", "footer", "main", "aside"), "p"),
    **dict.fromkeys(("address", "center", "pre", "dt", "dd"), "p"),
}

# What a reader would miss if the door took it: seen in a first pass that lets it through.
_EMBEDS = {"iframe", "video", "audio", "object", "embed"}
_FIELDS = {"input", "select", "textarea", "button"}
_REFUSED_SCHEMES = {"javascript", "vbscript", "data", "blob", "file", "ftp"}

_BLOCKS = {"p", "h2", "h3", "h4", "li", "blockquote", "tr", "caption", "figcaption", "br", "hr"}
_CELLS = {"td", "th"}
_SHOWS_WITHOUT_TEXT = {"img", "hr", "table"}
_OTHER_BLOCK = re.compile(rf"<(/?)({'|'.join(_INSTEAD)})>")
_PICTURE_WITHOUT_FILE = re.compile(r'<img(?: (?!src=)[a-z-]+="[^"]*")*>')
_SPAN = re.compile(r"<(/?)span( lang=)?[^>]*>")
_PICTURE_WITHOUT_ALT = re.compile(r"<img(?![^>]* alt=)")
_NUMBER = re.compile(r"[0-9]{1,5}")
_LIBRARY_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_FIGURE = re.compile(r"<figure[^>]*>(.*?)</figure>", re.DOTALL)
_BLANKS = re.compile(
    r"\s*</?(?:p|h[2-4]|ul|ol|li|blockquote|table|caption|thead|tbody|tfoot|tr|t[hd]|hr|br|figure"
    r"|figcaption)(?:\s[^>]*)?>\s*"
)
_MOST_PASSES = 8  # Ordinary text is stable after one, a quarter million mangled ones after three.


@dataclass(frozen=True)
class Clean:
    """Rich text that has passed the door."""

    html: str
    text: str
    removed: dict[str, int] = field(default_factory=dict)

    def removed_in_words(self) -> list[str]:
        """What a reader would miss, in the active language, for the editor to be told."""
        words = {
            "picture": lambda n: ngettext(
                "%(n)d picture that is not from the library",
                "%(n)d pictures that are not from the library",
                n,
            ),
            "embed": lambda n: ngettext(
                "%(n)d embedded video or frame", "%(n)d embedded videos or frames", n
            ),
            "file": lambda n: ngettext(
                "%(n)d link to a file that is not in the library",
                "%(n)d links to files that are not in the library",
                n,
            ),
            "field": lambda n: ngettext("%(n)d form field", "%(n)d form fields", n),
            "link": lambda n: ngettext(
                "the address of %(n)d link", "the addresses of %(n)d links", n
            ),
        }
        return [words[kind](n) % {"n": n} for kind, n in self.removed.items()]


def clean(html: str, *, libraries: bool = True) -> Clean:
    """Rich text as it may be stored and shown, with its plain text. An empty text is empty.

    `libraries`: whether it may use their pictures and files.
    """
    if not libraries:
        return _without_libraries(html, clean(html))
    passed = _OTHER_BLOCK.sub(_known_block, _passed(html, _WITH_OTHER_BLOCKS))
    # What was dropped can change how the rest nests, and so how the next save would read it.
    for _ in range(_MOST_PASSES):
        before, passed = passed, _passed(passed, _DOOR)
        if passed == before:
            break
    after = _Reader(passed)
    if not after.text and not after.elements.keys() & _SHOWS_WITHOUT_TEXT:
        passed = ""
    return Clean(passed.strip(), after.text, _missed(html, after))


def _without_libraries(html: str, passed: Clean) -> Clean:
    def words_alone(ref: dict[str, str], inner: str) -> str | None:
        leads_to_a_file = ref.get("href", "").startswith(settings.MEDIA_URL) or ATTACHMENT in ref
        return inner if leads_to_a_file else None

    # Cleaned again, as what is left around them may be empty now.
    bare = clean(with_links(with_pictures(passed.html, lambda picture: ""), words_alone))
    return Clean(bare.html, bare.text, _missed(html, _Reader(bare.html)))


def allowed_content(*, libraries: bool = True) -> dict[str, dict[str, str]]:
    """The same rules as CKEditor's `allowedContent`, so that the editor shows what will be kept.

    Headings of other levels come along: texts from word processors have them, and at the next save
    the door makes them ours. So does `dir`, without which the editor's button for languages does
    not know its own spans.
    """
    rules = RULES | dict.fromkeys(("h1", "h5", "h6"), _PLAIN)
    rules["span"] = (_LANG | {"dir"}, frozenset())
    return {
        tag: {"attributes": ",".join(sorted(attributes)), "classes": ",".join(sorted(classes))}
        for tag, (attributes, classes) in rules.items()
        if libraries or tag not in _OF_PICTURES
    }


def is_same(one: str, other: str) -> bool:
    """Whether two texts that have passed the door differ in the blanks between blocks alone, which
    the editor writes in its own way."""
    return _BLANKS.sub(_without_blanks, one) == _BLANKS.sub(_without_blanks, other)


def _without_blanks(found: re.Match[str]) -> str:
    return found[0].strip()


def embedded_pictures(html: str) -> list[str]:
    """The distinct `data:` addresses of pictures in any text, in their order."""
    found = (attributes.get("src", "") for attributes in pictures_in(_WITNESS.clean(html)))
    return list(dict.fromkeys(address for address in found if address.startswith("data:")))


def is_own_picture(src: str) -> bool:
    """Whether an address names a file below our own media folder, and nothing else."""
    path = src.removeprefix(settings.MEDIA_URL)
    return path != src and ".." not in path and bool(re.fullmatch(r"[\w][\w./-]*", path, re.ASCII))


def _known_block(tag: re.Match[str]) -> str:
    return f"<{tag[1]}{_INSTEAD[tag[2]]}>"


def _passed(html: str, cleaner: nh3.Cleaner) -> str:
    passed = cleaner.clean(html)
    passed = _PICTURE_WITHOUT_FILE.sub("", passed).replace("<p></p>", "")
    passed = _FIGURE.sub(_with_its_picture, passed)
    if "<span" in passed:
        passed = _without_bare_spans(passed)
    return _PICTURE_WITHOUT_ALT.sub('<img alt=""', passed)


def _without_bare_spans(html: str) -> str:
    """Those that name no language were about looks. What nh3 writes is nested well."""
    open_spans: list[str] = []

    def write(tag: re.Match[str]) -> str:
        if not tag[1]:
            open_spans.append(tag[2])
            return tag[0] if tag[2] else ""
        return tag[0] if open_spans.pop() else ""

    return _SPAN.sub(write, html)


def _with_its_picture(figure: re.Match[str]) -> str:
    """A figure, or its caption as a paragraph: the editor breaks where a figure has no picture."""
    if "<img" in figure[1]:
        return figure[0]
    return re.sub("<(/?)figcaption[^>]*>", r"<\1p>", figure[1])


def _checked_attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return value if is_own_picture(value) else None
    if name == "class":
        known = RULES.get(tag, _PLAIN)[1]  # Elements that are dropped are asked about too.
        return " ".join(word for word in value.split() if word in known) or None
    if name in ("data-picture", ATTACHMENT):
        return value if _LIBRARY_NUMBER.fullmatch(value) else None
    if name == "lang":
        return languagetags.checked(value)
    if name in ("width", "height", "colspan", "rowspan", "start"):
        return value if _NUMBER.fullmatch(value) else None
    return value


def _door(others: Set[str] = frozenset()) -> nh3.Cleaner:
    """What the rules let through, and `others` bare of attributes."""
    return nh3.Cleaner(
        tags=set(RULES) | others,
        attributes={
            "*": set(),  # Or else nh3 keeps `lang` and `title` on everything.
            **{
                tag: set(attributes) | ({"class"} if classes else set())
                for tag, (attributes, classes) in RULES.items()
                if attributes or classes
            },
        },
        attribute_filter=_checked_attribute,
        url_schemes=SCHEMES,
        link_rel=REL,
    )


_DOOR, _WITH_OTHER_BLOCKS = _door(), _door(set(_INSTEAD))
_WITNESS = nh3.Cleaner(
    tags=set(RULES) | _EMBEDS | _FIELDS,
    attributes={"img": {"src"}, "a": {"href"}, **{tag: {"src"} for tag in _EMBEDS}},
    url_schemes=SCHEMES | _REFUSED_SCHEMES,
)


def _missed(html: str, after: _Reader) -> dict[str, int]:
    """How many things of each kind were in the text and did not pass."""
    before = _Reader(_WITNESS.clean(html))
    counts = {
        "picture": before.elements["img"] - after.elements["img"],
        "embed": sum(before.elements[tag] for tag in _EMBEDS),
        "field": sum(before.elements[tag] for tag in _FIELDS),
        "link": before.links - after.links,
    }
    return {kind: count for kind, count in counts.items() if count > 0}


class _Reader(HTMLParser):
    """Reads what nh3 wrote (never raw input): its plain text, its elements, its links."""

    def __init__(self, html: str):
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.links = 0
        self._pieces: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.elements[tag] += 1
        self.links += tag == "a" and any(name == "href" for name, _ in attrs)
        self._separate(tag)

    def handle_endtag(self, tag: str) -> None:
        self._separate(tag)

    def handle_data(self, data: str) -> None:
        self._pieces.append(re.sub(r"\s+", " ", data))

    def _separate(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._pieces.append("\n")
        elif tag in _CELLS:
            self._pieces.append(" ")

    @property
    def text(self) -> str:
        lines = (re.sub(r" +", " ", line).strip() for line in "".join(self._pieces).split("\n"))
        return "\n".join(line for line in lines if line)
