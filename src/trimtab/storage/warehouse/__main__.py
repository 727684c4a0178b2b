"""Prints the schema of the warehouse, for the file `schema.sql` beside this: `python -m trimtab.storage.warehouse`."""

import sys
import tempfile
from pathlib import Path

from trimtab.storage.warehouse import migrate, open_warehouse


def main() -> None:
    """Make an empty warehouse, write its schema to the standard output and throw it away."""
    with tempfile.TemporaryDirectory() as folder:
        warehouse = open_warehouse("", Path(folder))
        try:
            sys.stdout.write(migrate.schema(warehouse))
        finally:
            warehouse.close()


if __name__ == "__main__":
    main()
