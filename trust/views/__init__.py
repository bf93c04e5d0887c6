"""Read-only answers over the index."""

from trust.views.accounts import Totals, totals
from trust.views.disclosures import Disclosure, DisclosureFilter, DisclosurePage, disclosure_page
from trust.views.licences import Licence, licence
from trust.views.pool_consents import PoolConsent
from trust.views.pool_pay import PoolPay, SeatLine, pool_pay, seats_of
from trust.views.pools import Deal, Pool, PoolChunk, pool, pool_chunks, pools
from trust.views.productions import Production, production
from trust.views.rooms import Contributions, Room, RoomShare, RoomWeek, RoomWriter, room
from trust.views.statements import Statement, statement
from trust.views.usage import Use, UsePage, usage_history, usage_page
from trust.views.use_filter import UseFilter

__all__ = [
    "Contributions",
    "Deal",
    "Disclosure",
    "DisclosureFilter",
    "DisclosurePage",
    "Licence",
    "Pool",
    "PoolChunk",
    "PoolConsent",
    "PoolPay",
    "Production",
    "Room",
    "RoomShare",
    "RoomWeek",
    "RoomWriter",
    "SeatLine",
    "Statement",
    "Totals",
    "Use",
    "UseFilter",
    "UsePage",
    "disclosure_page",
    "licence",
    "pool",
    "pool_chunks",
    "pool_pay",
    "pools",
    "production",
    "room",
    "seats_of",
    "statement",
    "totals",
    "usage_history",
    "usage_page",
]
