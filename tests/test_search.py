"""What a reader's words find."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as fuzzing
from hypothesis import strategies as st

from news.search import MAX_LENGTH, MAX_WORDS, search
from tests.helpers import NOW, hidden_articles, make_article

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]


def found(query: str, language: str = "en") -> set[str]:
    return set(search(language, query).values_list("title", flat=True))


def test_the_title_the_summary_and_the_text_are_searched():
    make_article(title="Turbine", body="<p>x</p>")
    make_article(title="B", summary="A new turbine")
    make_article(title="C", body="<h2>The turbines</h2>")
    make_article(title="D", source="Turbine Weekly")
    assert found("turbine") == {"Turbine", "B", "C"}


def test_every_word_must_be_there_but_not_in_one_place():
    make_article(title="Paper mill", summary="starts up", body="<p>in Vietnam</p>")
    make_article(title="Paper", body="<p>in Thailand</p>")
    assert found("vietnam PAPER starts") == {"Paper mill"}
    assert found("paper") == {"Paper mill", "Paper"}
    assert found("vietnam thailand") == set()


def test_newest_come_first():
    older, newer = make_article(title="A mill"), make_article(title="A mill")
    assert list(search("en", "mill")) == [newer, older]


def test_chinese_is_found_by_any_part_of_it():
    make_article(language="zh-hans", title="海诚承建造纸项目", body="<p>绿色环保</p>")
    assert found("造纸", "zh-hans") == {"海诚承建造纸项目"}
    assert found("项目 环保", "zh-hans") == {"海诚承建造纸项目"}
    assert found("造纸\u3000环保", "zh-hans") == {"海诚承建造纸项目"}
    assert found("炼钢", "zh-hans") == set()


def test_each_language_is_searched_alone():
    make_article(title="EPC award")
    make_article(language="zh-hans", title="EPC奖项")
    assert found("EPC") == {"EPC award"}
    assert found("EPC", "zh-hans") == {"EPC奖项"}


def test_what_readers_may_not_see_is_never_found():
    hidden_articles()
    assert found("unspeakable") == set()


@pytest.mark.parametrize("query", ["", " ", "\n\t\u3000", "\x00", "\x00 \x00"])
def test_no_words_find_nothing(query):
    make_article()
    assert found(query) == set()


@pytest.mark.parametrize("sign", ["%", "_", "\\", "'", '"', "&", "<", "*", "?", "(", "🎉"])
def test_signs_are_what_they_are(sign):
    make_article(title=f"100{sign} pure")
    make_article(title="1000 pure")
    assert found(f"100{sign}") == {f"100{sign} pure"}
    assert found(f"pure {sign}") == {f"100{sign} pure"}


def test_the_text_is_searched_not_its_markup():
    make_article(title="A", body="<p><strong>Steel</strong> &amp; iron</p>")
    assert found("strong") == set()
    assert found("amp") == set()
    assert found("steel &") == {"A"}


def test_a_nul_among_the_words_parts_them():
    make_article(title="Paper mill")
    assert found("paper\x00mill") == {"Paper mill"}


def test_only_so_many_words_and_characters_count():
    make_article(title="Mill")
    assert found("mill " * MAX_WORDS + "nowhere") == {"Mill"}
    assert found("mill " + " " * MAX_LENGTH + "nowhere") == {"Mill"}
    assert found("x" * 10_000) == set()


@fuzzing(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=300) | st.text(alphabet="%_\\'\"\x00 🎉;-", max_size=40))
def test_no_query_fails(query):
    found(query)
    found(query, "zh-hans")
