"""What search knows is what the articles say, whoever changes them."""

import io
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from news import searchindex
from news.models import Article, KnownWord, SearchEntry, Status
from news.search import everything, search, titles
from tests.helpers import NOW, PUBLISHED_AT, make_article, make_category

pytestmark = pytest.mark.time_machine(NOW)


def found(text: str, language: str = "en", **filters) -> list[int]:
    return list(search(text, language=language, **filters).ids)


# --- Every way of changing an article ---


@pytest.mark.django_db
def test_saving_changes_what_is_found():
    article = make_article(title="Turbine", summary="Boiler", body="<p>Grate</p>")
    article.title, article.summary, article.body = "Mill", "Dryer", "<p>Reel</p>"
    article.save()
    assert not any(found(word) for word in ("turbine", "boiler", "grate"))
    assert all(found(word) == [article.pk] for word in ("mill", "dryer", "reel"))
    article.body = "<p>Press</p>"
    article.save(update_fields=["body"])
    assert found("press") == [article.pk]
    article.title = "Not stored"
    article.save(update_fields=["source"])
    assert found("mill") == [article.pk]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {"title": "Bridge"},
        {"summary": "Bridge"},
        {"body": "<p>Bridge</p>"},
        {"language": "zh-hans"},
        {"status": Status.WITHDRAWN},
        {"binned_at": NOW},
        {"expires_at": NOW},
        {"published_at": NOW + timedelta(days=1)},
        {"category": "other"},
    ],
    ids=lambda values: next(iter(values)),
)
def test_every_field_that_search_knows_is_followed_in_bulk(values):
    article = make_article(title="Mill", summary="Mill", body="<p>Mill</p>")
    if "category" in values:
        values = {"category": make_category("Other")}
    before = searchindex.outdated([article.pk])
    Article.objects.filter(pk=article.pk).update(**values)
    assert before == searchindex.outdated([article.pk]) == []
    if "category" in values:
        assert found("mill", category=values["category"].pk) == [article.pk]
    elif {"title", "summary", "body"} & values.keys():
        assert found("bridge") == [article.pk]
    else:
        assert found("mill") == []


@pytest.mark.django_db
def test_bulk_writes_and_deletions_are_followed():
    category = make_category()
    made = Article.objects.bulk_create(
        Article(
            title=f"Mill {n}",
            category=category,
            status=Status.PUBLISHED if n else Status.DRAFT,
            published_at=PUBLISHED_AT,
        )
        for n in range(3)
    )
    assert sorted(found("mill")) == sorted(article.pk for article in made[1:])
    for article in made:
        article.title = article.title.replace("Mill", "Bridge")
    Article.objects.bulk_update(made, ["title"])
    assert found("mill") == []
    assert len(found("bridge")) == 2
    Article.objects.filter(pk=made[0].pk).delete()
    assert made[0].pk not in everything("bridge")
    made[1].status = Status.DRAFT
    Article.objects.filter(pk=made[1].pk).update(status=Status.DRAFT)
    Article.objects.get(pk=made[1].pk).delete()
    assert SearchEntry.objects.count() == 1


@pytest.mark.django_db
def test_what_is_loaded_from_a_file_is_found(tmp_path):
    article = make_article(title="Turbine")
    file = tmp_path / "articles.json"
    call_command("dumpdata", "news.article", "news.category", output=file)
    Article.objects.filter(pk=article.pk).update(title="Mill")
    call_command("loaddata", file, verbosity=0)
    assert found("turbine") == [article.pk]
    assert found("mill") == []


@pytest.mark.django_db
def test_a_dump_of_the_whole_newsroom_is_loaded_again(tmp_path):
    article = make_article(title="Turbine")
    make_article(title="Boiler")
    Article.objects.filter(pk=article.pk).update(title="Mill")
    file = tmp_path / "news.json"
    call_command("dumpdata", "news", output=file)
    Article.objects.filter(pk=article.pk).update(title="Bridge")
    SearchEntry.objects.update(vector=None, places=None)
    call_command("loaddata", file, verbosity=0)
    assert found("mill") == [article.pk]
    assert len(found("boiler")) == 1
    call_command("rebuild_search", "--check", stdout=io.StringIO())


@pytest.mark.django_db
def test_a_change_beside_the_words_does_not_read_them(monkeypatch):
    article = make_article(title="Turbine")
    monkeypatch.setattr(searchindex, "tokenise", None)
    Article.objects.filter(pk=article.pk).update(status=Status.WITHDRAWN)
    assert found("turbine") == []
    article.status = Status.PUBLISHED
    article.save(update_fields=["status"])
    assert found("turbine") == [article.pk]


@pytest.mark.django_db
def test_articles_that_may_be_left_out_are_refused():
    with pytest.raises(TypeError, match="cannot be searched"):
        Article.objects.bulk_create([Article(title="x")], ignore_conflicts=True)


@pytest.mark.django_db
def test_a_text_beyond_all_measure_is_stored_and_found():
    words = " ".join(
        f"{n:05}ж".translate(str.maketrans("0123456789", "абвгдежзик")) * 5 for n in range(15_000)
    )
    article = make_article(title="Turbine", body=f"<p>{words}</p>")
    assert found("turbine") == [article.pk]


@pytest.mark.django_db
def test_a_change_that_is_taken_back_was_never_searched():
    article = make_article(title="Turbine")
    with pytest.raises(RuntimeError), transaction.atomic():
        article.title = "Mill"
        article.save()
        assert found("mill") == [article.pk]
        raise RuntimeError
    assert found("turbine") == [article.pk]
    assert found("mill") == []


# --- Keys ---


@pytest.mark.django_db
def test_keys_follow_publication_and_never_collide():
    late = make_article(published_at=PUBLISHED_AT)
    back_dated = make_article(published_at=PUBLISHED_AT - timedelta(days=40_000))
    same_moment = make_article(published_at=PUBLISHED_AT)
    entries = SearchEntry.objects.order_by("key").values_list("article_id", flat=True)
    assert list(entries) == [back_dated.pk, late.pk, same_moment.pk]
    assert SearchEntry.year_of(late.search_entry.key) == PUBLISHED_AT.year


# --- The command ---


@pytest.mark.django_db
def test_the_command_writes_the_index_anew_and_checks_it():
    articles = [make_article(title=f"Mill {n}") for n in range(3)]
    SearchEntry.objects.filter(article=articles[0]).delete()
    SearchEntry.objects.filter(article=articles[1]).update(on_schedule=False)
    KnownWord.objects.all().delete()
    with pytest.raises(CommandError, match=f"2 articles: {articles[0].pk}, {articles[1].pk}"):
        call_command("rebuild_search", "--check")
    assert found("mill") == [articles[2].pk]
    said = io.StringIO()
    call_command("rebuild_search", stdout=said)
    assert "3 articles: written anew" in said.getvalue()
    assert len(found("mill")) == 3
    assert KnownWord.objects.filter(word="mill").exists()
    call_command("rebuild_search", "--check", stdout=said)
    assert "all up to date" in said.getvalue()


@pytest.mark.django_db
def test_the_check_sees_words_that_are_gone_and_the_command_forgets_unused_ones():
    article = make_article(title="Turbine")
    Article.objects.filter(pk=article.pk).update(title="Mill")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM news_searchtext")
        else:
            cursor.execute("UPDATE news_searchentry SET vector = NULL, places = NULL")
    with pytest.raises(CommandError, match=f"1 articles: {article.pk}"):
        call_command("rebuild_search", "--check")
    call_command("rebuild_search", stdout=io.StringIO())
    assert found("mill") == [article.pk]
    assert set(KnownWord.objects.values_list("word", flat=True)) == {"mill"}


@pytest.mark.django_db(transaction=True)
def test_a_migration_fills_the_index_it_makes():
    article = make_article(title="Turbine")
    try:
        call_command("migrate", "news", "0001", verbosity=0)
    finally:
        call_command("migrate", "news", verbosity=0)
    assert found("turbine") == [article.pk]


@pytest.mark.django_db(transaction=True)
def test_editors_publish_while_the_index_is_written_anew(monkeypatch):
    monkeypatch.setattr(searchindex, "BATCH", 2)
    articles = [make_article(title=f"Turbine {n}") for n in range(12)]
    stop = Event()
    failed = []

    def edit() -> None:
        try:
            while not stop.is_set():
                for article in articles:
                    article.title = article.title.replace("Turbine", "Mill")
                    article.save()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    editor = Thread(target=edit)
    editor.start()
    try:
        for _ in range(5):
            call_command("rebuild_search", stdout=io.StringIO())
    finally:
        stop.set()
        editor.join()
    assert not failed
    call_command("rebuild_search", "--check", stdout=io.StringIO())
    assert found("turbine") == []
    assert len(found("mill")) == 12


# --- How it is looked up ---

QUERIES = ["mill", '"paper machine"', "mill -vietnam", "海诚工程公司", "海"]


def plans(captured: CaptureQueriesContext) -> str:
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    said = []
    with transaction.atomic(), connection.cursor() as cursor:
        for query in captured.captured_queries:
            if query["sql"].startswith("SET"):
                cursor.execute(query["sql"])
            # What is found is then read by its keys; of a small table that is all of it.
            elif connection.vendor == "sqlite" or '"key" + 0' in query["sql"]:
                cursor.execute(f"{explain} {query['sql'].replace('%', '%%')}", [])
                said += [str(row[-1]) for row in cursor.fetchall()]
    return "\n".join(said)


@pytest.mark.django_db(transaction=True)
def test_no_search_reads_the_table():
    category = make_category()
    Article.objects.bulk_create(
        Article(
            title=f"Paper machine {n} 海诚{chr(0x4E00 + n)}", category=category, status="published"
        )
        for n in range(500)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for text in QUERIES:
        with CaptureQueriesContext(connection) as captured:
            search(text, language="en")
            titles(text, language="en")
        plan = plans(captured)
        if connection.vendor == "postgresql":
            assert "Bitmap Index Scan on search_words" in plan, text
            assert "Seq Scan" not in plan
        else:
            assert "VIRTUAL TABLE INDEX" in plan, text
            assert "SCAN news_searchentry" not in plan


@pytest.mark.django_db
@pytest.mark.parametrize("text", QUERIES)
def test_as_many_questions_however_many_articles(text):
    asked = []
    for _ in range(2):
        for n in range(10):
            make_article(title=f"Paper machine of mill {n} 海诚工程公司")
        with CaptureQueriesContext(connection) as captured:
            search(text, language="en")
        asked.append(len(captured))
    assert asked[0] == asked[1] <= 8
