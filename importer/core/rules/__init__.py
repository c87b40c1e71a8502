"""The rule book for a sheet's rows."""

from importer.core.rules.book import RuleOptions, check
from importer.core.rules.people import OBJECT_ID, UPN, distinct

__all__ = ["OBJECT_ID", "UPN", "RuleOptions", "check", "distinct"]
