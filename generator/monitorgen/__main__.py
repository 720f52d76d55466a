"""`python -m monitorgen`: the program, where the interpreter is to be chosen."""

from monitorgen.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
