"""What each command does, a module each; `run` and `validate` have a package of their own.

None of them knows another, but that `doctor` has `proof`. `notifications` is a run that tells people how it went.
"""
