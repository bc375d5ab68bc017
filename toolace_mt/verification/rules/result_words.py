"""Words with which assistants say what they found, that they cannot look, or that a call failed.

All patterns are for texts in lower case. A pattern stands beside what occurs in all that fits it,
which is far quicker to look for.
"""

import re

from toolace_mt.verification.rules.action_words import Patterns

NOTHING: Patterns = (
    (
        ("find", "found", "locate", " see ", "retrieve", "return", "have any", "exist"),
        re.compile(
            r"\b(?:could|can|did|was|were|do|does|am|are|have|has)(?: not|n['’]t|not)(?:"
            r" been)?(?: able to)?"
            r" (?:seem to )?(?:find|found|locate|see|turn up|come across|return|retrieve|have"
            r" any|exist)\b"
            r"|\bunable to (?:find|locate|retrieve)\b|\bfound (?:nothing|no(?:ne)?)\b|\breturned no"
        ),
    ),
    (
        ("no ",),
        re.compile(
            r"\bno (?:[\w-]+ ){0,4}?(?:results?|match(?:es)?|records?|found|available|returned"
            r"|listed|exists?"
            r"|entries)\b|\byou (?:have|['’]ve got) no \w+|\bi (?:can )?see no\b"
        ),
    ),
    (
        (
            "there are",
            "there is",
            "there were",
            "there was",
            "there aren",
            "there isn",
            "there weren",
        ),
        re.compile(
            r"\bthere (?:are|is|were|was)(?: currently| unfortunately| actually)?(?:n['’]t| no\b"
            r"| not\b)"
        ),
    ),
    (
        ("nothing", "empty", "none ", "have any"),
        re.compile(
            r"\bnothing (?:[\w'’-]+ ){0,4}?(?:match(?:es|ing|ed)?|fits?|fitting|available|within"
            r"|meets?|suits?|suitable)\b"
            r"|\bnothing (?:was |has been )?(?:found|came|turned|there|listed|on your|in your)"
            r"|\bcame (?:up|back)"
            r" (?:empty|with"
            r" nothing)|\bturned up (?:nothing|empty)|\b(?:is|are|was|were|list) empty\b"
            r"|\bnone (?:were|was|are|is) (?:found|available)|\byou (?:do not|don['’]t) have any"
        ),
    ),
    (
        ("没有", "未", "找不到", "查不到", "无", "ません"),
        re.compile(
            r"没有(?:找到|查到|搜索?到|任何|符合|相关)|未(?:能)?(?:找到|查到|查询到|发现)|找不到"
            r"|查不到"
            r"|无(?:结果|相关|可用)|暂无|見つかりません|ありません"
        ),
    ),
    (
        ("encontr", "hay ", "exist", "resultados", "ning", "nenhum", "há "),
        re.compile(
            r"\bno (?:he |se ha |pude |pudo |se |hemos |han? )*(?:encontr\w+|hay|existen?|hall\w+)"
            r"|\bsin resultados|\bning(?:ún|un[oa]s?)\b|\bnão (?:encontrei|foi|foram|há"
            r"|existe\w*|consegui"
            r" encontrar)"
            r"|\bnenhum"
        ),
    ),
    (
        ("kein", "nichts"),
        re.compile(
            r"\bkeine?n?\b[^.!?\n]{0,50}\b(?:gefunden|finden|verfügbar|vorhanden)|\bnichts"
            r" (?:gefunden|finden)"
            r"|\b(?:gibt es|hast|haben sie) (?:\w+ )?keine?|\bnichts\b[^.!?\n]{0,30}\bgefunden"
        ),
    ),
    (
        ("trouv", "aucun", "n'y a", "n’y a", "trovato", "nessun", "non ci sono"),
        re.compile(
            r"\bn['’](?:ai|a|avons) (?:rien|pas|malheureusement)[^.!?\n]{0,20}trouv|\baucune?\b"
            r"|\bil n['’]y a (?:pas|aucun)|\bnon ho trovato|\bnessun|\bnon ci sono"
        ),
    ),
)
"""A reply says that there is nothing."""

FOUND: Patterns = (
    (
        ("found", "located"),
        re.compile(
            r"\b(?:i|we)(?:['’]ve| have)? (?:also )?(?:found|located) (?!no\b|nothing|none|that|out"
            r"|it (?:hard|difficult))"
        ),
    ),
    (
        ("here are", "here is"),
        re.compile(
            r"\bhere (?:are|is) (?:the|your|some|a few|all|a list|\d+)\b"
            r"(?!(?: \w+)? (?:steps?|tips?|ways?|ideas?|suggestions?|problems?|reasons?|thing)\b)"
        ),
    ),
    (
        ("there are", "there is", "you have"),
        re.compile(
            r"\b(?:there (?:are|is)|you have) (?:currently )?(?:\d+|several|some|many|a few|a"
            r" number of|two"
            r"|three|four"
            r"|five|six|plenty)\b"
        ),
    ),
    (
        ("找到", "查到", "以下是", "共有", "您有"),
        re.compile(r"(?<![没未])找到了?(?!不)|(?<![没未])查到了?|以下是|共有?\d+|您有[几多两三\d]"),
    ),
    (
        ("encontr", "aquí est", "hay ", "trovato"),
        re.compile(
            r"\b(?:he|hemos) encontrado|\bencontré|\baquí est|\bhay (?:varios|algunos|\d+|dos|tres)"
            r"|\bencontrei|(?<!non )\bho trovato"
        ),
    ),
    (
        ("gefunden", "hier sind", "es gibt", "trouvé", "voici"),
        re.compile(
            r"\b(?:ich|wir) habe?n?\b[^.!?\n]{0,50}\bgefunden|\bhier sind|\bj['’]ai trouvé|\bvoici"
            r"|\bes gibt (?:mehrere|einige|\d+|zwei|drei)"
        ),
    ),
)
"""A reply says that something was found."""

REFUSES: Patterns = (
    (
        ("i do not", "i don", "i currently do", "i can", "i am ", "i'm ", "i’m ", "i lack"),
        re.compile(
            r"\bi (?:currently )?(?:do not|don['’]t) (?:currently )?have (?:\w+ ){0,2}?(?:access"
            r"|tools?|the"
            r" (?:ability|capability|tools?|means|function)|real[- ]time|a way|any way)\b"
            r"|\bi(?: can['’]?t| cannot| am unable to|['’]m unable to| am not able to|['’]m not"
            r" able to)"
            r" (?:directly )?(?:access|check|see|look up|retrieve|search|browse|view|fetch"
            r"|obtain)\b"
            r"|\bi lack (?:access|the)"
        ),
    ),
    (
        ("as an ai", "no tool"),
        re.compile(
            r"\bas an ai\b[^.!?\n]{0,60}\b(?:can['’]?t|cannot|do not|don['’]t|unable)|\bno tool\b"
        ),
    ),
    (
        ("无法", "不能", "没有权限", "我没有"),
        re.compile(r"我(?:无法|不能)(?:访问|查询|获取|查看)|我没有(?:权限|办法|工具|相关工具)"),
    ),
    (
        ("no tengo", "keinen z", "kein w", "pas accès", "não tenho"),
        re.compile(
            r"\bno tengo (?:acceso|ninguna herramienta|la capacidad)|\bkeinen? (?:zugriff|zugang"
            r"|werkzeug)"
            r"|\bje n['’]ai pas accès|\bnão tenho acesso"
        ),
    ),
)
"""The assistant says that it has no means to look something up."""

ADMITS = re.compile(
    r"\b(?:no|not|never|unable|cannot|fail\w*|unsuccessful\w*|sorry|apologi\w*|unfortunately"
    r"|error\w*|problem\w*"
    r"|issue\w*|trouble|invalid|incorrect|wrong|missing|denied|declined|reject\w*|unavailable"
    r"|already|require[sd]?"
    r"|must|need|needs|instead|however|but|try|tried|again|retry|timed?[ -]?out|expired|limit\w*"
    r"|only|exceed\w*"
    r"|insufficient|exist\w*|seems?|appears?|please|could you|would you|can you|let me|i['’]ll|i"
    r" will|transfer\w*"
    r"|agent|double-check|verify|check|down|moment|oops|hmm|although|though|without|isn|doesn"
    r"|hasn|wasn|didn"
    r"|nicht|kein\w*|leider|fehler|fehlgeschlagen|problem|bitte|entschuldig\w*|ungültig|no|error"
    r"|lo siento"
    r"|lamentablemente|por favor|fall[oó]|inválid\w*|não|infelizmente|erro|desculpe|pas|désolée?"
    r"|erreur|malheureusement"
    r"|échoué|non|purtroppo|errore|spiacente)\b|n['’]t\b|\?|？|不|没|未|无法|失败|抱歉|错误"
    r"|对不起|请|遗憾|问题"
    r"|ません|申し訳|エラー|失敗|죄송|오류|실패",
)
"""Signs that a reply owns up to a failure, asks about it, or does something else instead."""

QUALIFIED = re.compile(
    r"\b(?:under|over|less|more|fewer|than|cheaper|within|between|at least|at most|below|above"
    r"|with|without"
    r"|that|which|who|other|another|additional|further|else|similar|exact\w*|specific\w*|direct"
    r"|non-?stop|free"
    r"|but|except|only|however|longer|anymore|yet|today|currently|both|all|either|remaining|left"
    r"|issue\w*|problem\w*"
    r"|conflict\w*|reason|way|need|fee|fees|charge|information|details|indication|mention"
    r"|evidence|policy|restrictions?"
    r"|option to|aber|außer|ohne|mit|unter|über|más|menos|con|pero|avec|sans|mais|moins|plus"
    r"|tool|access"
    r"|for (?:less|under)|as)\b|[<>]|其他|更多|但|不过|低于|高于|以下|以上|符合",
)
"""Words that narrow down what there is nothing of, so that what was found may all fall out."""

BOUND = re.compile(
    r"(?:under|below|over|above|within|less than|more than|at most|at least|up to|cheaper than"
    r"|unter|bis|über|menos de|más de)\s+[$€£¥₹]?(\d+(?:,\d{3})*)"
)
"""Phrases that bound an amount; the amount is group 1."""

MATCHING = re.compile(
    r"\bit (?:appears|seems|looks)(?: like| that)?\b|\b(?:that |which )?(?:match(?:es|ing)?"
    r"|meet(?:s|ing)?|fit(?:s|ting)?) (?:your|the|these"
    r"|those|this|that)"
    r" (?:\w+ )?(?:criteria|search|budget|price|dates?|request|query|description|requirements"
    r"|needs|preferences|terms|filters?)\b"
    r"|\b(?:based on|for|with) (?:your|the|that|this|these) (?:search|criteria|request|query"
    r"|name|id)\b"
    r"|\b(?:for|within|in|at|under|over) (?:your|that|this|the|such a) (?:\w+ )?(?:budget|price"
    r"|range|limit)\b"
    r"|\b(?:that is|that are|which are) available\b|符合(?:您的?)?(?:条件|要求)的?",
)
"""Phrases that narrow nothing down."""

DENIES = re.compile(
    r"\b(?:no|not|none|nothing|never|unable|cannot|unfortunately|sorry|however|instead|but|without"
    r"|earlier|before|previous\w*|nicht|kein\w*|leider|aber|pero|sin|ning\w+|mais|aucune?|não"
    r"|nenhum\w*"
    r"|nessun\w*|purtroppo)\b|n['’]t\b|没|未|无|抱歉|之前|ません"
)
"""Signs that a reply takes back, or does not mean, that something was found."""
