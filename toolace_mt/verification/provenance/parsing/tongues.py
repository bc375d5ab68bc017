"""Dates, times and numbers of other languages, and clock times in words, in one form.

`plain` rewrites what a text says about time and amounts into one form: "half past nine" is 9:30,
"14 de noviembre de 2025" is 14 november 2025, "5万" is 50000, "下午三点半" is 3:30 pm. All else
stays.
"""

import re
import unicodedata
from functools import cache

from toolace_mt.verification.provenance.parsing.clocks import with_parts

_HOURS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
_MINUTES = {"five": 5, "ten": 10, "quarter": 15, "twenty": 20, "twenty-five": 25, "half": 30}
_MONTHS = {
    "january": "enero januar jänner janvier janeiro gennaio",
    "february": "febrero februar février fevereiro febbraio",
    "march": "marzo märz mars março",
    "april": "abril avril aprile",
    "may": "mayo mai maio maggio",
    "june": "junio juni juin junho giugno",
    "july": "julio juli juillet julho luglio",
    "august": "agosto août",
    "september": "septiembre septembre setembro settembre",
    "october": "octubre oktober octobre outubro ottobre",
    "november": "noviembre novembre novembro",
    "december": "diciembre dezember décembre dezembro dicembre",
}
_DAYS = {
    "today": "heute aujourd'hui hoy hoje oggi 今天 今日",
    "tomorrow": "mañana morgen demain amanhã domani 明天 明日",
    "yesterday": "ayer gestern hier ontem ieri 昨天",
    "day after tomorrow": "übermorgen après-demain 后天",
    "next week": "下周 下星期",
    "this week": "本周 这周",
    "this month": "本月 这个月",
    "next month": "下个月 下月",
    "monday": "lunes montag lundi segunda-feira lunedì 周一 星期一",
    "tuesday": "martes dienstag mardi martedì 周二 星期二",
    "wednesday": "miércoles mittwoch mercredi mercoledì 周三 星期三",
    "thursday": "jueves donnerstag jeudi giovedì 周四 星期四",
    "friday": "viernes freitag vendredi venerdì 周五 星期五",
    "saturday": "sábado samstag samedi sabato 周六 星期六",
    "sunday": "domingo sonntag dimanche domenica 周日 星期日 星期天",
}
_NUMBERS = {
    "1": "uno una ein eine einen une",
    "2": "dos zwei deux dois duas due",
    "3": "tres drei trois três tre",
    "4": "cuatro vier quatre quatro quattro",
    "5": "cinco fünf cinq cinque",
    "6": "seis sechs sei",
    "7": "siete sieben sept sete sette",
    "8": "ocho acht huit oito otto",
    "9": "nueve neun neuf nove",
    "10": "diez zehn dix dez dieci",
    "12": "doce zwölf douze doze dodici",
}
_HOURS_ALONE = dict.fromkeys(("elf", "once", "onze", "undici"), "11") | {"eins": "1"}
_HAN = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_HAN_DAYS = {
    **{"一": "monday", "二": "tuesday", "三": "wednesday", "四": "thursday"},
    **{"五": "friday", "六": "saturday"},
}
_TENS = {"十": 10, "百": 100, "千": 1000}
_SCALES = {"万": 10**4, "亿": 10**8, "千": 1000, "百": 100}

_CLOCK = re.compile(
    r"\b(?:(half|quarter|five|ten|twenty(?:-five)?) (past|after|to|before)|(at|by|until|till|from))"
    rf" ({'|'.join(_HOURS)}|\d\d?)\b(?! ?[:\d])(?:[ -](thirty|fifteen|forty-five|o'?clock)\b)?"
    r"(?: ?([ap])\.? ?m\b\.?)?"
)
_HALF_DAY = re.compile(rf"\b({'|'.join(_HOURS)})(?: (thirty|fifteen))? ?([ap])\.? ?m\b")
_FOREIGN_CLOCK = re.compile(
    r"\b(?:a las?|às|alle|um|à|vers) (\d\d?|\w+)(?::(\d\d))?(?: uhr| heures?| h)?"
    r"(?: (?:de la|de|da|do|della|di|am|du)"
    r" (mañana|manhã|mattina|matin|tarde|noche|noite|sera|abend|soir))?"
)
_UHR = re.compile(r"\b(\d\d?)(?:[:.](\d\d))? uhr(?: (\d\d))?\b")
_HAN_NUMBER = re.compile(
    r"[零一二三四五六七八九十百千两〇]+(?=[万亿个位晚天年月日点人份张间小分块元次件号刻杯瓶盒包袋本条只双"
    r"套台部辆名口家座层楼颗粒片碗盘桌票趟班度米斤克升支根把箱朵头匹首篇课节场排室床])"
)
_HAN_SCALE = re.compile(r"(\d+(?:\.\d+)?)\s*([万亿千百])")
_OFF = re.compile(r"([一二三四五六七八九]{1,2}|\d(?:\.\d)?)折")
_HAN_DATE = re.compile(r"(?:(\d{4})\s*年\s*)?(\d\d?)\s*月(?:\s*(\d\d?)\s*[日号])?")
_HAN_WEEKDAY = re.compile(r"(下个?|这个?|本|上个?)?(?:周|星期|礼拜)([一二三四五六日天])")
_HAN_YEAR = re.compile(r"(\d{4})\s*年")
_HAN_CLOCK = re.compile(
    r"(上午|早上|下午|晚上|中午|凌晨)?\s*(\d\d?)\s*[点时](?:\s*(半|[1-3]刻|\d\d?)\s*分?)?"
)
_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")


@cache
def _words() -> dict[str, str]:
    tables = (_MONTHS, _DAYS, _NUMBERS)
    return {w: plain for table in tables for plain, words in table.items() for w in words.split()}


@cache
def _hours() -> dict[str, str]:
    return _words() | _HOURS_ALONE


@cache
def _han_days() -> re.Pattern[str]:
    return re.compile("|".join(sorted((w for w in _words() if w >= "\u3000"), key=len)[::-1]))


def folded(text: str) -> str:
    """Return a text with full-width letters and digits as the ordinary ones."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def plain(lower: str) -> str:
    """Return a text in lower case with times and numbers in the forms that this project reads."""
    ascii_only = lower.isascii()
    if not ascii_only and any("\u4e00" <= c <= "\u9fff" for c in lower):
        lower = _from_chinese(lower)
    lower = _CLOCK.sub(_clock, lower)
    lower = _HALF_DAY.sub(lambda m: f"{_hour(m[1])}:{_MORE.get(m[2], '00')} {m[3]}m", lower)
    lower = with_parts(lower, _hours())
    names = _words()
    if ascii_only and names.keys().isdisjoint(lower.replace(",", " ").replace(".", " ").split()):
        return lower
    lower = _WORD.sub(
        lambda m: names.get(m[0], m[0]), _UHR.sub(_uhr, _FOREIGN_CLOCK.sub(_of_day, lower))
    )
    months = "|".join(_MONTHS)
    lower = re.sub(rf"(\d)\.? (?:de |di )?({months})", r"\1 \2", lower)
    return re.sub(rf"({months}) (?:de |del )(?=\d{{4}})", r"\1 ", lower)


_MORE = {"thirty": "30", "fifteen": "15", "forty-five": "45"}


def _hour(word: str) -> int:
    return int(word) if word.isdecimal() else _HOURS.index(word) + 1


def _clock(match: re.Match[str]) -> str:
    part, side, before, hour, more, half = match.groups()
    if before and hour.isdecimal() and not more:
        return match[0]
    minutes = _MINUTES[part] if part else int(_MORE.get(more or "", 0))
    total = (_hour(hour) * 60 + (-minutes if side in ("to", "before") else minutes)) % 1440
    lead = "" if part else f"{before} "
    clock = f"{total // 60 or 12}:{total % 60:02}"  # one digit: either half of the day
    return f"{lead}{clock} {half}m" if half else f"{lead}{clock}"


def _uhr(match: re.Match[str]) -> str:
    return f"{match[1]}:{match[2] or match[3] or '00'}"


def _of_day(match: re.Match[str]) -> str:
    hour = _words().get(match[1], match[1])
    if not hour.isdecimal() or int(hour) > 24:
        return match[0]
    late = match[3] in ("tarde", "noche", "noite", "sera", "abend", "soir")
    half = "" if match[3] is None else " pm" if late else " am"
    return f"at {hour}:{match[2] or '00'}{half}"


def _from_chinese(text: str) -> str:
    text = _HAN_WEEKDAY.sub(_han_weekday, text)
    text = _OFF.sub(lambda m: f" {100 - _tenths(m[1]):.12g}% ", text)
    text = _HAN_NUMBER.sub(lambda m: str(_han(m[0])), text)
    text = _HAN_SCALE.sub(lambda m: f"{float(m[1]) * _SCALES[m[2]]:.12g}", text)
    text = _HAN_DATE.sub(_han_date, text)
    text = _HAN_CLOCK.sub(_han_clock, _HAN_YEAR.sub(r" \1 ", text))
    names = _words()
    return _han_days().sub(lambda m: f" {names[m[0]]} ", text)


def _tenths(share: str) -> float:
    """Return in percent what is left to pay after 八折 or 8.5折."""
    if not share[0].isdecimal() or share[0] in _HAN:
        return float("".join(str(_HAN[digit]) for digit in share)) * (10 if len(share) == 1 else 1)
    return float(share) * 10


def _han(digits: str) -> int:
    """Return what 二十五 or 三百 is."""
    total = digit = 0
    for sign in digits:
        if sign in _TENS:
            total += (digit or 1) * _TENS[sign]
            digit = 0
        else:
            digit = digit * 10 + _HAN[sign] if len(digits) > 1 and not total else _HAN[sign]
    return total + digit


def _han_date(match: re.Match[str]) -> str:
    year, month, day = match.groups()
    names = list(_MONTHS)
    if not 1 <= int(month) <= 12:
        return match[0]
    name = names[int(month) - 1]
    return f" {name} {day}{f', {year}' if year else ''} " if day else f" {name} {year or ''} "


def _han_weekday(match: re.Match[str]) -> str:
    side = {"下": "next ", "上": "last "}.get((match[1] or "")[:1], "this " if match[1] else "")
    return f" {side}{_HAN_DAYS.get(match[2], 'sunday')} "


def _han_clock(match: re.Match[str]) -> str:
    half, hour, more = match.groups()
    if int(hour) > 24:
        return match[0]
    minutes = {"半": 30, "1刻": 15, "2刻": 30, "3刻": 45, None: 0}.get(more)
    clock = f"{hour}:{int(more) if minutes is None else minutes:02}"
    late = half in ("下午", "晚上", "中午") and int(hour) <= 12
    early = half in ("上午", "早上", "凌晨")
    return f" {clock} {'pm' if late else 'am' if early else ''} "
