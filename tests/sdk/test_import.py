"""What `import trimtab` brings with it, and what it offers."""

import subprocess
import sys

import trimtab

_SERVER_PARTS = (
    *("fastapi", "pydantic", "sqlalchemy", "alembic", "uvicorn", "httpx", "pyreqwest", "granian", "chdb", "pyarrow"),
    *("click", "argon2", "cryptography", "genai_prices", "numpy", "asyncio", "ssl", "http.client", "urllib.request"),
)


def test_importing_the_package_loads_nothing_of_the_server() -> None:
    code = "import sys, trimtab; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "trimtab.sdk.client" in loaded
    assert loaded.isdisjoint(_SERVER_PARTS)
    rooms = {name.split(".")[1] for name in loaded if name.startswith("trimtab.")}
    assert rooms == {"base", "llm", "prompts", "sdk"}


def test_the_public_names_are_these() -> None:
    assert trimtab.__all__ == ["Client", "Prompt", "Rendered", "TrimtabError", "__version__", "prompt"]
    assert all(getattr(trimtab, name).__doc__ for name in trimtab.__all__ if name != "__version__")
