"""Words to draw from where a schema says no more than "a string". Plain, common, ASCII."""

PROSE = tuple(
    word
    for line in (
        "a i to of in on it we me my is at by so the and for you can with this that from have will",
        "need want like some more time week work plan trip book order table room city price cost",
        "about after again around before every first please could would there which other great",
        "small large early later today check share point short quick place start quiet clear",
        "nearby little family number dinner office travel season friend market garden simple",
        "morning evening weekend another between looking thought present meeting account",
        "question together schedule possible delivery favorite business detailed afternoon",
        "available following different reminder budget summer winter window ticket",
    )
    for word in line.split()
)
"""Words for sentences that only have to look like sentences; every length from 1 to 9 occurs."""

BY_NAME: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("email", ("anna.berg@mail.example", "li.chen@post.example", "sam.ortiz@work.example")),
    ("phone", ("+1-202-555-0143", "+44-20-7946-0958", "+49-30-5550-1187", "+1-415-555-0119")),
    ("url", ("https://example.com/guide", "https://example.org/news/42", "https://example.net/a")),
    ("uri", ("https://example.com/guide", "https://example.org/news/42", "https://example.net/a")),
    ("link", ("https://example.com/guide", "https://example.org/news/42", "https://example.net")),
    ("city", ("Lisbon", "Osaka", "Toronto", "Nairobi", "Vienna", "Santiago", "Denver", "Oslo")),
    ("country", ("Portugal", "Japan", "Canada", "Kenya", "Austria", "Chile", "Norway", "India")),
    ("location", ("Lisbon", "Osaka", "Toronto", "Nairobi", "Vienna", "Santiago", "Denver")),
    ("address", ("14 Elm Street", "220 Harbor Road", "7 Station Square", "91 Mill Lane")),
    ("currency", ("USD", "EUR", "JPY", "GBP", "CAD", "CHF", "SEK")),
    ("language", ("en", "es", "fr", "de", "ja", "pt", "it")),
    ("timezone", ("UTC", "Europe/Lisbon", "Asia/Tokyo", "America/Denver", "Africa/Nairobi")),
    ("color", ("blue", "dark green", "amber", "ivory", "crimson", "slate gray")),
    ("timestamp", ("2026-03-14T09:30:00Z", "2026-07-02T16:05:00Z", "2027-01-19T11:45:00Z")),
    ("datetime", ("2026-03-14T09:30:00Z", "2026-07-02T16:05:00Z", "2027-01-19T11:45:00Z")),
    ("date", ("2026-03-14", "2026-07-02", "2026-10-28", "2027-01-19", "2027-04-05")),
    ("time", ("08:15", "09:30", "12:45", "14:20", "17:05", "19:50")),
    ("path", ("notes/plan.txt", "reports/march.csv", "src/main.py", "data/survey.json")),
    ("file", ("plan.txt", "march.csv", "main.py", "survey.json", "invoice_2041.pdf")),
    ("dir", ("notes", "reports/2026", "src", "data/raw")),
    ("first_name", ("Anna", "Li", "Samuel", "Priya", "Tomas", "Grace", "Yuki")),
    ("last_name", ("Berg", "Chen", "Ortiz", "Rao", "Novak", "Bell", "Tanaka")),
    ("user", ("anna_berg", "li.chen", "sortiz", "priya_rao", "t_novak", "gracebell")),
    ("author", ("Anna Berg", "Li Chen", "Samuel Ortiz", "Priya Rao", "Tomas Novak")),
    ("query", ("solar panel prices", "quiet hotels near the station", "tax rules for freelancers")),
    ("search", ("solar panel prices", "quiet hotels near the station", "weekend hiking trails")),
    ("title", ("Quarterly review", "Trip to the coast", "Kitchen renovation", "Reading list")),
    ("subject", ("Quarterly review", "Trip to the coast", "Kitchen renovation", "Invoice for May")),
    ("message", ("Running ten minutes late.", "The draft is ready for review.", "See you at six.")),
    ("description", ("Short overview of the spring plan", "Notes from the client meeting")),
    ("content", ("Notes from the client meeting", "A first draft of the travel plan")),
    ("text", ("The draft is ready for review.", "A first draft of the travel plan")),
    ("name", ("Harbor View", "Blue Heron", "Atlas", "Juniper", "Northway", "Silver Birch")),
    ("symbol", ("ACME", "NWAY", "SOLR", "BHRN", "ATLS")),
    ("version", ("1.4.2", "2.0.1", "3.11.0", "0.9.5")),
    ("category", ("travel", "health", "finance", "sports", "science", "music")),
    ("tag", ("urgent", "family", "draft", "weekend", "archive", "review")),
)
"""Values by what a property is called: the first entry whose key occurs in the name applies."""

FREE = (
    *("harbor", "juniper", "atlas", "meadow", "copper", "lantern"),
    *("orchid", "summit", "willow", "cedar", "falcon", "amber"),
)
"""For strings of which nothing is known."""
