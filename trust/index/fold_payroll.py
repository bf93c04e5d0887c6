"""Payroll's events into books, with the arithmetic of contracts/payroll/."""

from __future__ import annotations

from collections.abc import Mapping

from trust.errors import IndexFault
from trust.index.books import WHOLE_BPS, Books, LicenceBook, MemberBook, ProductionBook, Stream, StreamBook
from trust.index.events import IndexedEvent
from trust.index.fold_facts import Handler

_LANES = ("dues", "benefits", "levy")


def contradiction(event: IndexedEvent, what: str) -> IndexFault:
    """The fault of an event that can't be true after those before it."""
    return IndexFault(
        f"{event.contract}.{event.name} in block {event.block_number} {what}.",
        hint="Delete the index file and index again, from another node if it happens again.",
    )


def licence_id(production_id: int, member_id: int) -> int:
    """The number of the one licence of a production and a member (`licenceIdOf`)."""
    return production_id << 24 | member_id


def share_up(amount: int, bps: int) -> int:
    """A share in basis points, rounded up (Split.sol)."""
    return -(-amount * bps // WHOLE_BPS)


def with_on_top(licence: LicenceBook, gross: int, background: bool) -> int:
    """Gross with the most benefits and levy it can bring."""
    bps = licence.background_benefits_bps if background else licence.benefits_bps
    return gross + share_up(gross, bps) + share_up(gross, licence.levy_bps)


def _production(books: Books, event: IndexedEvent) -> ProductionBook:
    return books.productions[event.args["productionId"]]


def _licence(books: Books, event: IndexedEvent) -> LicenceBook | None:
    """None for what a later contract charges without a licence: nothing counts towards a ceiling then."""
    return books.licences.get(licence_id(event.args["productionId"], event.args["memberId"]))


# Production accounts


def _funded(books: Books, event: IndexedEvent) -> None:
    account = _production(books, event)
    account.funded += event.args["amount"]
    account.free += event.args["amount"]


def _taken_back(books: Books, event: IndexedEvent) -> None:
    account = _production(books, event)
    account.taken_back += event.args["amount"]
    account.free -= event.args["amount"]


def _charged(books: Books, event: IndexedEvent) -> None:
    parts = event.args["parts"]
    account = _production(books, event)
    account.free -= parts["gross"] + parts["benefits"] + parts["levy"]
    account.benefits += parts["benefits"]
    account.levy += parts["levy"]
    if licence := _licence(books, event):
        licence.counted += parts["counted"]
    _credit(books, event, event.args["memberId"], parts)
    check_account(account, event)


def _iterations_charged(books: Books, event: IndexedEvent) -> None:
    a, grant = event.args, books.grants[event.args["grantId"]]
    account, licence = books.productions[grant.production_id], books.licences[grant.licence_id]
    iterations, rest = divmod(a["gross"], grant.terms["iterationFee"])
    if rest:
        raise contradiction(event, "is not a whole number of iterations")
    held = iterations * with_on_top(licence, grant.terms["iterationFee"], grant.background)
    account.reserved -= held
    account.free += held - a["gross"] - a["benefits"] - a["levy"]
    account.benefits += a["benefits"]
    account.levy += a["levy"]
    # They were counted towards the ceiling when they were reserved.
    grant.counted_left -= min(a["gross"], grant.counted_left)
    _credit(books, event, grant.member_id, a)
    check_account(account, event)


def _reserved(books: Books, event: IndexedEvent) -> None:
    account = _production(books, event)
    account.free -= event.args["amount"]
    account.reserved += event.args["amount"]
    books.grants[event.args["grantId"]].counted_left += event.args["counted"]
    if licence := _licence(books, event):
        licence.counted += event.args["counted"]
    # The fee, charged in the same call, was taken before: `free` is right again after its event.


def _released(books: Books, event: IndexedEvent) -> None:
    account = _production(books, event)
    account.reserved -= event.args["amount"]
    account.free += event.args["amount"]
    books.grants[event.args["grantId"]].counted_left -= event.args["uncounted"]
    if licence := _licence(books, event):
        licence.counted -= event.args["uncounted"]
    check_account(account, event)


def _arrears_began(books: Books, event: IndexedEvent) -> None:
    _production(books, event).in_arrears = True


def _arrears_ended(books: Books, event: IndexedEvent) -> None:
    _production(books, event).in_arrears = False


def _opted_in(books: Books, event: IndexedEvent) -> None:
    modules = _production(books, event).modules
    (modules.add if event.args["allowed"] else modules.discard)(event.args["module"])


# Streams


def _opened(books: Books, event: IndexedEvent) -> None:
    a, terms = event.args, Stream(**event.args["stream"])
    account = _production(books, event)
    ids = (a["productionId"], a["memberId"], a["ref"])
    place = ((event.block_number, event.log_index), event.tx_hash, event.timestamp)
    stream = StreamBook.open(ids, terms, place, books.clock)
    account.reserved -= a["floorReleased"]
    account.free += a["floorReleased"] - terms.gross - terms.benefits - terms.levy
    account.benefits += stream.at_once[0]
    account.levy += stream.at_once[1]
    if licence := _licence(books, event):
        licence.counted += terms.counted
    books.members[a["memberId"]].track.add(stream.net)
    for lane in _LANES:
        books.side.tracks[lane].add(getattr(stream, lane))
    books.streams.append(stream)
    books.live.setdefault(ids, []).append(stream)
    check_account(account, event)


def _cut(books: Books, event: IndexedEvent) -> None:
    a, terms = event.args, Stream(**event.args["stream"])
    parts, cycle = a["parts"], a["fromCycle"]
    live = books.live[a["productionId"], a["memberId"], a["ref"]]
    stream = next((s for s in reversed(live) if s.terms == terms), None)
    if stream is None:
        raise contradiction(event, "cuts a stream that isn't live")
    live.remove(stream)
    aside = {lane: getattr(stream, lane).remaining(cycle) for lane in _LANES}
    net, whole = stream.net.remaining(cycle), terms.gross - terms.dues
    back = {lane: min(aside[lane], getattr(terms, lane) * net // whole) for lane in _LANES}
    back["gross"] = net + back["dues"]
    if any(back[name] != parts[name] for name in back):
        raise contradiction(event, f"takes back {parts}, where the stream has {back}")
    stream.cut_from, stream.returned = cycle, dict(parts)
    books.members[a["memberId"]].track.cut(stream.net, cycle)
    for lane in _LANES:
        books.side.tracks[lane].cut(getattr(stream, lane), cycle)
    account = _production(books, event)
    account.free += parts["gross"] + parts["benefits"] + parts["levy"]
    account.benefits += aside["benefits"] - back["benefits"]
    account.levy += aside["levy"] - back["levy"]
    books.side.owed["dues"] += aside["dues"] - back["dues"]
    if licence := _licence(books, event):
        licence.counted -= parts["counted"]


# Members


def _credit(books: Books, event: IndexedEvent, member_id: int, parts: Mapping[str, int]) -> None:
    member, net = books.members[member_id], parts["gross"] - parts["dues"]
    _promote(books, member, event)
    member.accrue(net)
    member.credited += net
    member.dues += parts["dues"]


def _promote(books: Books, member: MemberBook, event: IndexedEvent) -> None:
    settled = member.promote_agent(books.clock.cycle_at(event.timestamp))
    if settled and settled[1]:
        books.agents[settled[0]] = books.agents.get(settled[0], 0) + settled[1]


def _paid(books: Books, event: IndexedEvent) -> None:
    a, member = event.args, books.members[event.args["memberId"]]
    _promote(books, member, event)
    member.accrue_to(a["throughCycle"])
    computed = (member.owed, member.agent_owed, member.dues)
    if computed != (a["amount"], a["agentShare"], a["dues"]):
        raise contradiction(
            event, f"pays {a['amount']}, agent {a['agentShare']}, dues {a['dues']}, where {computed} is due"
        )
    if a["agentShare"]:
        books.agents[member.agent] = books.agents.get(member.agent, 0) + a["agentShare"]
    books.side.owed["dues"] += a["dues"]
    member.agent_owed = member.dues = 0
    if event.name == "Paid":
        member.owed = 0
        member.paid += a["amount"]


def _wallet(books: Books, event: IndexedEvent) -> None:
    member = books.members[event.args["memberId"]]
    member.wallet, member.pending_wallet, member.pending_from = event.args["wallet"], None, 0


def _pending_wallet(books: Books, event: IndexedEvent) -> None:
    member = books.members[event.args["memberId"]]
    member.pending_wallet, member.pending_from = event.args["wallet"], event.args["effectiveAt"]


def _wallet_dropped(books: Books, event: IndexedEvent) -> None:
    member = books.members[event.args["memberId"]]
    member.pending_wallet, member.pending_from = None, 0


def _agent(books: Books, event: IndexedEvent) -> None:
    a, member = event.args, books.members[event.args["memberId"]]
    _promote(books, member, event)
    member.next_agent = (a["agent"], a["shareBps"], a["fromCycle"])


def _agent_paid(books: Books, event: IndexedEvent) -> None:
    agent, amount = event.args["agent"], event.args["amount"]
    if books.agents.get(agent, 0) != amount:
        raise contradiction(event, f"pays {amount}, where {books.agents.get(agent, 0)} is due")
    if event.name == "AgentPaid":
        books.agents[agent] = 0
        books.agents_paid[agent] = books.agents_paid.get(agent, 0) + amount


# Benefits, levy and dues


def _swept(books: Books, event: IndexedEvent) -> None:
    account = _production(books, event)
    if (account.benefits, account.levy) != (event.args["benefits"], event.args["levy"]):
        raise contradiction(event, f"sweeps other sums than {account.benefits} and {account.levy}")
    books.side.owed["benefits"] += account.benefits
    books.side.owed["levy"] += account.levy
    account.benefits = account.levy = 0


def _remitted(books: Books, event: IndexedEvent) -> None:
    today = books.clock.cycle_at(event.timestamp)
    for lane in _LANES:
        amount = event.args[lane]
        if amount and books.side.settled(lane, today) != amount:
            raise contradiction(
                event, f"remits {lane} {amount}, where {books.side.settled(lane, today)} is due"
            )
        if event.name == "Remitted":
            books.side.owed[lane] -= amount
            books.side.remitted[lane] += amount


def check_account(account: ProductionBook, event: IndexedEvent) -> None:
    """Raises IndexFault when a production account is below zero."""
    if min(account.free, account.reserved, account.benefits, account.levy) < 0:
        raise contradiction(event, "leaves a production account below zero")


HANDLERS: dict[str, Handler] = {
    "Funded": _funded,
    "TakenBack": _taken_back,
    "Charged": _charged,
    "IterationsCharged": _iterations_charged,
    "Reserved": _reserved,
    "Released": _released,
    "ArrearsBegan": _arrears_began,
    "ArrearsEnded": _arrears_ended,
    "ModuleOptedIn": _opted_in,
    "StreamOpened": _opened,
    "StreamCut": _cut,
    "Paid": _paid,
    "PayHeld": _paid,
    "WalletSet": _wallet,
    "WalletPending": _pending_wallet,
    "WalletChangeDropped": _wallet_dropped,
    "AgentAppointed": _agent,
    "AgentPaid": _agent_paid,
    "AgentPayHeld": _agent_paid,
    "ProductionSwept": _swept,
    "Remitted": _remitted,
    "RemittanceHeld": _remitted,
}
