"""A rule in words: what a tier counts as covered, read off its fields and nothing else."""

import re
from collections.abc import Iterable

from api.figures import M2_PER_HA, percent
from api.texts import Texts
from gis import RuleSet, Tier
from layers.kinds import KINDS, Kinds
from layers.kinds.codes.green import GREEN_CLASSES

_CLASSES = {system.key: system for system in GREEN_CLASSES}
_QUANTITY = re.compile(r"(\d+)(m2|km|ha|m)")


def tier_title(tier: Tier, texts: Texts) -> str:
    """Name a tier.

    Examples
    --------
    >>> from api.texts import texts_in
    >>> tier = Tier("green_300m", "300 米见绿", ["green_space"], 300)
    >>> tier_title(tier, texts_in("zh")), tier_title(tier, texts_in("en"))
    ('300 米见绿', 'Green 300 m')
    """
    return named_tier(tier.name, tier.name_zh, texts)


def named_tier(name: str, name_zh: str, texts: Texts) -> str:
    """Name a tier of which only the names are known."""
    if texts.lang == "zh":
        return name_zh
    words = [_spaced(word) for word in name.split("_")]
    return " ".join(words)[:1].upper() + " ".join(words)[1:]


def tier_definition(tier: Tier, texts: Texts, kinds: Kinds = KINDS) -> str:
    """Say in one sentence when a place is covered by this tier."""
    clauses = [
        texts(
            f"pages.rule.distance_{tier.distance}_{tier.to}",
            targets=layer_titles(tier.layers, texts, kinds),
            radius=tier.radius_m,
        ),
        *_conditions(tier, texts),
    ]
    end, comma = ("。", "；") if texts.lang == "zh" else (".", "; ")
    return comma.join(clauses) + end


def rule_title(rules: RuleSet, texts: Texts) -> str:
    """Name a rule set."""
    return rules.title_zh if texts.lang == "zh" else rules.title_en


def rule_note(rules: RuleSet, texts: Texts) -> str:
    """Give what a reader of its figures must know; empty where there is nothing."""
    return rules.note_zh if texts.lang == "zh" else rules.note_en


def layer_titles(layers: Iterable[str], texts: Texts, kinds: Kinds = KINDS) -> str:
    """Name the layers of a tier; one that nobody declared goes by its key."""
    titles = [texts.title(kinds[layer]) if layer in kinds else layer for layer in layers]
    return "或".join(titles) if texts.lang == "zh" else " or ".join(titles).lower()


def level_title(level: str, texts: Texts) -> str:
    """Name a level of units."""
    return texts.title(KINDS[level]) if level in KINDS else level


def area(value_m2: float, texts: Texts) -> str:
    """Write an area in square metres, from 1 ha on in hectares."""
    if value_m2 >= M2_PER_HA:
        return texts("pages.rule.hectares", value=value_m2 / M2_PER_HA)
    return texts("pages.rule.square_metres", value=value_m2)


def _conditions(tier: Tier, texts: Texts) -> list[str]:
    clauses = []
    if tier.min_area_m2:
        key = f"pages.rule.min_area_{tier.area_of}"
        clauses.append(texts(key, area=area(tier.min_area_m2, texts)))
    if tier.access is not None:
        values = [texts.either(f"pages.access.{value}", value) for value in tier.access]
        clauses.append(texts("pages.rule.access", values=values))
    if tier.classes is not None:
        clauses.append(texts("pages.rule.classes", values=_class_titles(tier.classes, texts)))
    if tier.alive:
        clauses.append(texts("pages.rule.alive"))
    if tier.required_share is not None:
        clauses.append(texts("pages.rule.required", share=percent(tier.required_share)))
    return clauses


def _class_titles(classes: Iterable[str], texts: Texts) -> list[str]:
    """Write `system:code` as the code and what it means; what is meant twice stands once."""
    return list(dict.fromkeys(_class_title(entry, texts) for entry in classes))


def _class_title(entry: str, texts: Texts) -> str:
    system, _, code = entry.rpartition(":")
    if not system:
        return texts.either(f"pages.access.{code}", code)
    choice = _CLASSES[system].find(code) if system in _CLASSES else None
    if choice is None:
        return code
    title = texts.title(choice)
    return title if title.lower() == code.lower() else f"{code} {title}"


def _spaced(word: str) -> str:
    """Write `5000m2` as people do."""
    found = _QUANTITY.fullmatch(word)
    return f"{found[1]} {found[2].replace('m2', 'm²')}" if found else word
