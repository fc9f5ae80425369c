"""Names of languages as HTML writes them."""

import pytest

from news import languagetags

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("en", "en"),
        ("EN-us", "en-US"),
        ("zh-hans", "zh-Hans"),
        ("ZH-HANT-hk", "zh-Hant-HK"),
        ("es-419", "es-419"),
        ("de-CH-1996", "de-CH-1996"),
        ("ca-valencia", "ca-valencia"),
        ("yue", "yue"),
    ],
)
def test_a_tag_is_spelt_as_the_standard_does(written, spelt):
    assert languagetags.checked(written) == spelt
    assert languagetags.checked(spelt) == spelt


@pytest.mark.parametrize(
    "written",
    [
        "",
        "e",
        "english",
        "en_GB",
        "en-",
        "-en",
        "en us",
        "x-none",
        "zh-chs-x",
        "en\n",
        'fr"',
        "ｅｎ",
    ],
)
def test_what_is_no_tag_is_none(written):
    assert languagetags.checked(written) is None
