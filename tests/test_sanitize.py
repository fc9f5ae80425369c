"""Attacks on the one door for rich text."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import settings as fuzzing
from hypothesis import strategies as st

from news.browsing import NUMBER_MARK
from news.sanitize import RULES, SCHEMES, allowed_content, clean, is_own_picture, is_same

pytestmark = pytest.mark.once

ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT >",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script/x>",
    "<style>p{background:url(javascript:alert(1))}</style>",
    "<style>@import '//evil.example/x.css';</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<td style="width:expression(alert(1))">x</td>',
    '<p onclick="alert(1)" ONMOUSEOVER=alert(1) on\nload=alert(1)>x</p>',
    "<img src=x onerror=alert(1)>",
    "<img src=/media/a.jpg onerror=alert(1) onload=alert(1)>",
    '<img src="/media/a.jpg"onerror="alert(1)">',
    "<img/src=/media/a.jpg/onerror=alert(1)>",
    '<img src="/media/a.jpg" srcset="//evil.example/a.jpg 2x" usemap="#x">',
    '<iframe src="https://evil.example/"></iframe>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=x.swf></object><embed src=x.swf><applet code=x></applet>",
    "<video src=x onerror=alert(1)><source onerror=alert(1)></video><audio src=x></audio>",
    "<form action=//evil.example/><input name=password><button formaction=javascript:x>go</form>",
    "<select><option>x</select><textarea autofocus onfocus=alert(1)><p>x</textarea>",
    "<isindex action=javascript:alert(1) type=image>",
    "<svg onload=alert(1)><script>alert(1)</script><a xlink:href=javascript:alert(1)>x</a></svg>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<svg><foreignObject><p><style><!--</style><img src=x onerror=alert(1)>--></style>",
    "<math><mtext><table><mglyph><style><!--</style>"
    '<img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<math><annotation-xml encoding=text/html><p><script>alert(1)</script>",
    '<math href="javascript:alert(1)"><maction xlink:href="javascript:alert(1)">x</maction></math>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "<template><img src=x onerror=alert(1)></template>",
    "<xmp><img src=x onerror=alert(1)></xmp><plaintext><script>alert(1)</script>",
    "<marquee onstart=alert(1)>x</marquee><details open ontoggle=alert(1)>x</details>",
    '<base href="//evil.example/">',
    '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
    "<body onload=alert(1)><html onclick=alert(1)><head><title>x</title></head>",
    "<!-- <script>alert(1)</script> --><!--[if IE]><script>alert(1)</script><![endif]-->",
    "<!--><img src=x onerror=alert(1)>--><!--x--!><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]><?xml-stylesheet href=x?><!DOCTYPE x>",
    f"<p>{NUMBER_MARK}</p>",
    f'<a href="/en/" title="{NUMBER_MARK}">x</a>',
    '<p id="content" name="body" class="site-header align-left" lang="xx" title="x" data-x="y">x',
    '<a href="/en/" target="_blank" rel="opener" ping="//evil.example/" download>x</a>',
    '<a href="/x" title="x&quot; onclick=&quot;alert(1)">x</a>',
    "<p>unclosed <b><i><a href='/en/'>x",
    '<a href="/en/',
    "<img src=`/media/a.jpg` onerror=alert(1)",
    "</p></div></body></html><p",
    "<a href=/a><table><a href=javascript:alert(1)><td><a href=/b>x",
    "<p><object><p><button><p>x",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<\x00script>alert(1)</\x00script><img sr\x00c=x o\x00nerror=alert(1)>",
    '<a href="java\x00script:alert(1)">x</a>',
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
]

BAD_LINKS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "javascript\t:alert(1)",
    "javascript://example.com/%0aalert(1)",
    "vbscript:msgbox(1)",
    "blob:https://example.com/5d0e1f",
    "file:///etc/passwd",
    "data:text/html,<script>alert(1)</script>",
    "ftp://example.com/x",
    "view-source:javascript:alert(1)",
    "livescript:alert(1)",
]
ENCODED_LINKS = [
    "&#106;avascript:alert(1)",
    "&#x6A;avascript:alert(1)",
    "&#0000106avascript:alert(1)",
    "java&#9;script:alert(1)",
    "java&Tab;script:alert(1)",
    "java&NewLine;script:alert(1)",
    "javascript&colon;alert(1)",
    "&#1;javascript:alert(1)",
]
BAD_PICTURES = [
    *BAD_LINKS,
    "",
    "/media/",
    "https://evil.example/media/a.jpg",
    "//evil.example/media/a.jpg",
    "/media//../admin/",
    "/media/../admin/",
    "/media/pictures/../../admin/logout/",
    "/media/..%2fadmin/",
    "/media/%2e%2e/admin/",
    "/media/\\..\\admin",
    "\\media\\a.jpg",
    "/media/a.jpg?next=/admin/",
    "/media/a.jpg#x",
    "/media/a.jpg\n",
    " /media/a.jpg",
    "/mediaevil/a.jpg",
    "media/a.jpg",
    "/static/a.jpg",
    "/en/s/../../media/a.jpg",
]


class Checked(HTMLParser):
    """Reads a page's HTML and fails at the first thing that the rules do not name."""

    def __init__(self, html: str):
        super().__init__()
        self.links: list[dict[str, str | None]] = []
        self.pictures: list[str | None] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes, classes = RULES[tag]
        allowed = (
            attributes | ({"class"} if classes else set()) | ({"rel"} if tag == "a" else set())
        )
        found = dict(attrs)
        assert "lang" in found or tag != "span"
        assert re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", found.get("lang") or "en")
        assert len(found) == len(attrs)
        assert found.keys() <= allowed
        assert set((found.get("class") or "align-left").split()) <= classes | {"align-left"}
        if tag == "a":
            assert found["rel"] == "noopener noreferrer"
            # Browsers drop these characters before they look for the scheme.
            address = re.sub(r"[\x00-\x20]", "", found.get("href") or "")
            assert urlsplit(address).scheme in SCHEMES | {""}
            self.links.append(found)
        if tag == "img":
            assert is_own_picture(found["src"] or "")
            self.pictures.append(found["src"])

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def is_safe(html: str) -> Checked:
    """Nothing in it but what the rules name; and the door finds nothing more to do."""
    passed = clean(html).html
    assert clean(passed).html == passed
    assert NUMBER_MARK not in passed
    assert "\x00" not in passed
    return Checked(passed)


def test_what_newsrooms_write_passes_unchanged():
    text = (
        '<h2 class="align-center">Mill 3</h2>'
        "<p>Started <strong>up</strong> in <em>May</em>, H<sub>2</sub>O, m<sup>2</sup>.<br>New.</p>"
        '<ol start="3"><li>One</li></ol><ul><li>Two</li></ul><hr>'
        "<blockquote><p>Well</p></blockquote>"
        '<table><caption>Output</caption><thead><tr><th scope="col">t</th></tr></thead>'
        '<tbody><tr><td class="align-right" colspan="2">9</td></tr></tbody></table>'
        '<figure class="image"><img src="/media/2025/a.jpg" alt="A" width="800" height="450">'
        "<figcaption>The mill</figcaption></figure>"
        '<p><a href="https://x.example/?a=1&amp;b=2" title="T" rel="noopener noreferrer">x</a></p>'
    )
    assert clean(text).html == text
    assert clean(text).removed == {}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_survives(attack):
    is_safe(attack)
    is_safe(f"<p>before</p>{attack}<p>after</p>")
    is_safe(f"<table><tr><td>{attack}</td>{attack}</tr></table>{attack}")


@pytest.mark.parametrize("address", [*map(escape, BAD_LINKS), *ENCODED_LINKS])
def test_no_link_leads_to_a_refused_scheme(address):
    (link,) = is_safe(f'<a href="{address}">text</a>').links
    assert "href" not in link
    assert clean(f'<a href="{address}">text</a>').text == "text"


@pytest.mark.parametrize(
    "address",
    ["/en/news/7/x/", "#top", "?page=2", "https://example.com/", "mailto:a@b.cn", "tel:+8621"],
)
def test_ordinary_links_stay_and_give_nothing_away(address):
    (link,) = is_safe(f'<a href="{address}" rel="opener" target="_blank">x</a>').links
    assert link == {"href": address, "rel": "noopener noreferrer"}


@pytest.mark.parametrize("address", [*map(escape, BAD_PICTURES), *ENCODED_LINKS])
def test_pictures_come_from_our_own_media_only(address):
    assert is_safe(f'<p>x<img alt="y" src="{address}"></p>').pictures == []


def test_a_picture_of_the_library_stays():
    assert is_safe('<img src="/media/pictures/2026/0a1b.webp">').pictures == [
        "/media/pictures/2026/0a1b.webp"
    ]


@pytest.mark.parametrize("value", ["abc", "-1", "1e9", "100%", "999999", "1;x", "\u0661"])
def test_sizes_are_numbers(value):
    html = f'<img src="/media/a.jpg" width="{value}"><ol start="{value}"><li>x</li></ol>'
    assert clean(html).html == '<img alt="" src="/media/a.jpg"><ol><li>x</li></ol>'


@pytest.mark.parametrize(
    "html", ["", " \n", "<p>&nbsp;</p>", "<p><br></p>", "<p></p>\n<h2> </h2>", "<!-- x -->", "\x00"]
)
def test_an_empty_text_is_empty(html):
    assert (clean(html).html, clean(html).text) == ("", "")


@pytest.mark.parametrize("html", ["<hr>", '<p><img src="/media/a.jpg" alt=""></p>'])
def test_what_shows_without_words_is_not_empty(html):
    assert (clean(html).html, clean(html).text) == (html, "")


def test_the_plain_text_has_a_line_for_each_block():
    html = (
        "<h2>Mill&nbsp;3</h2>\n<p>One<br>two <b>th</b>ree &amp; &lt;b&gt;</p>"
        "<ul><li>a</li><li>b</li></ul>"
        "<table><tr><td>c</td><td>d</td></tr><tr><td>e</td></tr></table>"
        '<figure><img src="/media/a.jpg" alt="unread"><figcaption>f</figcaption></figure>'
    )
    assert clean(html).text == "Mill 3\nOne\ntwo three & <b>\na\nb\nc d\ne\nf"


def test_the_editor_is_told_what_readers_would_miss():
    html = (
        '<p>x<img src="https://evil.example/a.jpg"><img src="data:image/png,x">'
        '<img src="/media/a.jpg"></p><iframe src="https://video.example/1"></iframe>'
        '<a href="file:///C:/x.doc">a</a><a href="/en/">b</a>'
        "<form><input><button>go</button></form>"
    )
    assert clean(html).removed == {"picture": 2, "embed": 1, "field": 2, "link": 1}
    assert clean(html).removed_in_words() == [
        "2 pictures that are not from the library",
        "1 embedded video or frame",
        "2 form fields",
        "the address of 1 link",
    ]


@pytest.mark.parametrize("html", ["<script>1</script><style>p{}</style>", "<p style='x'>x</p>"])
def test_what_nobody_misses_goes_in_silence(html):
    assert clean(html).removed == {}


def test_words_that_look_like_markup_are_kept():
    text = '<p>Write class="" or &lt;img alt="x"&gt; there</p>'
    assert clean(text).html == text


def test_the_editor_shows_what_the_door_lets_through():
    content = allowed_content()
    assert content.keys() == {*RULES, "h1", "h5", "h6"}  # Those become h2 and h4.
    for tag, (attributes, classes) in RULES.items():
        # The editor's button for languages writes `dir` too.
        assert set(content[tag]["attributes"].split(",")) - {"", "dir"} == attributes
        assert set(content[tag]["classes"].split(",")) - {""} == classes
    assert not {"script", "style", "iframe", "form", "svg", "math", "div"} & RULES.keys()
    assert not {a for attributes, _ in RULES.values() for a in attributes if a.startswith("on")}


FORMS = ["form", "input", "button", "select", "textarea", "object", "iframe", "noscript", "xmp"]
FOREIGN = ["svg", "math", "mtext", "mglyph", "foreignObject", "annotation-xml", "template"]
OTHERS = ["script", "style", "title", "div", "span", "h1", "body", "html"]
TAGS = st.sampled_from([*RULES, *FORMS, *FOREIGN, *OTHERS])
VALUES = st.sampled_from(
    [*BAD_PICTURES, "/media/a.jpg", "align-left image x", "3", "zh-hans"]
) | st.text(max_size=8)
ATTRIBUTES = st.builds(
    '{}="{}"'.format,
    st.sampled_from(["href", "src", "class", "style", "onclick", "title", "width", "id", "lang"]),
    VALUES,
)
PIECES = st.one_of(
    st.text(max_size=6),
    st.builds("<{} {} {}>".format, TAGS, ATTRIBUTES, ATTRIBUTES),
    st.builds("<{}>".format, TAGS),
    st.builds("</{}>".format, TAGS),
    st.sampled_from(["<!--", "-->", "<![CDATA[", "]]>", "<?", "<!", "&#x3c;", "&lt;", '"', "\x00"]),
)


@fuzzing(max_examples=400, deadline=None)
@given(st.text())
def test_any_text_is_safe(text):
    is_safe(text)


@fuzzing(max_examples=600, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_mangled_html_is_safe_and_stable(html):
    is_safe(html)


@pytest.mark.parametrize(
    ("html", "stored"),
    [
        ("<h1>Title</h1><div>One</div><div>Two</div>", "<h2>Title</h2><p>One</p><p>Two</p>"),
        ("<div><p>One</p>Two</div>", "<p>One</p>Two"),
        ("<section><h5>Small</h5><pre>Code</pre></section>", "<h4>Small</h4><p>Code</p>"),
        ("<ul><li><div>One</div></li></ul>", "<ul><li><p>One</p></li></ul>"),
    ],
)
def test_blocks_that_are_not_kept_leave_their_words_apart(html, stored):
    assert clean(html).html == stored


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            '<p>Text</p><figure class="image"><img alt="x" src="https://ext.example/x.jpg">'
            "<figcaption>The mill</figcaption></figure>",
            "<p>Text</p><p>The mill</p>",
        ),
        ('<p>Text</p><figure class="image"></figure>', "<p>Text</p>"),
    ],
)
def test_a_figure_that_lost_its_picture_is_its_caption(html, expected):
    """The editor's picture plugin breaks where a figure has none, and the text with it."""
    assert clean(html).html == expected


@pytest.mark.parametrize(
    ("html", "stored"),
    [
        ('<p lang="FR">Bon</p>', '<p lang="fr">Bon</p>'),
        ('<p>A <span dir="ltr" lang="de">B</span></p>', '<p>A <span lang="de">B</span></p>'),
        ('<ul lang="ja"><li lang="vi">A</li></ul>', '<ul lang="ja"><li lang="vi">A</li></ul>'),
        ('<td lang="en">A</td>', "A"),
        ('<p lang="x-none">A</p>', "<p>A</p>"),
        ('<p><em lang="fr">A</em></p>', "<p><em>A</em></p>"),
        (
            '<p>A<span> b<span lang="fr"> c<span> d</span></span></span></p>',
            '<p>A b<span lang="fr"> c d</span></p>',
        ),
        ('<p><span style="color:red">A</span><span lang="">b</span></p>', "<p>Ab</p>"),
        ('<p><span lang="fr"></span></p>', ""),
    ],
)
def test_passages_in_other_languages_say_which(html, stored):
    assert clean(html).html == stored


def test_what_language_a_passage_is_in_is_no_word_of_it():
    html = '<p>The <span lang="fr">pâte</span>s</p><p lang="zh-hans">纸</p>'
    assert clean(html).text == "The pâtes\n纸"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("<p>A</p><p>B</p>", "<p>A</p>\n\n<p>B</p>\n", True),
        ("<ul><li>A</li></ul>", "<ul>\n\t<li>A</li>\n</ul>", True),
        ("<p>A <strong>B</strong></p>", "<p>A<strong>B</strong></p>", False),
        ("<p>A</p>", "<p>B</p>", False),
        ("<p>A</p>", "<h2>A</h2>", False),
    ],
)
def test_blanks_between_blocks_are_no_change(one, other, same):
    assert is_same(one, other) is same
