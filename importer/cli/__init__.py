"""The command line, on top of everything.

`main` declares the commands, and says in which module each of them is. Beneath it, each knowing those below alone:
`commands`, one module each; `run`, one call of `run` or `validate`, of which the others use what reads a sheet and what
saves its copy; `config`, by which a line, the environment and settings files become `Settings`.
"""
