"""The same invented articles for every site: title, place and about 4 KB of text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

FIRST_DAY = datetime(2015, 1, 5, 1, 30, tzinfo=UTC)
SECTIONS = ("Projects", "Technology", "People", "Markets", "Safety", "Company")
SUBJECTS = (
    *("bridge", "refinery", "pipeline", "harbour", "desalination", "substation", "tunnel"),
    *("railway", "airport", "warehouse", "turbine", "storage", "compressor", "terminal"),
)
VOCABULARY = (
    "the project team has completed another stage of construction on schedule and within budget "
    "after months of careful planning engineers from several countries inspected every weld "
    "foundation and control system while local suppliers delivered steel concrete and cable "
    "visitors from government and industry praised the safety record of this large plant"
)
WORDS = VOCABULARY.split()
PARAGRAPHS = 7
WORDS_PER_PARAGRAPH = 82


def title(number: int) -> str:
    subject = SUBJECTS[number % len(SUBJECTS)]
    return f"Haisum hands over {subject} no. {number} after a year of construction"


def published_at(number: int) -> datetime:
    return FIRST_DAY + timedelta(hours=8 * number)


def section(number: int) -> int:
    return number % len(SECTIONS)


def subjects(number: int) -> tuple[int, ...]:
    count = len(SUBJECTS)
    return tuple({number % count, number * 3 % count, number * 5 % count})


def body(number: int) -> str:
    random = Random(number)
    texts = (" ".join(random.choices(WORDS, k=WORDS_PER_PARAGRAPH)) for _ in range(PARAGRAPHS))
    paragraphs = [f"<p>{text.capitalize()}.</p>" for text in texts]
    paragraphs.insert(3, f"<h2>What comes after no. {number}</h2>")
    return "\n".join(paragraphs)
