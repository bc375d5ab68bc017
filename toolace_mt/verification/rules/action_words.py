"""Words with which assistants say what they have done, in eight languages.

A class of actions names the stems that stand in the names of its tools and the participles that
claim it, so that "Ich habe den Tisch reserviert" belongs to a tool called `book_table`.
"""

import re
from functools import lru_cache

from toolace_mt.tools.effects import name_words
from toolace_mt.tools.effects import reads as reads

_CLASSES: dict[str, tuple[str, str]] = {
    "book": (
        "book reserv appoint schedul enroll rsvp checkin register",
        r"(?:re)?booked|reserved|scheduled|enrolled|registered|checked (?:you )?in|confirmed"
        r"|confirmad[oa]s?|confirmée?s?|confermat[oaie]|bestätigt|确认"
        r"|reservad[oa]s?|programad[oa]s?|agendad[oa]s?|inscrit[oa]s?|marcad[oa]s?"
        r"|réservée?s?|planifiée?s?|programmée?s?|gebucht|reserviert|vereinbart|eingetragen"
        r"|prenotat[oaie]|预订|预定|预约|安排|订好|訂|予約",
    ),
    "cancel": (
        "cancel delet remov terminat unsubscrib revok clear drop close eras",
        r"cancell?ed|deleted|removed|terminated|unsubscribed|revoked|cleared|closed|erased"
        r"|cancelad[oa]s?|eliminad[oa]s?|borrad[oa]s?|anulad[oa]s?|excluíd[oa]s?|removid[oa]s?"
        r"|annulée?s?|supprimée?s?|storniert|gelöscht|abgesagt|gekündigt|entfernt"
        r"|cancellat[oaie]|annullat[oaie]|eliminat[oaie]|取消|删除|移除|退订|キャンセル|削除",
    ),
    "send": (
        "send email mail messag text notif shar post publish forward reply tweet invit sms",
        r"sent|e-?mailed|texted|messaged|notified|shared|posted|published|forwarded|invited|tweeted"
        r"|enviad[oa]s?|publicad[oa]s?|envoyée?s?|publiée?s?|gesendet|geschickt|verschickt"
        r"|versandt|veröffentlicht|benachrichtigt|inviat[oaie]|发送|发出|寄出|通知|发布|送信",
    ),
    "create": (
        "creat add make new insert register open setup generat upload log record save stor note"
        " remind alarm ticket submit file write apply issue report start schedul event",
        r"created|added|set up|saved|recorded|logged|submitted|filed|uploaded|opened|registered|set"
        r"|issued|reported|cread[oa]s?|añadid[oa]s?|agregad[oa]s?|guardad[oa]s?|registrad[oa]s?"
        r"|criad[oa]s?|adicionad[oa]s?|salv[oa]s?|configurad[oa]s?|créée?s?|ajoutée?s?"
        r"|enregistrée?s?|erstellt|angelegt|hinzugefügt|gespeichert|eingerichtet|hochgeladen"
        r"|gesetzt|gestellt|eingereicht|creat[oaie]|aggiunt[oaie]|salvat[oaie]|impostat[oaie]"
        r"|创建|添加|新增|保存|记录|提交|上传|设置|设定|設定|作成|追加|登録",
    ),
    "update": (
        "updat chang modif edit set reschedul move adjust renam patch put assign configur replac"
        " extend renew upgrad correct control mov",
        r"updated|changed|modified|edited|rescheduled|moved|adjusted|renamed|assigned|configured"
        r"|replaced|extended|renewed|upgraded|corrected|set|actualizad[oa]s?|cambiad[oa]s?"
        r"|modificad[oa]s?|reprogramad[oa]s?|atualizad[oa]s?|alterad[oa]s?|mise?s? à jour"
        r"|modifiée?s?"
        r"|changée?s?|aktualisiert|geändert|verschoben|angepasst|umgebucht|verlängert"
        r"|aggiornat[oaie]|modificat[oaie]|spostat[oaie]|更新|修改|更改|调整|改为|改到|延长|变更"
        r"|変更",
    ),
    "pay": (
        "pay transfer purchas buy order checkout deposit withdraw refund return charg donat exchang"
        " trade sell topup subscrib invoice place money",
        r"paid|transferred|confirmed|wired|purchased|bought|ordered|placed|refunded|charged"
        r"|deposited"
        r"|withdrawn|returned|exchanged|donated|sold|subscribed|pagad[oa]s?|transferid[oa]s?"
        r"|comprad[oa]s?|pedid[oa]|reembolsad[oa]s?|realizad[oa]s?|payée?s?|transférée?s?"
        r"|achetée?s?"
        r"|commandée?s?|remboursée?s?|virée?s?|bezahlt|überwiesen|gekauft|bestellt|erstattet"
        r"|pagat[oaie]|trasferit[oaie]|acquistat[oaie]|ordinat[oaie]|rimborsat[oaie]"
        r"|支付|付款|转账|转帐|购买|下单|退款|汇款|订购|振り込|支払|注文",
    ),
    "switch": (
        "turn switch enabl disabl activat deactivat lock unlock start stop paus play open close set"
        " dim block unblock freez arm control light device toggl power mute thermostat run",
        r"turned (?:\w+ ){0,4}?(?:on|off|up|down)|switched (?:\w+ ){0,4}?(?:on|off)|enabled"
        r"|disabled"
        r"|(?:re|de)?activated|(?:un)?locked|started|stopped|paused|(?:un)?blocked|frozen|dimmed"
        r"|(?:un)?muted|opened|closed|armed|set|encendid[oa]s?|apagad[oa]s?|(?:des)?activad[oa]s?"
        r"|bloquead[oa]s?|ligad[oa]s?|desligad[oa]s?|allumée?s?|éteinte?s?|(?:dés)?activée?s?"
        r"|verrouillée?s?|bloquée?s?|eingeschaltet|ausgeschaltet|angeschaltet|(?:de)?aktiviert"
        r"|gesperrt|verriegelt|gestartet|gestoppt|eingestellt|acces[oaie]|spent[oaie]|attivat[oaie]"
        r"|打开|关闭|关掉|启用|禁用|锁定|解锁|锁好|开启|启动|停止|冻结|点亮|つけ|消し|オン|オフ",
    ),
}
_PARTICIPLES = {
    name: re.compile(rf"(?:{said})", re.IGNORECASE) for name, (_, said) in _CLASSES.items()
}
_ANY = "|".join(said for _, said in _CLASSES.values())
_MORE = r"completed|processed|done|finali[sz]ed|arranged|taken care of|handled"
_ADVERB = r"(?:(?:just|now|also|already|successfully|gone ahead and|then|went ahead and) ){0,3}"

_ROMANCE = r"\w+(?:ad[oa]s?|id[oa]s?|at[oaie]|it[oaie]|ée?s?|ert[oaie]|is)"
Patterns = tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]

MADE: Patterns = (
    (
        ("i ", "i'", "i’", "we ", "we'"),
        re.compile(rf"\b(?:i|we)(?:['’]ve| have)? {_ADVERB}(?P<said>{_ANY}|{_MORE})\b"),
    ),
    (
        (*("he ", "hemos ", "acabo de", "eu ", "j'ai", "j’ai", "avons", "ho ", "abbiamo"),),
        re.compile(
            r"\b(?:he|hemos|eu|j['’]ai|nous avons|ho|abbiamo) (?:\w+ ){0,2}?"
            rf"(?P<said>{_ROMANCE})\b",
        ),
    ),
    (
        ("habe", "haben wir"),
        re.compile(rf"\b(?:ich habe|habe ich|wir haben)\b[^.!?\n]{{0,80}}?\b(?P<said>{_ANY})\b"),
    ),
    (
        ("已", "帮", "为您", "给您", "替您", "成功"),
        re.compile(
            rf"(?:我?们?已经?|我?帮您|我?为您|我?给您|我?替您"
            rf"|成功)[^，。！？\n]{{0,16}}?(?P<said>{_ANY})"
        ),
    ),
)
"""The assistant says that it has done something: a pattern, and what stands in all that fits it."""

STATED: Patterns = (
    (
        ("been ", "is now", "are now", "is all", "are all", " successfully"),
        re.compile(
            rf"\b(?:(?:has|have) (?:now |just |already |all )?been|(?:is|are)(?: now| all)+"
            rf"|(?:was|were|is"
            rf"|are) successfully) {_ADVERB}(?P<said>{_ANY}|{_MORE}|on|off|in place)\b",
        ),
    ),
    (
        ("booked", "reserved", "celled", "canceled", "scheduled", "confirmed", "paid", "deleted"),
        re.compile(
            r"\b(?:your|the|it|that|this|all|both|you|\d+)\b[^.!?\n]*? (?P<state>is|are|was|were)"
            r" (?P<said>booked|reserved|cancell?ed|scheduled|confirmed|paid|deleted)\b"
        ),
    ),
    (
        ("complete", "confirmed", "successful", "in place"),
        re.compile(
            r"\b(?P<noun>booking|reservation|appointment|cancellation|payment|transfer|order|refund"
            r"|registration|purchase|subscription|deletion|update)\b[^.!?\n]{0,40}? (?P<state>is"
            r"|was"
            r"|has been)? ?(?:now )?(?:complete|confirmed|in place|successful)\b"
        ),
    ),
    (
        ("successfully",),
        re.compile(r"\b(?P<said>\w+) successfully\b|\bsuccessfully (?P<then>\w+)"),
    ),
    (
        ("sido ", "fue ", "foi ", "est", "été", "è stat", "sono stat"),
        re.compile(
            r"\b(?:ha sido|han sido|fue|foi|está|están|a été|ont été|est|è stat[oa]|sono stat[ie])"
            rf" (?:\w+ ){{0,2}}?(?P<said>{_ROMANCE})\b",
        ),
    ),
    (
        ("wurde", " ist ", " sind "),
        re.compile(
            rf"\b(?:wurden?|ist|sind) [^.!?\n]{{0,60}}?\b(?P<said>{_ANY}|erledigt)\b", re.IGNORECASE
        ),
    ),
    (
        ("已", "成功", "完成", "好了"),
        re.compile(
            rf"已(?:经)?(?:为您|成功|被)*(?P<said>{_ANY})"
            rf"|(?P<then>{_ANY})[^，。！？\n]{{0,6}}(?:已?成功|完成|好了)"
        ),
    ),
    (
        ("しました", "いたしました", "完了"),
        re.compile(rf"(?P<said>{_ANY})(?:しました|いたしました|が完了|を完了|完了)"),
    ),
)
"""Something is said to be done, no matter by whom."""

BARE = re.compile(
    rf"^\W*(?P<state>(?:[\w.'-]+ ){{0,4}}?)(?P<said>{_ANY})(?: (?:to|for|from|at|\d+)\b|[.!✅✔])"
)
"""A participle alone claims something: "Sent to Ana." """

DONE: Patterns = (
    (
        *(
            (
                "done",
                "all set",
                "care of",
                "success",
                "listo",
                "hecho",
                "pronto",
                "feito",
                "fait",
                "voilà",
            ),
        ),
        re.compile(
            r"^\W*(?:(?:all )?done\b(?! by)|all set\b|you['’]re all set\b|(?:it|that)['’]s"
            r" (?:all )?done\b"
            r"|success[!.]|that['’]s taken care of|consider it done\b|listo\b|hecho\b"
            r"|pronto[!,.]|feito\b|c['’]est"
            r" fait\b|voilà[,!])"
            r"|\b(?:you['’]re|you are) all set\b|\bwas (?:a success|successful)\b"
        ),
    ),
    (("erledigt", "fertig", "fatto"), re.compile(r"^\W*(?:erledigt|fertig|fatto)\b")),
    (
        ("complete", "éxito", "succès", "erfolgreich", "sucesso", "successo", "went through"),
        re.compile(
            r"\b(?:is|was) complete\b|\bcon éxito\b|\bavec succès\b|\berfolgreich\b|\bcom sucesso\b"
            r"|\bcon successo\b|\bwent through\b"
        ),
    ),
    (
        ("搞定", "完成了", "办好了", "好了", "操作成功", "完了しました"),
        re.compile(r"搞定|完成了|办好了|^\W*好了[，,！!]|操作成功|完了しました"),
    ),
)
"""A request is said to be served, without saying what was done."""

NOT_CLAIMED = re.compile(
    r"\b(?:no|not|never|unable|cannot|fail\w*|without|unsuccessful\w*|if|once|when|whenever"
    r"|after|before|until"
    r"|will|would|can|could|should|shall|may|might|must|unless|in case|whether|let me|going to"
    r"|need(?:s|ed)? to"
    r"|want|wish|to be|to have|ready to|haven|hasn|hadn|wasn|isn|aren|weren|didn|yet"
    r"|unfortunately|however"
    r"|error|problem|issue|tried|attempt\w*|sorry|previously|earlier|already been|yesterday"
    r"|nicht|kein\w*"
    r"|konnte\w*|leider|fehler|wenn|sobald|sin|cuando|si|sería|não|quando|se|pas|ne|lorsque|dès"
    r"|non)\b"
    r"|n['’]t\b|\?|？|没有?|未能|无法|不能|失败|如果|将|会|吗|请|是否|后|ません|できな",
    re.IGNORECASE,
)
"""Signs that a sentence claims nothing: a negation, a condition, a question, the future."""


@lru_cache(maxsize=4096)
def classes_of(tool_name: str) -> frozenset[str]:
    """Return the classes of actions that a tool's name speaks of; none if it only looks up."""
    words = name_words(tool_name)
    if not words or reads(tool_name):
        return frozenset()
    return frozenset(
        name
        for name, (stems, said) in _CLASSES.items()
        if any(word.startswith(stem) for word in words for stem in stems.split())
        or re.search(said, tool_name) is not None
    )


def classes_claimed(participle: str) -> frozenset[str]:
    """Return the classes of actions that a participle claims; none for "completed" and the like."""
    return frozenset(
        name for name, pattern in _PARTICIPLES.items() if pattern.fullmatch(participle.strip())
    )


def within(patterns: Patterns, lower: str) -> Patterns:
    """Return the patterns that may fit some part of a text in lower case."""
    return tuple([p for p in patterns if any([sign in lower for sign in p[0]])])  # noqa: C419


def first(patterns: Patterns, lower: str) -> re.Match[str] | None:
    """Return a match of the first of some patterns that fits a text in lower case."""
    for signs, pattern in patterns:
        if any([sign in lower for sign in signs]) and (match := pattern.search(lower)):  # noqa: C419
            return match
    return None
