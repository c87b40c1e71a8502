"""The command line, on top of everything: commands, options, settings files, and what a command puts together.

`main` declares the commands, and says in which module each of them is. A line becomes `Settings` by `options` (what an
option is), `settings` (the options, each declared once) and `config` (settings files). `run` and `validate` go through
`run_command` (all files), `file_run` (one file), `sheet` (what was read of it) and `saving` (its copy). Which classes
talk to Graph, ledger and locks is chosen in `services` and `run_lock`, and nowhere beneath.
"""
