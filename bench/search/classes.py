"""The kinds of searches whose times are measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A search; what is compared with `icontains` is named in `plain`, as it has no phrases."""

    name: str
    language: str
    query: str
    filtered: bool = False
    plain: str = ""


def _kind(language: str, name: str, query: str, plain: str = "", filtered: bool = False) -> Kind:
    return Kind(name, language, query, filtered, plain or query)


KINDS = (
    _kind("en", "common word", "Haisum"),
    _kind("en", "word in half of them", "plant"),
    _kind("en", "middling word", "turbine"),
    _kind("en", "rare word", "lignosulphonate"),
    _kind("en", "word that is nowhere", "qwyjibo"),
    _kind("en", "two common words", "Haisum plant"),
    _kind("en", "common and middling word", "new turbine"),
    _kind("en", "two middling words", "turbine boiler"),
    _kind("en", "common and rare word", "Haisum lignosulphonate"),
    _kind("en", "sentence with stop words", "what is the new plant of Haisum"),
    _kind("en", "common phrase", '"Haisum engineering"', "Haisum engineering"),
    _kind("en", "phrase of stop words", '"of the"', "of the"),
    _kind("en", "middling phrase", '"steam turbine"', "steam turbine"),
    _kind("en", "rare phrase", '"nacreous pigment"', "nacreous pigment"),
    _kind("en", "rare phrase of common words", '"new plant"', "new plant"),
    _kind("en", "phrase of common words, nowhere", '"plant new Haisum"', "plant new Haisum"),
    _kind("en", "common word without another", "Haisum -plant", "Haisum"),
    _kind("en", "common word, category and year", "Haisum", filtered=True),
    _kind("en", "middling word, category and year", "turbine", filtered=True),
    _kind("en", "rare word, category and year", "lignosulphonate", filtered=True),
    _kind("zh-hans", "common word", "公司"),
    _kind("zh-hans", "common word of 4 characters", "海诚工程"),
    _kind("zh-hans", "middling word", "越南"),
    _kind("zh-hans", "middling word of 5 characters", "生物质锅炉"),
    _kind("zh-hans", "rare word", "犀鸟"),
    _kind("zh-hans", "rare word of 6 characters", "珠光颜料车间"),
    _kind("zh-hans", "rare word of common pairs", "新厂房"),
    _kind("zh-hans", "word that is nowhere", "饕餮"),
    _kind("zh-hans", "common single character", "的"),
    _kind("zh-hans", "middling single character", "桥"),
    _kind("zh-hans", "rare single character", "犀"),
    _kind("zh-hans", "two common words", "公司 海诚工程"),
    _kind("zh-hans", "common and middling word", "公司 越南"),
    _kind("zh-hans", "three words without spaces", "海诚越南造纸", "海诚 越南 造纸"),
    _kind("zh-hans", "middling words without spaces", "越南生物质锅炉", "越南 生物质锅炉"),
    _kind("zh-hans", "sentence", "海诚公司的新厂房在哪里", "海诚 公司 新厂房"),
    _kind("zh-hans", "common phrase", '"海诚工程"', "海诚工程"),
    _kind("zh-hans", "common word without another", "公司 -海诚工程", "公司"),
    _kind("zh-hans", "common word, category and year", "公司", filtered=True),
    _kind("zh-hans", "middling word, category and year", "越南", filtered=True),
    _kind("zh-hans", "rare word, category and year", "犀鸟", filtered=True),
)

# What stands in the search box when titles are suggested.
BEGINNINGS = (
    *(("en", text) for text in ("h", "ha", "haisum", "turb", "new pl", "qwyj")),
    *(("zh-hans", text) for text in ("公", "公司", "越", "越南", "海诚工", "饕")),
)
