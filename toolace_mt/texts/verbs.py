"""Verbs with which descriptions of tools begin."""

LOOKING = frozenset(
    word
    for line in (
        "analyze ask browse calculate check compare compute convert count crawl describe detect",
        "display download estimate evaluate examine extract fetch find get identify inspect list",
        "look lookup measure monitor open parse preview query read recommend resolve retrieve",
        "scan scrape search show summarize take test trace track translate validate verify view",
    )
    for word in line.split()
)
"""Verbs of tools that find something out."""

DOING = frozenset(
    word
    for line in (
        "accept activate add adjust answer append apply approve archive assign attach book build",
        "call cancel capture change clean clear click clone close comment commit compile complete",
        "configure confirm connect copy create deactivate debug decode decompile decrypt delete",
        "deploy disable draft drag draw drop edit enable encode encrypt ensure execute explain",
        "export fill filter follow fork format forward generate give go group hide hover import",
        "initialize insert install invite join launch like load lock log make manage mark merge",
        "modify move name navigate notify order organize overwrite pause pay perform place play",
        "post press process publish pull push put rate record refresh register reject release",
        "reload remind remove rename render reopen reorder replace reply report request rerun",
        "research reserve reset resize respond restart restore resume reveal roll run save",
        "schedule scroll select send set share sign sort split star start stop submit subscribe",
        "swipe switch sync tell terminate transfer type undo unlock unsubscribe update upload use",
        "wait watch write",
    )
    for word in line.split()
)
"""Verbs of tools that change something."""
