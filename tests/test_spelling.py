"""What is offered instead of what is nowhere."""

import pytest

from news.models import Status
from news.spelling import MOST_TEXTS, near
from tests.helpers import NOW, hidden_articles, make_article

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]


@pytest.mark.parametrize(
    "text",
    [
        "contruction",
        "constrution",
        "constructoin",
        "Cunstruction",
        "konstruction",
    ],
)
def test_a_misspelt_word_leads_to_one_of_a_title(text):
    make_article(title="Construction in Vietnam")
    assert near(text, "en") == ["construction"]


def test_only_the_words_that_are_nowhere_are_replaced():
    make_article(title="Paper mill in Vietnam")
    assert near('"paper mill" Veitnam', "en") == ['"paper mill" vietnam']
    assert near("paper mil -thailand", "en")[0] == "paper mill -thailand"


@pytest.mark.parametrize("text", ["海成", "还成", "haicheng", "海程工程"])
def test_what_sounds_alike_leads_to_the_right_characters(text):
    make_article(language="zh-hans", title="海诚工程公司")
    assert near(text, "zh-hans")[0] in ("海诚", "海诚工程")


def test_words_that_are_never_together_are_offered_apart():
    make_article(title="Bridge")
    make_article(title="Mill")
    assert set(near("bridge mill", "en")) == {"bridge", "mill"}
    assert near("bridge qqqqq", "en") == ["bridge"]


def test_nothing_is_offered_that_finds_nothing():
    make_article(title="Mill")
    assert near("qqqqqqq", "en") == near("", "en") == near("🎉", "en") == []


def test_titles_that_nobody_may_see_are_not_betrayed():
    hidden_articles()
    make_article(title="Turbine", status=Status.DRAFT)
    make_article(title="x", body="<p>Turbines are unspeakably good.</p>")
    assert near("unspeakible", "en") == near("turbinne", "en") == []


def test_only_so_much_is_offered():
    for letter in "abcdefgh":
        make_article(title=f"Paper{letter}")
    assert len(near("paperz", "en")) == MOST_TEXTS
    assert near("paperz " * 40, "en")


@pytest.mark.parametrize("text", ["势拾" * 100, "工城 " * 60, "mi ll pa per " * 15, "海成" * 6])
def test_no_text_asks_more_than_a_few_dozen_questions(text, django_assert_max_num_queries):
    for number in range(15):
        make_article(
            language="zh-hans", title=f"时势{chr(0x4E00 + number)}十石", status=Status.DRAFT
        )
    make_article(language="zh-hans", title="海诚工程")
    with django_assert_max_num_queries(150):
        near(text, "zh-hans")


def test_the_other_language_is_not_offered():
    make_article(language="zh-hans", title="EPCM项目Construction")
    assert near("constructoin", "en") == []
