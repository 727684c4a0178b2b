"""Fails the build on a file or a function that has grown too large. No ignore list, on purpose.

Complexity is ruff's business (C901, at most 12); this checks what ruff has no rule for.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES = 600
TEST_FILE_LINES = 800
FUNCTION_LINES = 80
SUFFIXES = {".py", ".ts", ".tsx", ".css"}


def main() -> int:
    """Print each breach and return how the build should end."""
    breaches = [breach for file in tracked_files() for breach in check(file)]
    for breach in breaches:
        print(breach)
    if not breaches:
        print(f"limits: every file is within {FILE_LINES} lines, every function within {FUNCTION_LINES}")
    return 1 if breaches else 0


def tracked_files() -> list[Path]:
    """Return the source files that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted({ROOT / name for name in names if Path(name).suffix in SUFFIXES and (ROOT / name).exists()})


def check(file: Path) -> Iterator[str]:
    """Yield one line for each limit that the file breaks."""
    name = file.relative_to(ROOT)
    text = file.read_text()
    lines = text.count("\n")
    is_test = name.parts[0] == "tests" or ".test." in file.name
    allowed = TEST_FILE_LINES if is_test else FILE_LINES
    if lines > allowed:
        yield f"{name}: {lines} lines, at most {allowed}; split it by what it rules"
    if file.suffix != ".py":
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES}"


if __name__ == "__main__":
    sys.exit(main())
