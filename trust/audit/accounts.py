"""What the events add up to, as questions that the contracts must answer alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import trust.audit.accounts_transparency as transparency
from trust.audit.asking import Question
from trust.audit.facts import Facts, parts_of
from trust.audit.transparency import UNPROVEN
from trust.index import Books, Index, IndexedEvent
from trust.index.books import MemberBook
from trust.index.pool_books import DealKind
from trust.views import pool_chunks

_OPENED_BY = {DealKind.POOL_GRANT: "PoolGrants", DealKind.COLLECTIVE_LICENCE: "CollectiveLicences"}


def questions(index: Index, facts: Facts, now: int) -> Iterator[Question]:
    """All of them, at the time of the audited block."""
    books = index.books()
    yield from _productions(books, facts)
    yield from _members(books, facts, now)
    yield from _licences(books, facts)
    yield from _grants(books, facts)
    yield from _records_and_cards(books, facts)
    yield from _pools(index, books, facts, now)
    yield from _side(books, facts, now)
    yield from transparency.questions(facts, now)
    for member, nonce in sorted(facts.spent):
        last = _last(facts, "memberId", member)
        yield Question("A10", f"Member {member}", "Members", "consentSpent", (member, nonce), True, last)


def _last(facts: Facts, name: str, number: Any) -> IndexedEvent | None:
    return facts.touched.get((name, number))


def _productions(books: Books, facts: Facts) -> Iterator[Question]:
    for number, book in books.productions.items():
        about, last = f"Production {number}", _last(facts, "productionId", number)
        account = {name: getattr(book, name) for name in ("free", "reserved", "benefits", "levy")}
        account |= {"open": True, "inArrears": book.in_arrears}
        seen = {"studio": book.studio, "starts": book.starts, "ends": book.ends}
        seen |= {"onStrike": bool(book.strikes) and book.strikes[-1][1] is None}
        for contract, function, expected in (
            ("Payroll", "productionAccount", account),
            ("SubstitutionPremiums", "arrearsOf", book.arrears),
            ("Productions", "productionOf", seen),
            ("Productions", "breakdownOf", book.root),
        ):
            yield Question("A53", about, contract, function, (number,), expected, last)


def _members(books: Books, facts: Facts, now: int) -> Iterator[Question]:
    today = books.clock.cycle_at(now)
    for number, book in books.members.items():
        about, last = f"Member {number}", _last(facts, "memberId", number)
        pending = book.pending_wallet if 0 < book.pending_from <= now else None
        due = {"amount": book.at(today)[0].owed, "wallet": pending or book.wallet}
        for contract, function, expected in (
            ("Payroll", "due", due),
            ("Payroll", "memberAccount", _settled(book, today)),
            ("Members", "ownerOf", book.key),
        ):
            yield Question("A54", about, contract, function, (number,), expected, last)


def _settled(book: MemberBook, today: int) -> Callable[[Any], dict[str, Any]]:
    """A payday that finds nothing due leaves no event, but settles: the book is taken to where the contract stands."""

    def settled(told: Any) -> dict[str, Any]:
        copy = replace(book)
        if not told["agentPending"]:
            copy.promote_agent(today)
        copy.accrue_to(min(told["paidTo"], today))
        return {
            "owed": copy.owed,
            "dues": copy.dues,
            "agentOwed": copy.agent_owed,
            "rate": copy.rate,
            "paidTo": copy.paid_to,
            "agentBps": copy.agent_bps,
            "agentRemainder": copy.agent_remainder,
            "agentPending": copy.next_agent is not None,
        }

    return settled


def _licences(books: Books, facts: Facts) -> Iterator[Question]:
    for number, book in books.licences.items():
        production, member = parts_of(number)
        about, last = f"Licence {production}/{member}", _last(facts, "licenceId", number)
        account = {
            "counted": book.counted,
            "ceiling": book.ceiling,
            "version": book.version,
            "premiumShareBps": book.premium_share_bps,
            "benefitsBps": book.benefits_bps,
            "backgroundBenefitsBps": book.background_benefits_bps,
            "duesBps": book.dues_bps,
            "levyBps": book.levy_bps,
        }
        seen = {
            "rateCardVersion": book.version,
            "modalities": book.modalities,
            "starts": book.starts,
            "expires": book.expires,
            "suspendedAt": book.suspended_at,
            "revokedAt": book.revoked_at,
            "trainingRuns": len(book.runs),
            "maxSyntheticDepth": facts.transparency.caps.get(number, UNPROVEN),
        }
        yield Question("A55", about, "Payroll", "licenceAccount", (production, member), account, last)
        yield Question("A55", about, "Licences", "licenceOf", (number,), seen, last)


def _grants(books: Books, facts: Facts) -> Iterator[Question]:
    for number, book in books.grants.items():
        about, last = f"Grant {number}", _last(facts, "grantId", number)
        seen = {
            "productionId": book.production_id,
            "memberId": book.member_id,
            "assetClass": book.terms["assetClass"],
            "replicaType": book.terms["replicaType"],
            "revoked": book.revoked,
            "closed": book.closed,
            "used": book.used,
            "notBefore": book.terms["notBefore"],
            "expires": book.expires,
            "iterationsLeft": book.iterations_left,
            "secondsLeft": book.seconds_left,
            "price": book.terms["iterationFee"],
            "countedLeft": book.counted_left,
            "longestStreamWeeks": book.terms["longestStreamWeeks"],
        }
        yield Question("A55", about, "UsageLedger", "grantOf", (number,), seen, last)
        yield Question("A55", about, "SubstitutionPremiums", "premiumOf", (number,), book.premium, last)


def _records_and_cards(books: Books, facts: Facts) -> Iterator[Question]:
    for number, record in books.records.items():
        seen = {"memberId": record.member_id, "productionId": record.production_id}
        seen |= {"modality": record.modality, "erased": record.erased}
        last = _last(facts, "recordId", number)
        yield Question("A55", f"Record {number}", "Records", "recordOf", (number,), seen, last)
    for version, card in books.cards.items():
        last = _last(facts, "version", version)
        yield Question("A55", f"Rate card {version}", "RateCard", "cardOf", (version,), card, last)


def _pools(index: Index, books: Books, facts: Facts, now: int) -> Iterator[Question]:
    for number, stored in books.pools.items():
        about, last = f"Pool {number}", _last(facts, "poolId", number)
        book = stored.at(now, books.clock)
        seen = {
            "productionId": book.production_id,
            "manager": book.manager,
            "index": book.unit.index,
            "remainder": book.unit.remainder,
            "units": book.unit.units,
            "dues": book.dues,
            "chunks": len(book.chunks),
            "benefitsBps": book.benefits_bps,
            "duesBps": book.dues_bps,
            "levyBps": book.levy_bps,
        }
        yield Question("A56", about, "Payroll", "poolOf", (number,), seen, last)
        for chunk in pool_chunks(index, number):
            asked = (chunk.chunk.as_struct(),)
            yield Question(
                "A56", f"{about}, chunk {chunk.number}", "Payroll", "chunkDue", asked, chunk.due, last
            )
    for number, deal in books.deals.items():
        about, last = f"The terms of pool {number}", _last(facts, "poolId", number)
        seen = {"price": deal.price, "usesLeft": deal.uses_left, "closed": deal.closed}
        seen |= {"notBefore": deal.not_before, "expires": deal.expires, "modalities": deal.modalities}
        contract = _OPENED_BY[deal.kind]
        yield Question("A56", about, contract, "dealOf", (number,), seen, last)
        for member in (*deal.signed, *deal.revoked):
            signed = member in deal.signed
            yield Question("A56", about, contract, "hasSigned", (number, member), signed, last)


def _side(books: Books, facts: Facts, now: int) -> Iterator[Question]:
    today = books.clock.cycle_at(now)
    owed = {name: books.side.settled(name, today) for name in ("dues", "benefits", "levy")}
    yield Question("A57", "Plan, fund and union", "Payroll", "sideOwed", (), owed)
    for agent, amount in books.agents.items():
        last = _last(facts, "agent", agent)
        yield Question("A57", f"Agent {agent}", "Payroll", "agentOwed", (agent,), amount, last)
    payees = {name: books.payees[name] for name in ("benefitsPlan", "pipelineFund", "union")}
    yield Question("A57", "The payees", "Payees", "payees", (), payees)
