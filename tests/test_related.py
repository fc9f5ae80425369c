"""Related news: what stands there, in which order, and what never does."""

import pytest

from news.models import Article, RelatedPick, Status
from news.related import NEWEST_CONSIDERED, related_ids
from news.surroundings import surroundings
from tests.helpers import NOW, hidden_articles, make_article, make_category, make_tag

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]


def pick(article, *others):
    for position, other in enumerate(others):
        RelatedPick.objects.create(article=article, related=other, position=position)


def related_articles(article, limit=6):
    around = surroundings(article)
    found = Article.objects.lazily(related_ids(article, around.picks, around.tags, limit))
    return [item for _pk, item in found]


@pytest.fixture
def elsewhere():
    """A category that nothing is related by."""
    return make_category("Elsewhere")


def test_picked_by_hand_come_first_then_shared_tags_then_the_category(elsewhere):
    epc, paper = make_tag("EPC"), make_tag("Paper")
    article = make_article(tags=(epc, paper))
    same_category = make_article()
    one_tag = make_article(tags=(epc,), category=elsewhere)
    both_tags = make_article(tags=(paper, epc), category=elsewhere)
    newer_one_tag = make_article(tags=(paper,), category=elsewhere)
    second, first = make_article(category=elsewhere), make_article(category=elsewhere)
    make_article(category=elsewhere)
    pick(article, first, second)
    assert related_articles(article) == [
        first,
        second,
        both_tags,
        newer_one_tag,
        one_tag,
        same_category,
    ]


def test_picks_keep_the_order_that_the_editor_gave_them():
    article, *others = (make_article() for _ in range(4))
    RelatedPick.objects.create(article=article, related=others[0], position=2)
    RelatedPick.objects.create(article=article, related=others[1], position=1)
    RelatedPick.objects.create(article=article, related=others[2], position=2)
    RelatedPick.objects.create(article=others[0], related=others[1], position=9)
    assert related_articles(article) == [others[1], others[0], others[2]]


def test_the_category_gives_its_newest_first():
    article, older, newer = (make_article() for _ in range(3))
    assert related_articles(article) == [newer, older]


def test_never_itself_and_never_one_twice():
    tag = make_tag()
    article, other = make_article(tags=(tag,)), make_article(tags=(tag,))
    pick(article, other)
    assert related_articles(article) == [other]


def test_never_what_readers_may_not_see(elsewhere):
    tag = make_tag()
    article = make_article(tags=(tag,))
    hidden = [
        *hidden_articles().values(),
        *hidden_articles(tags=(tag,), category=elsewhere).values(),
    ]
    pick(article, *hidden)
    assert related_articles(article) == []


def test_hidden_picks_leave_their_places_to_shared_tags(elsewhere):
    tag = make_tag()
    article = make_article(tags=(tag,))
    tagged = make_article(tags=(tag,), category=elsewhere)
    same_category = make_article()
    pick(article, *(make_article(status=Status.DRAFT) for _ in range(3)))
    assert related_articles(article, limit=2) == [tagged, same_category]


def test_never_the_other_language():
    tag = make_tag()
    article = make_article(tags=(tag,))
    chinese = make_article(language="zh-hans", tags=(tag,))
    pick(article, chinese)
    assert related_articles(article) == []


def test_at_most_as_many_as_asked_for():
    tag = make_tag()
    article, *others = (make_article(tags=(tag,)) for _ in range(9))
    pick(article, *others[:3])
    assert related_articles(article, 2) == others[:2]
    assert related_articles(article, 5) == [*others[:3], others[7], others[6]]
    assert len(related_articles(article)) == 6


def test_an_article_alone_has_none():
    assert related_articles(make_article()) == []


def test_beyond_the_newest_of_a_tag_nothing_is_ranked(elsewhere):
    tag = make_tag()
    article = make_article(tags=(tag,))
    older = [make_article(tags=(tag,), category=elsewhere) for _ in range(NEWEST_CONSIDERED + 1)]
    assert related_articles(article, 99) == older[:0:-1]


def test_the_newest_of_its_tags_are_not_fewer_for_being_among_them():
    tag = make_tag()
    articles = [make_article(tags=(tag,)) for _ in range(NEWEST_CONSIDERED + 1)]
    assert len(related_articles(articles[-1], 99)) == NEWEST_CONSIDERED


def test_as_many_shared_tags_rank_by_date_across_tags(elsewhere):
    epc, paper = make_tag("EPC"), make_tag("Paper")
    article = make_article(tags=(epc, paper))
    found = [make_article(tags=(tag,), category=elsewhere) for tag in (epc, paper, epc, paper)]
    assert related_articles(article) == found[::-1]
