"""Many made articles for measuring times: words as common and as rare as real ones.

The words between are those of the judged texts with a long tail of invented ones, drawn by
Zipf's law. The words that are looked for stand in them as often as `Planted` says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from random import Random

from bench.search.texts import Text, texts

FIRST, LAST = datetime(1999, 1, 4, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)
CATEGORIES = 8
VOCABULARY = 40_000
ENGLISH_WORDS, CHINESE_WORDS = 250, 330  # The Chinese ones make about 600 characters.
REAL_WORDS = {"en": 4000, "zh-hans": 60}  # Of Chinese the signs that are words by themselves.
RARE = 10  # articles


@dataclass(frozen=True)
class Planted:
    text: str
    share: float = 0.0  # Of the articles of its language; 0 is RARE of them.
    in_titles: float = 0.0


PLANTED = {
    "en": (
        Planted("Haisum", 1, 0.3),
        Planted("Haisum engineering", 0.4),
        Planted("plant", 0.45, 0.05),
        Planted("new", 0.45, 0.05),
        Planted("new plant"),
        Planted("turbine", 0.03, 0.01),
        Planted("boiler", 0.04, 0.01),
        Planted("steam turbine", 0.02),
        Planted("lignosulphonate"),
        Planted("nacreous pigment"),
    ),
    "zh-hans": (
        Planted("公司", 1, 0.2),
        Planted("海诚工程", 0.4, 0.1),
        Planted("新厂", 0.45, 0.02),
        Planted("厂房", 0.45, 0.02),
        Planted("新厂房"),
        Planted("越南", 0.03, 0.01),
        Planted("桥", 0.04, 0.01),
        Planted("生物质锅炉", 0.02, 0.005),
        Planted("造纸", 0.3, 0.05),
        Planted("犀鸟"),
        Planted("珠光颜料车间"),
    ),
}


@dataclass(frozen=True)
class Made:
    language: str
    title: str
    summary: str
    body: str
    category: int
    published_at: datetime


def crowd(count: int) -> Iterator[Made]:
    """Half of them English, half Chinese, in no order of their dates, as imports come."""
    writers = [_Writer(language, count // 2) for language in PLANTED]
    step = (LAST - FIRST) / count
    dates = [FIRST + number * step for number in range(count)]
    Random(count).shuffle(dates)
    for number, date in enumerate(dates):
        yield writers[number % 2].article(number // 2, date)


class _Writer:
    def __init__(self, language: str, count: int):
        self.language = language
        self.random = Random(language)
        self.count = count
        self.glue = " " if language == "en" else ""
        self.words = _vocabulary(language, self.random)
        weights = (1 / (rank + 2.7) for rank in range(len(self.words)))
        self.weights = list(accumulate(weights))

    def article(self, number: int, published_at: datetime) -> Made:
        length = ENGLISH_WORDS if self.language == "en" else CHINESE_WORDS
        title, body = self._draw(self.random.randint(5, 9)), self._draw(length)
        for index, planted in enumerate(PLANTED[self.language]):
            if self._has(planted, index, number):
                body.insert(self.random.randint(0, len(body)), planted.text)
            if self.random.random() < planted.in_titles:
                title.insert(self.random.randint(0, len(title)), planted.text)
        return Made(
            self.language,
            self.glue.join(title),
            self.glue.join(self._draw(15)),
            self._paragraphs(body),
            number % CATEGORIES,
            published_at,
        )

    def _has(self, planted: Planted, index: int, number: int) -> bool:
        if planted.share:
            return self.random.random() < planted.share
        # Each rare text in other articles than the others.
        return number % (self.count // RARE) == 7 + index

    def _draw(self, count: int) -> list[str]:
        return self.random.choices(self.words, cum_weights=self.weights, k=count)

    def _paragraphs(self, words: list[str]) -> str:
        stop = ". " if self.language == "en" else "。"
        sentences = [self.glue.join(words[at : at + 22]) for at in range(0, len(words), 22)]
        return f"<p>{stop.join(sentences[:6])}</p><p>{stop.join(sentences[6:])}</p>"


def _vocabulary(language: str, random: Random) -> list[str]:
    """The commonest first: real words, then invented ones out of their parts."""
    real = " ".join(f"{text.title} {text.plain_body}" for text in _texts_in(language))
    planted = {part for item in PLANTED[language] for part in item.text.lower().split()}
    if language == "en":
        counted = Counter(word for word in real.lower().split() if word.isalpha())
        parts, weights, lengths = _syllables(counted), None, (2, 3, 3, 4)
    else:
        counted = Counter(sign for sign in real if "一" <= sign <= "鿿")
        parts, weights, lengths = list(counted), list(counted.values()), (1, 2, 2, 2, 2, 3, 4)
    words = dict.fromkeys(word for word, _ in counted.most_common(REAL_WORDS[language]))
    while len(words) < VOCABULARY:
        words["".join(random.choices(parts, weights, k=random.choice(lengths)))] = None
    return [word for word in words if word not in planted]


def _texts_in(language: str) -> list[Text]:
    return [text for text in texts() if text.language == language]


def _syllables(words: Counter[str]) -> list[str]:
    return sorted({word[at : at + 3] for word in words for at in range(0, len(word) - 2, 2)})
