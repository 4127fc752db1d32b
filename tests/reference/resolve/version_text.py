"""What a text of a plan may do, against Python's own parser.

Texts that are nearly version files are made by chance. Of one that is taken, the parser must find assignments of constants,
lists and tuples alone, a text that documents the module, and the import of annotations: nothing that is called or looked up
but in an annotation.
"""

import ast
import random

import support

VERSION = "1.2rc1"
PARTS = [
    "x", "__version__", "__all__", "version", "None", "True", "1", "2", "07", "1.2", "'1.2rc1'", '"v1.2rc1"', "'rc1'", "'x'", "y",
    "=", " = ", "==", ":", ": str", ": list[int]", ":=", "+=", "(", ")", "[", "]", ",", ", ", ".", " ", "  ", "#", "# a", ";",
    "\n", "\n", "\n", "\r", "\t", "\f", "\v", "\0", "\\", "\\\n", "'", '"', '"""', "'''", "f'1.2rc1'", "import os", "y()", "@", "*", "-", "+", "1if 1else 2",
    "from __future__ import annotations", "coding: utf-7", "+AAo-", "\ufeff", "\u2028", "\u0131", "lambda", "{", "}", "%", "|",
]  # fmt: skip
# Code that Python sees where lines end otherwise, or in another encoding.
HIDDEN = ["# a\rimport os\n", "# coding: utf-7\n# +AAo-import os\n", "# vim: set fileencoding=utf-7\n'''+AAoAJwAnACc-y()'''\n"]
GOOD = [
    "__all__ = ['__version__', 'version']\n__version__ = version = '1.2rc1'\n",
    "# a\nversion: str = \"1.2rc1\"\nt: tuple[int | str, ...] = (1, 2, 'rc1')\n",
    "\"\"\"The version.\"\"\"\nfrom __future__ import annotations\nx = [1, None, (True,)]\n",
]


def text(dice: random.Random) -> str:
    """A good text with some places changed, or one that is put together by chance."""
    if dice.random() < 0.05:
        return dice.choice(HIDDEN) + dice.choice(GOOD)
    if dice.random() < 0.2:
        return "".join(dice.choice(PARTS) for _ in range(dice.randint(1, 8)))
    made = dice.choice(GOOD)
    for _ in range(dice.randint(0, 3)):
        at = dice.randint(0, len(made))
        made = made[:at] + dice.choice(["", dice.choice(PARTS)]) + made[at + dice.randint(0, 4) :]
    return made


def is_value(node: ast.expr) -> bool:
    """Whether a value is made of constants."""
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(map(is_value, node.elts))
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, (bool, int, str)))


def does_nothing_else(source: str) -> bool:
    """Whether a module assigns constants and does nothing else; one that cannot be compiled does nothing."""
    try:
        tree = ast.parse(source.encode())
    except (SyntaxError, ValueError):
        return True
    for node in tree.body:
        match node:
            case ast.Assign(targets, value) if all(isinstance(target, ast.Name) for target in targets) and is_value(value):
                pass
            case ast.AnnAssign(target=ast.Name(), annotation=annotation, value=value) if value is None or is_value(value):
                if any(isinstance(part, (ast.Call, ast.NamedExpr, ast.Lambda, ast.Await)) for part in ast.walk(annotation)):
                    return False
            case ast.Expr(ast.Constant(str())) | ast.ImportFrom("__future__"):
                pass
            case _:
                return False
    return True


def main() -> None:
    dice = random.Random(440)
    texts = GOOD + [text(dice) for _ in range(30000)]
    questions = [{"do": "says-version", "path": "a/_version.py", "text": text, "version": VERSION} for text in texts]
    answers = support.ask(questions)
    outcomes = support.Outcomes("version_text")
    taken = [text for text, answer in zip(texts, answers, strict=True) if answer is True]
    for made in taken:
        outcomes.check(f"this text is taken: {made!r}", True, does_nothing_else(made))
    # Most changes spoil a text; if nothing but the good ones were taken, nothing would be compared.
    outcomes.check("good texts are taken", [True] * len(GOOD), answers[: len(GOOD)])
    outcomes.check(f"more than 1000 of {len(texts)} are taken", True, len(taken) > 1000)
    outcomes.finish()


if __name__ == "__main__":
    main()
