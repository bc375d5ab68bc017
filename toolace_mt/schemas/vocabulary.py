"""Words to draw from where a schema says no more than "a string": plain, common, ASCII."""

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
"""Filler words for sentences; every length from 1 to 9 letters occurs."""

BY_NAME: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("repo_path", ("projects/atlas-web", "projects/harbor-api", "work/juniper")),
    ("repository_path", ("projects/atlas-web", "projects/harbor-api", "work/juniper")),
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
    ("repo", ("atlas-web", "harbor-api", "juniper", "northway-docs")),
    ("repository", ("atlas-web", "harbor-api", "juniper", "northway-docs")),
    ("owner", ("northway", "anna-berg", "blue-heron", "lichen")),
    *(
        (name, ("main", "develop", "feature/login", "fix-typo", "release-2.1"))
        for name in ("branch_name", "base_branch", "target_branch", "git_branch")
    ),
    ("commit", ("a3f9c21", "7be04d8", "c91d5e0", "04af7b6")),
    ("hostname", ("db1.example.com", "files.example.org", "app.example.net")),
    ("host", ("db1.example.com", "files.example.org", "app.example.net")),
    ("domain", ("example.com", "example.org", "northway.example")),
    ("selector", ("#submit", ".results li", "main > h1", "input[name=email]")),
    ("sql", ("SELECT name FROM orders LIMIT 10", "SELECT COUNT(*) FROM users")),
    ("ticker", ("ACME", "NWAY", "SOLR", "BHRN", "ATLS")),
    ("keyword", ("solar panels", "trail maps", "tax rules", "garden")),
    ("comment", ("Looks good to me.", "Please add a test.", "Could this be shorter?")),
    ("prompt", ("A lighthouse at dawn", "Summarise the report in three lines")),
    ("tag", ("urgent", "family", "draft", "weekend", "archive", "review")),
)
"""Values by property name: the first entry whose words occur in the name applies."""

COMPOUNDS: dict[str, tuple[str, ...]] = {
    "filename": ("file", "name"),
    "filepath": ("file", "path"),
    "dirname": ("dir", "name"),
    "directory": ("dir",),
    "folder": ("dir",),
    "username": ("user", "name"),
    "firstname": ("first", "name"),
    "lastname": ("last", "name"),
    "fullname": ("name",),
    "timezone": ("timezone",),
    "website": ("url",),
    "colour": ("color",),
}
"""Other spellings of a word: compounds and synonyms."""

WHOLE_BY_NAME: tuple[tuple[str, tuple[int, int]], ...] = (
    ("month", (1, 12)),
    ("day", (1, 28)),
    ("hour", (0, 23)),
    ("minute", (0, 59)),
    ("second", (0, 59)),
    ("year", (2019, 2027)),
    ("quarter", (1, 4)),
    ("port", (1024, 9000)),
    ("page", (1, 5)),
    ("offset", (0, 50)),
    ("index", (0, 9)),
    ("seed", (1, 9999)),
    ("timeout", (5, 60)),
    ("id", (1000, 99999)),
)
"""Bounds by the last word of a number's name, where the schema has none."""

FRACTIONS_BY_NAME: tuple[tuple[str, tuple[float, float, int]], ...] = (
    *((name, (-60.0, 60.0, 4)) for name in ("latitude", "lat")),
    *((name, (-170.0, 170.0, 4)) for name in ("longitude", "lon", "lng", "long")),
    *((name, (0.05, 0.95, 2)) for name in ("confidence", "probability", "threshold", "ratio")),
    *((name, (0.05, 0.95, 2)) for name in ("opacity", "similarity", "fraction", "likelihood")),
    *((name, (0.1, 1.0, 1)) for name in ("temperature",)),
    *((name, (1.0, 100.0, 2)) for name in ("price", "amount", "cost", "fee", "rate", "total")),
    *((name, (1.0, 100.0, 1)) for name in ("percent", "percentage", "weight", "distance")),
)
"""Bounds and decimals by the last word of the name of a number that is seldom whole."""

FREE = (
    *("harbor", "juniper", "atlas", "meadow", "copper", "lantern"),
    *("orchid", "summit", "willow", "cedar", "falcon", "amber"),
)
"""Values for strings without any hint at their meaning."""
