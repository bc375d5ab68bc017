"""Letters by language: what the grammar admits, and what it does not."""

import re

import pytest

from toolace_mt.calls.prompt import LANGUAGE_NAMES
from toolace_mt.config import InitializationConfig
from toolace_mt.policies.confirm import agrees, asks
from toolace_mt.schemas.prose import draw_text
from toolace_mt.seeds import derive_random
from toolace_mt.texts.constrained import prose_pattern, tidy
from toolace_mt.texts.languages import LANGUAGES

SAID = {
    "en": "Please find a train to Oslo on 2026-05-01, my dear.",
    "de": "Könntest du bitte für Oslo am 2026-05-01 einen Zug suchen, möglichst früh?",
    "fr": "Où est le train à Oslo du 2026-05-01, s'il vous plaît?",
    "es": "Búscame un tren mañana a Oslo el 2026-05-01, por favor.",
    "zh": "请帮我查一下Oslo在 2026-05-01 的火车，谢谢。",
}


def test_a_language_is_known_wherever_one_is_looked_up() -> None:
    assert LANGUAGES.keys() == SAID.keys()
    assert {code: LANGUAGES[code].name for code in LANGUAGE_NAMES} == LANGUAGE_NAMES
    assert LANGUAGE_NAMES.keys() == LANGUAGES.keys() - {"en"}
    InitializationConfig(languages=dict.fromkeys(LANGUAGES, 1.0))
    with pytest.raises(ValueError, match="'en', 'de', 'fr', 'es' or 'zh'"):
        InitializationConfig(languages={"xx": 1.0})
    with pytest.raises(ValueError, match="every weight is 0"):
        InitializationConfig(languages={"en": 0})


@pytest.mark.parametrize("code", LANGUAGES)
def test_questions_ask_and_words_that_agree_do(code: str) -> None:
    assert all(map(asks, LANGUAGES[code].questions))
    assert all(map(agrees, LANGUAGES[code].agreed))


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_grammar_holds_values_between_words_of_the_language(code: str) -> None:
    holds = ("Oslo", "2026-05-01")
    pattern = prose_pattern(holds, like=SAID[code], code=code)
    assert re.fullmatch(pattern, SAID[code])
    assert not re.fullmatch(pattern, SAID[code].replace("Oslo", "Bergen 7"))
    assert not re.fullmatch(pattern, SAID[code].replace("2026-05-01", "2026-05-02"))
    for other in LANGUAGES.keys() - {code, "en"}:
        foreign = prose_pattern(holds, like=SAID[other], code=code)
        assert not re.fullmatch(foreign, SAID[other]), other
    for seed in range(5):
        text = draw_text(pattern, derive_random(seed, code))
        assert re.fullmatch(pattern, text)


@pytest.mark.parametrize("code", LANGUAGES)
def test_english_is_as_it_was_and_questions_end_so(code: str) -> None:
    assert prose_pattern((), code="en") == prose_pattern(())
    asked = prose_pattern((), question=True, about="departure date", code=code)
    wanted = {
        "en": "Which departure date suits you best?",
        "de": "Wann möchten Sie denn gerne abreisen?",
        "fr": "Quand souhaitez-vous donc partir, et où?",
        "es": "Qué día quiere usted salir de viaje?",
        "zh": "请问您想哪一天出发呢？",
    }[code]
    if code != "en":
        assert re.fullmatch(asked, wanted)
        assert not re.fullmatch(asked, wanted.rstrip("?？"))


def test_a_chinese_text_is_ended_as_one() -> None:
    assert tidy("您的订单已经{state}，") == "您的订单已经{state}。"
    assert tidy("好的。") == "好的。"
    assert tidy("好的。请稍") == "好的。"
    assert tidy("Your order is {state},") == "Your order is {state}."
