"""A comparison as Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Sequence

from kodo.reports.comparison.tables import Table

SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
    "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "–": "--",
    "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip
"""What LaTeX would take for something else."""


def markdown(answer: str, tables: Sequence[Table]) -> str:
    """Tables with what is said under them, as Markdown.

    Args:
        answer: the first sentence.
        tables: in their order.
    """
    parts = [answer]
    for table in tables:
        heads = [head.rstrip(">") for head in table.heads.values()]
        rule = ["---:" if head.endswith(">") else "---" for head in table.heads.values()]
        lines = [_line(heads), f"|{'|'.join(rule)}|"]
        lines += [_line([row.get(key, "") for key in table.heads]) for row in table.rows]
        says = [f"- {sentence}" for sentence in table.says]
        parts.append("\n".join([f"### {table.title}", "", *lines, "", *says]))
    return "\n\n".join(parts) + "\n"


def latex(answer: str, tables: Sequence[Table]) -> str:
    """Tables for `\\input` into a paper that has the package booktabs; sentences become captions.

    Args:
        answer: the first sentence, as a comment.
        tables: in their order.
    """
    parts = [f"% {answer}\n% needs \\usepackage{{booktabs}}"]
    for table in tables:
        form = "".join("r" if head.endswith(">") else "l" for head in table.heads.values())
        heads = [head.rstrip(">") for head in table.heads.values()]
        lines = [rf"\begin{{tabular}}{{{form}}}", r"\toprule", _cells(heads), r"\midrule"]
        lines += [_cells([row.get(key, "") for key in table.heads]) for row in table.rows]
        lines += [r"\bottomrule", r"\end{tabular}"]
        caption = " ".join([f"{table.title}.", *table.says]).replace("`", "")
        parts.append(
            "\n".join(
                [
                    r"\begin{table}",
                    r"\centering",
                    rf"\caption{{{escaped(caption)}}}",
                    *lines,
                    r"\end{table}",
                ]
            )
        )
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Text in which nothing has a meaning for LaTeX.

    Args:
        text: as people read it.
    """
    return "".join(SPECIAL.get(letter, letter) for letter in text)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _cells(cells: Sequence[str]) -> str:
    return " & ".join(escaped(cell) for cell in cells) + r" \\"
