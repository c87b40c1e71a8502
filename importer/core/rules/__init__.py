"""The rule book for a sheet's rows."""

from importer.core.rules.book import RuleOptions, check

__all__ = ["RuleOptions", "check"]
