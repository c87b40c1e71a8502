"""A line becomes `Settings`: what was typed, what the environment says, and what stands in settings files.

`options` says what an option is, `settings` declares each of them once, `param_types` reads what is typed behind them,
`files` and `tables` read settings files, and `usage` is what is said of a line that can't be run.
"""
