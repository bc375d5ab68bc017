"""What code needs to know of a language: its letters, and the few words that code itself writes.

Texts come from the model. Code writes no more than a question behind what is to be confirmed, and
the word with which a user agrees.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """A language that dialogues can be held in.

    `capitals` and `letters` are those beyond A to Z, as they stand in a character class. `spaced`:
    words have blanks between them; otherwise a word is a letter. `stops` end a sentence, `marks`
    may stand after a word, beyond those of ASCII. `questions` ask whether to go ahead, `agreed` are
    words that agree.
    """

    name: str
    questions: tuple[str, ...]
    agreed: tuple[str, ...]
    capitals: str = ""
    letters: str = ""
    spaced: bool = True
    stops: str = ""
    marks: str = ""


LANGUAGES: dict[str, Language] = {
    "en": Language(
        "English",
        (
            "Shall I go ahead?",
            "Is that right?",
            "Should I do that?",
            "May I go ahead?",
            "Is everything correct?",
            "Would you like me to do that?",
        ),
        ("Yes", "Yes", "Sure", "Go ahead", "That is fine"),
    ),
    "de": Language(
        "German",
        ("Soll ich das so machen?", "Ist das richtig?", "Darf ich das tun?", "Stimmt das so?"),
        ("Ja", "Ja", "Ja, gerne", "Genau"),
        "ÄÖÜ",
        "äöüß",
    ),
    "fr": Language(
        "French",
        ("Est-ce correct ?", "Puis-je continuer ?", "Est-ce que je le fais ?"),
        ("Oui", "Oui", "D'accord"),
        "ÀÂÇÉÈÊÎÔŒ",
        "àâæçéèêëîïôœùûüÿ",
    ),
    "es": Language(
        "Spanish",
        ("¿Es correcto?", "¿Lo hago así?", "¿Puedo seguir adelante?"),
        ("Sí", "Sí", "Vale", "Claro"),
        "ÁÉÍÓÚÑ",
        "áéíóúüñ",
    ),
    "zh": Language(
        "Chinese",
        ("可以吗？", "这样对吗？", "要我继续吗？"),
        ("好的", "可以", "是的"),
        "一-龥",
        "一-龥",
        spaced=False,
        stops="。！？",
        marks="，。！？：；、",
    ),
}
"""The languages by their ISO 639-1 code; "" in a scenario stands for English."""


def language(code: str) -> Language:
    """Return the language of a scenario's code."""
    return LANGUAGES[code or "en"]
