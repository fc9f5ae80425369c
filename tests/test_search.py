"""What a reader's words find, and in what order."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as fuzzing
from hypothesis import strategies as st

from news.models import Article, Status
from news.query import parse
from news.search import everything, search, titles
from news.tokens import tokenise
from tests.helpers import NOW, PUBLISHED_AT, SITE_ZONE, hidden_articles, make_article, make_category

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]


LETTERS = str.maketrans("0123456789", "bcdfghjklm")


def found(text: str, language: str | None = "en", **filters) -> list[str]:
    """The titles of what is found, best first."""
    ids = search(text, language=language, **filters).ids
    articles = Article.objects.in_bulk(ids)
    return [articles[pk].title for pk in ids]


# --- What matches ---


def test_the_title_the_summary_and_the_text_are_searched():
    make_article(title="Turbine", body="<p>x</p>")
    make_article(title="B", summary="A new turbine")
    make_article(title="C", body="<h2>The turbines</h2>")
    make_article(title="D", source="Turbine Weekly", source_url="https://turbine.example/")
    assert set(found("turbine")) == {"Turbine", "B", "C"}


def test_every_word_must_be_there_but_not_in_one_place():
    make_article(title="Paper mill", summary="starts up", body="<p>in Vietnam</p>")
    make_article(title="Paper", body="<p>in Thailand</p>")
    assert found("vietnam PAPER starts") == ["Paper mill"]
    assert set(found("paper")) == {"Paper mill", "Paper"}


def test_where_nothing_has_all_words_most_of_them_will_do():
    make_article(title="Paper mill in Vietnam")
    make_article(title="Paper trader", body="<p>in Thailand</p>")
    result = search("paper mill thailand", language="en")
    assert result.is_relaxed
    assert found("paper mill thailand")[0] == "Paper mill in Vietnam"
    assert set(found("vietnam thailand")) == {"Paper mill in Vietnam", "Paper trader"}
    assert found("mill qqqqq wwwww") == found("qqqqq") == []
    assert found("mill thailand -paper") == []


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("constructing", "The construction of a mill"),
        ("ＥＰＣ", "An EPC contract"),
        ("epc", "An ＥＰＣ contract"),
        ("cafe", "The Café"),
        ("wastewater's", "Wastewater"),
        ("9001", "ISO 9001:2015"),
        ("state-of-the-art", "A state of the art plant"),
        ("ISO 9001", "ISO9001 certificate"),
        ("co2", "CO₂ captured"),
        ("200000 t", "A mill of 200,000 t"),
        ("waste water plant", "Wastewater plant"),
        ("waste-water", "Wastewater plant"),
    ],
)
def test_words_are_found_in_other_forms(text, title):
    make_article(title=title)
    assert found(text) == [title]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("工程", "海诚工程公司"),
        ("海誠", "海诚股份"),
        ("海诚", "海誠股份"),
        ("公司", "海诚工程公司"),
        ("司", "海诚工程公司"),
        ("工", "海诚工程公司"),
        ("海诚工程公司", "海诚工程公司"),
        ("ＥＰＣ项目", "越南EPC项目"),
        ("越南epc", "越南EPC项目"),
        ("造纸　环保", "造纸厂的环保"),
        ("环保，造纸", "造纸厂的环保"),
    ],
)
def test_chinese_is_found_by_any_part_of_it(text, title):
    make_article(language="zh-hans", title=title)
    make_article(language="zh-hans", title="炼钢")
    assert found(text, "zh-hans") == [title]


def test_characters_in_a_row_are_found_in_that_row_alone():
    make_article(language="zh-hans", title="上海的诚意")
    make_article(language="zh-hans", title="海上", body="<p>诚实</p>")
    assert found("海诚", "zh-hans") == []
    assert found("上海", "zh-hans") == ["上海的诚意"]


def test_what_is_typed_in_one_is_found_apart_if_nowhere_else():
    make_article(language="zh-hans", title="海诚承建越南项目", body="<p>年产二十万吨造纸厂</p>")
    make_article(language="zh-hans", title="泰国造纸机", body="<p>造纸</p>")
    result = search("越南造纸", language="zh-hans")
    assert result.is_relaxed
    assert found("越南造纸", "zh-hans") == found("越南的造纸", "zh-hans") == ["海诚承建越南项目"]
    assert found('"越南造纸"', "zh-hans") == []
    make_article(language="zh-hans", title="越南造纸")
    assert not search("越南造纸", language="zh-hans").is_relaxed
    assert found("越南造纸", "zh-hans") == ["越南造纸"]


def test_a_phrase_stands_as_it_is():
    make_article(title="The paper machine of the mill")
    make_article(title="A machine for paper")
    assert found('"paper machine"') == ["The paper machine of the mill"]
    assert found("“machines of the mills”") == ["The paper machine of the mill"]
    assert found('"machine paper"') == []
    assert len(found("machine paper")) == 2


def test_a_phrase_does_not_reach_from_one_field_into_the_next():
    make_article(title="A new paper", summary="Machine hall", body="<p>x</p>")
    assert found('"paper machine"') == []


def test_words_not_wanted_leave_articles_out():
    make_article(title="Mill in Vietnam")
    make_article(title="Mill in Thailand", body="<p>paper machine</p>")
    assert found("mill -vietnam") == ["Mill in Thailand"]
    assert found('mill -"paper machine"') == ["Mill in Vietnam"]
    assert found('mill -"machine paper" -vietnam') == ["Mill in Thailand"]
    assert found("-vietnam") == []


def test_older_articles_are_reached_behind_many_that_are_left_out(monkeypatch):
    monkeypatch.setattr("news.search.MOST_READ", 3)
    monkeypatch.setattr("news.search.MOST_RANKED", 2)
    for number in range(7):
        make_article(title=f"Mill {number} with a paper machine", published_at=PUBLISHED_AT)
    older = PUBLISHED_AT - timedelta(days=900)
    make_article(title="Mill without", published_at=older)
    make_article(title="A mill of paper, the machine", published_at=older)
    assert set(found('mill -"paper machine"')) == {"Mill without", "A mill of paper, the machine"}
    assert len(found('"paper machine"')) == 2


def test_the_text_is_searched_not_its_markup():
    make_article(title="A", body="<p><strong>Steel</strong> &amp; iron</p>")
    assert found("strong") == found("amp") == []
    assert found("steel &") == ["A"]


def test_a_very_long_text_is_searched_as_far_as_its_16_000th_word():
    words = " ".join(f"{n:06}".translate(LETTERS) for n in range(17_000))
    make_article(title="Long", body=f"<p>{'again ' * 500}</p><p>{words}</p>")
    assert found(f'"{"015000 015001".translate(LETTERS)}"') == ["Long"]
    assert found("016900".translate(LETTERS)) == []


# --- Of what ---


def test_each_language_is_searched_alone_or_all_together():
    make_article(title="EPC award")
    make_article(language="zh-hans", title="EPC奖项")
    assert found("EPC") == ["EPC award"]
    assert found("EPC", "zh-hans") == ["EPC奖项"]
    assert set(found("EPC", None)) == {"EPC award", "EPC奖项"}


def test_a_category_and_a_year_narrow_it_down():
    awards = make_category("Awards")
    turn = datetime(2025, 1, 1, tzinfo=SITE_ZONE)
    make_article(title="Old award", category=awards, published_at=turn - timedelta(seconds=1))
    make_article(title="New award", category=awards, published_at=turn)
    make_article(title="Award project", published_at=turn)
    assert set(found("award", category=awards.pk)) == {"Old award", "New award"}
    assert found("award", year=2024) == ["Old award"]
    assert found("award", category=awards.pk, year=2025) == ["New award"]
    assert found("award", category=0) == found("award", year=2020) == []


def test_what_readers_may_not_see_is_never_found():
    hidden_articles()
    hidden_articles(language="zh-hans", category=make_category("工程", "zh-hans"))
    for language in ("en", "zh-hans", None):
        assert found("unspeakable", language) == []
        assert titles("unspeak", language=language or "en") == []


def test_what_readers_may_not_see_changes_nothing_that_is_found():
    make_article(language="zh-hans", title="海诚承建泵站")
    make_article(title="Nightowl", status=Status.DRAFT)
    before = found("海象泵站", "zh-hans"), found("night owl")
    make_article(language="zh-hans", title="海象", status=Status.DRAFT)
    assert (found("海象泵站", "zh-hans"), found("night owl")) == before == (["海诚承建泵站"], [])


def test_an_article_is_found_from_its_moment_to_its_end(time_machine):
    day = timedelta(days=1)
    make_article(title="Tender", published_at=NOW + day, expires_at=NOW + 2 * day)
    assert found("tender") == []
    time_machine.move_to(NOW + day)
    assert found("tender") == ["Tender"]
    time_machine.move_to(NOW + 2 * day)
    assert found("tender") == []


# --- In what order ---


def test_titles_stand_above_summaries_above_texts():
    make_article(title="Turbine", body="<p>x</p>")
    make_article(title="B", summary="A turbine")
    make_article(title="C", summary="x", body="<p>turbine</p>")
    assert found("turbine") == ["Turbine", "B", "C"]


def test_what_a_text_is_about_stands_above_what_it_mentions():
    make_article(title="About", summary="x", body="<p>Turbine, turbines and a turbine.</p>")
    make_article(title="Mentions", summary="x", body="<p>A turbine, a mill and a bridge.</p>")
    assert found("turbine") == ["About", "Mentions"]


def test_newest_come_first_among_equals_however_late_they_were_written():
    make_article(title="New mill", published_at=PUBLISHED_AT)
    make_article(title="Old mill", published_at=PUBLISHED_AT - timedelta(days=9000))
    make_article(title="Newer mill", published_at=PUBLISHED_AT + timedelta(days=1))
    assert found("mill") == ["Newer mill", "New mill", "Old mill"]


def test_words_in_the_title_as_typed_stand_above_words_apart():
    make_article(title="Paper machine for Vietnam", published_at=PUBLISHED_AT)
    make_article(title="Machine room of a paper trader", published_at=NOW)
    assert found("paper machine")[0] == "Paper machine for Vietnam"


def test_only_the_newest_of_very_many_are_ranked(monkeypatch):
    monkeypatch.setattr("news.search.MOST_RANKED", 3)
    for days in range(5):
        make_article(title=f"Mill {days}", published_at=NOW - timedelta(days=400 * days + 1))
    make_article(title="x", body="<p>mill</p>", published_at=NOW - timedelta(days=2))
    result = search("mill", language="en")
    assert result.is_capped
    assert found("mill") == ["Mill 0", "Mill 1", "x"]
    monkeypatch.setattr("news.search.MOST_RANKED", 6)
    assert not search("mill", language="en").is_capped
    assert len(found("mill")) == 6


# --- Suggestions and staff ---


def test_titles_are_found_while_they_are_typed():
    make_article(title="Constructions in Vietnam")
    make_article(language="zh-hans", title="海诚承建造纸项目")
    make_article(title="x", body="<p>Constructions</p>")
    assert [len(titles(text, language="en")) for text in ("c", "co", "constructi", "viet co")] == [
        *(0, 1, 1, 1)
    ]
    assert titles("constructed", language="en") == titles("", language="en") == []
    assert len(titles("海", language="zh-hans")) == len(titles("造纸项", language="zh-hans")) == 1


def test_staff_find_everything_and_while_they_type():
    for name, article in hidden_articles().items():
        assert article.pk in everything("unspeakable"), name
    make_article(language="zh-hans", title="海诚承建造纸项目")
    assert len(set(everything("unspeak"))) == 7
    assert len(set(everything("海誠"))) == 1
    assert not everything("-unspeak")
    assert not everything('"draft unspeakable"')
    assert not everything("!!!")


# --- Any text at all ---


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t\u3000", "\x00", "\x00 \x00", "🎉", '"', "%_\\'&<*?("]
)
def test_no_words_find_nothing(text):
    make_article()
    assert found(text) == []


@pytest.mark.parametrize(
    "sign", ["%", "_", "\\", "'", '"', "&", "<", "*", "?", "(", "🎉", ":", "!"]
)
def test_signs_among_words_say_nothing(sign):
    make_article(title="100 pure")
    make_article(title="1000 pure")
    assert found(f"100{sign}") == found(f"{sign}100 {sign} pure") == ["100 pure"]


WORDS = st.sampled_from(
    ["mill", "Mills", "new", "the", "EPC", "海诚", "海", "诚工", "工程", "城海"]
)
TEXTS = st.lists(WORDS, max_size=8).flatmap(
    lambda words: st.sampled_from([" ", "", "，", "-"]).map(lambda joint: joint.join(words))
)
QUERIES = st.lists(
    st.tuples(st.sampled_from(["", "-"]), TEXTS, st.booleans()).map(
        lambda part: part[0] + (f'"{part[1]}"' if part[2] else part[1])
    ),
    max_size=3,
).map(" ".join)


def holds(article: Article, stems: tuple[str, ...], is_open: bool) -> bool:
    """Whether tokens stand side by side in a field, looked for one by one."""
    for text in (article.title, article.summary, article.body_text):
        tokens = [token.stem for token in tokenise(text)]
        for at in range(len(tokens) - len(stems) + 1):
            *first, last = tokens[at : at + len(stems)]
            same = last.startswith(stems[-1]) if is_open else last == stems[-1]
            if same and tuple(first) == stems[:-1]:
                return True
    return False


@fuzzing(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=4), QUERIES)
def test_both_databases_find_what_a_look_at_every_word_finds(fields, text):
    Article.objects.filter(title__startswith=".").update(binned_at=NOW)
    for title, summary, body in fields:
        make_article(title=f". {title}", summary=summary, body=f"<p>{body}</p>")
    query = parse(text)
    expected = {
        article.pk
        for article in Article.objects.public().filter(title__startswith=".")
        if query.wanted
        and all(holds(article, p.stems, p.is_open) for p in query.wanted)
        and not any(holds(article, p.stems, p.is_open) for p in query.unwanted)
    }
    result = search(text, language="en")
    assert (set() if result.is_relaxed else set(result.ids)) == expected
    assert set(everything(text)) >= expected


@fuzzing(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=300) | st.text(alphabet="%_\\'\"\x00 🎉;-:*^&|!()<>海a", max_size=40))
def test_no_query_fails(text):
    search(text, language="zh-hans")
    titles(text, language="en")
    everything(text)
