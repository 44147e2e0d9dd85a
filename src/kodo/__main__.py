"""`python -m kodo` is `kodo`."""

from kodo.cli.main import main

main()
