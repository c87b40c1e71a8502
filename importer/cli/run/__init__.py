"""One call of `run` or `validate`, and what the other commands use of it.

`run_command` goes through all files, `file_run` through one, by way of `book` (all its sheets), `sheet` (one, in hand)
and `saving` (its copy). Which classes talk to Graph, ledger and locks is chosen in `services` and `run_lock`, and
nowhere beneath.
"""
