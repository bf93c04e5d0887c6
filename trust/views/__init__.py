"""Read-only answers over the index."""

from trust.views.accounts import Totals, totals
from trust.views.licences import Licence, licence
from trust.views.productions import Production, production
from trust.views.statements import Statement, statement
from trust.views.usage import Use, UsePage, usage_history

__all__ = [
    "Licence",
    "Production",
    "Statement",
    "Totals",
    "Use",
    "UsePage",
    "licence",
    "production",
    "statement",
    "totals",
    "usage_history",
]
