"""The one exception a user of kodo meets."""


class KodoError(Exception):
    """A mistake that the user can mend: one sentence with what was wanted, what was got and where.

    The command line prints the sentence alone and exits with code 2. Every other exception is a bug.
    """


def near(name: str, names: "list[str] | tuple[str, ...]") -> str:
    """Say which known names resemble an unknown one.

    Args:
        name: what was typed.
        names: what exists.

    Returns:
        `Did you mean 'a' or 'b'?` when something is near, else `There are: a, b, c.` (the first 40 of many).
    """
    import difflib

    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if close:
        return "Did you mean " + " or ".join(f"'{c}'" for c in close) + "?"
    more = f" and {len(names) - 40} more" if len(names) > 40 else ""
    return "There are: " + ", ".join(names[:40]) + more + "."
