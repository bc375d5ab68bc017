"""The licence of a dataset, derived from those of its tools."""

from collections.abc import Collection

OTHER = "other"
"""The Hub's name for a licence outside its list, and for several licences."""

_HUB = (
    "afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bsd bsd-2-clause bsd-3-clause bsl-1.0 cc cc-by-2.0"
    " cc-by-3.0 cc-by-4.0 cc-by-nc-4.0 cc-by-nc-nd-4.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 cc-by-sa-3.0"
    " cc-by-sa-4.0 cc0-1.0 ecl-2.0 epl-2.0 eupl-1.2 gpl gpl-2.0 gpl-3.0 isc lgpl lgpl-2.1 lgpl-3.0"
    " mit mpl-2.0 ms-pl odbl odc-by openrail osl-3.0 pddl postgresql unlicense wtfpl zlib"
)
_OLD_DEFAULT = "apache-2.0"  # saved by earlier versions with every run, chosen or not


def dataset_licence(chosen: str | None, stated: Collection[str]) -> str:
    """Return the licence for the card, as the Hub spells it.

    `chosen` is the setting, `stated` the licence of each tool, "" if it has none. The chosen
    licence is taken, except that "apache-2.0" holds only if all tools state it.
    """
    if chosen is not None and chosen.lower() != _OLD_DEFAULT:
        return chosen
    licences = {licence.strip().lower() for licence in stated}
    common = licences.pop() if len(licences) == 1 else ""
    if chosen is not None and common != _OLD_DEFAULT:
        return OTHER
    return common if common in _HUB.split() else OTHER
