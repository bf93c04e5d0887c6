"""One service a noun: what studios, members and the union can do on chain."""

from trust.nouns.access import Access
from trust.nouns.collective_licences import CollectiveLicences
from trust.nouns.credits import Credits
from trust.nouns.disclosures import Disclosures
from trust.nouns.licences import Licences
from trust.nouns.members import Members
from trust.nouns.payroll import Payroll
from trust.nouns.pool_grants import PoolGrants
from trust.nouns.pools import Pools
from trust.nouns.premiums import Premiums
from trust.nouns.productions import Productions
from trust.nouns.provenance import Provenance
from trust.nouns.rate_card import RateCard
from trust.nouns.records import Records
from trust.nouns.rooms import WritersRooms
from trust.nouns.scenes import Scenes
from trust.nouns.usage import Usage

__all__ = [
    "Access",
    "CollectiveLicences",
    "Credits",
    "Disclosures",
    "Licences",
    "Members",
    "Payroll",
    "PoolGrants",
    "Pools",
    "Premiums",
    "Productions",
    "Provenance",
    "RateCard",
    "Records",
    "Scenes",
    "Usage",
    "WritersRooms",
]
