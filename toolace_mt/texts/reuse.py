"""Names whose values are the same throughout a dialogue."""

from toolace_mt.schemas.words import words_of

# Last words of names of identifiers: other values may well change.
_IDENTIFIERS = frozenset(("id", "number", "code", "reference", "key"))
# Names of what a dialogue is about: whoever works on a repository goes on with it.
_SCOPES = frozenset(
    (
        *("owner", "repo", "repository", "org", "organization", "project", "workspace", "database"),
        *("namespace", "tenant", "bucket", "cluster", "repo path", "repository path"),
        *("project path", "workspace path", "database path", "db path", "repo name", "repo owner"),
    )
)


def stays(name: str) -> bool:
    """Return whether values of that name are the same throughout a dialogue."""
    words = words_of(name)
    return (len(words) > 1 and words[-1] in _IDENTIFIERS) or in_scope(name)


def in_scope(name: str) -> bool:
    """Return whether a whole dialogue is about one value of that name: a repository, a project."""
    return " ".join(words_of(name)) in _SCOPES
