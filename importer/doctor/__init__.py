"""Proves a set-up before the first run: what is looked at, in which order, and what each answer means.

Judging stands apart from asking: `setup` and `service` turn what was heard into findings, `examination` does the
asking. Nothing in here makes or changes a meeting.
"""
