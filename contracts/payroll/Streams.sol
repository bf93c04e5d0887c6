// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Charge, licenceIdOf} from "../interfaces/Types.sol";
import {CycleDeltas} from "./CycleDeltas.sol";
import {ProductionAccounts} from "./ProductionAccounts.sol";
import {Schedules} from "./Schedules.sol";
import {SideAccount} from "./SideAccount.sol";
import {LicenceWord, ProductionWord} from "./Words.sol";

/// @title Streams from production accounts into member accounts
/// @dev Which streams are live, and what could not be paid yet, is kept by the module that orders them.
abstract contract Streams is ProductionAccounts {
    using CycleDeltas for CycleDeltas.Track;
    using SideAccount for SideAccount.Account;

    /// @dev The books open while one order is worked on.
    struct Books {
        uint24 productionId;
        uint24 memberId;
        uint256 licenceId;
        uint256 ref;
        bool background;
        ProductionWord account;
        LicenceWord licence;
    }

    uint256 private constant WHOLE_BPS = 10_000;

    /// @dev Pays as much of the order as the balance allows; `owing` is the rest.
    function _order(StreamOrder calldata order) internal returns (Stream memory stream, uint64 owing) {
        require(order.end > order.start, EmptyStream(order.start, order.end));
        Books memory b = _booksOf(order.productionId, order.memberId, order.ref, order.background);
        uint256 released =
            order.floorHeld == 0 ? 0 : _withOnTop(b.licence, order.floorHeld, b.licence.benefitsBps(order.background));
        if (released > 0) b.account = b.account.subReserved(released).addFree(released);

        // While arrears stand, the free balance is theirs, and a new order has only its released floor.
        bool ownFloorOnly = b.account.inArrears() && !order.collecting;
        uint64 gross = _affordable(b, ownFloorOnly ? released : b.account.free(), order.gross);
        if (gross < order.floorHeld) gross = _least(order.floorHeld, order.gross);
        owing = order.gross - gross;
        if (owing > 0 && !b.account.inArrears()) {
            b.account = b.account.withArrears(true);
            emit ArrearsBegan(b.productionId);
        }
        if (gross > 0) {
            Parts memory parts = _paid(b, gross);
            uint40 today = uint40(block.timestamp);
            if (today > order.start) _catchUp(b, parts, order.start, order.end);
            if (parts.gross > 0) {
                stream = _open(b, parts, today > order.start ? today : order.start, order.end, uint64(released));
            }
        }
        _storeBooks(b);
    }

    /// @dev Takes back what the stream pays from the next cycle on, and reopens what is more than `most`.
    function _cut(
        uint24 productionId,
        uint24 memberId,
        uint256 ref,
        bool background,
        uint64 most,
        Stream calldata stream
    ) internal returns (uint64 returned, Stream memory reopened) {
        Books memory b = _booksOf(productionId, memberId, ref, background);
        uint16 from = _today() + 1;
        Parts memory back = _takeFrom(b, stream, from);
        returned = back.gross;
        if (returned > most) {
            // What streams on takes its part of what came back with it: it is not split anew, and can't cost more.
            uint64 on = returned - most;
            Parts memory parts = Parts({
                gross: on,
                dues: _shareOf(back.dues, on, returned),
                benefits: _shareOf(back.benefits, on, returned),
                levy: _shareOf(back.levy, on, returned),
                counted: _shareOf(back.counted, on, returned)
            });
            b.account = _payFree(productionId, b.account, parts);
            b.licence = b.licence.count(parts.counted);
            reopened = _open(b, parts, cycleStart(from), stream.end, 0);
            returned = most;
        }
        _storeBooks(b);
    }

    /// @dev What should have streamed already is credited at once: being late earns nothing. It leaves `parts`, so that
    /// the whole was rounded once.
    function _catchUp(Books memory b, Parts memory parts, uint256 start, uint256 end) private {
        uint256 passed = block.timestamp >= end ? end - start : block.timestamp - start;
        Parts memory late = Parts({
            gross: _shareOf(parts.gross, passed, end - start),
            dues: _shareOf(parts.dues, passed, end - start),
            benefits: _shareOf(parts.benefits, passed, end - start),
            levy: _shareOf(parts.levy, passed, end - start),
            counted: _shareOf(parts.counted, passed, end - start)
        });
        if (late.gross == 0) return;
        parts.gross -= late.gross;
        parts.dues -= late.dues;
        parts.benefits -= late.benefits;
        parts.levy -= late.levy;
        parts.counted -= late.counted;
        b.account = b.account.addOnTop(late.benefits, late.levy);
        emit Charged(b.licenceId, b.ref, Charge.PREMIUM, late);
        _credit(b.memberId, late.gross - late.dues, late.dues);
    }

    function _shareOf(uint256 amount, uint256 part, uint256 whole) private pure returns (uint64) {
        return uint64(amount * part / whole);
    }

    /// @dev Takes what a stream pays from `from` on back into the free balance; all zero if it has ended by then. Dues,
    /// benefits and levy go back in proportion to the pay: they stream evenly, so what they lag behind it is due at once.
    function _takeFrom(Books memory b, Stream calldata stream, uint16 from) private returns (Parts memory back) {
        uint256 whole = stream.gross - stream.dues;
        Schedules.Schedule memory s = Schedules.spread(whole, stream.start, stream.end, EPOCH, CYCLE_SECONDS);
        if (from > s.lastCycle) return back;
        // A stream reopened for the next cycle hasn't begun: all of it goes back.
        uint256 net = from == s.firstCycle ? whole : Schedules.remaining(s, from);
        _track(b.memberId).cut(s, from);
        SideAccount.Parts memory aside =
            _side.cut(SideAccount.Parts(stream.dues, stream.benefits, stream.levy), s.firstCycle, s.lastCycle, from);
        back.dues = _least(_shareOf(stream.dues, net, whole), aside.dues);
        back.benefits = _least(_shareOf(stream.benefits, net, whole), aside.benefits);
        back.levy = _least(_shareOf(stream.levy, net, whole), aside.levy);
        back.gross = uint64(net) + back.dues;
        // Rounded down, so that the ceiling is never overrun.
        if (stream.benefits > 0) back.counted = _shareOf(stream.counted, back.benefits, stream.benefits);
        b.licence = b.licence.uncount(back.counted);
        b.account = b.account.addFree(uint256(back.gross) + back.benefits + back.levy)
            .addOnTop(aside.benefits - back.benefits, aside.levy - back.levy);
        if (aside.dues > back.dues) _side.owed.dues += aside.dues - back.dues;
        emit StreamCut(b.licenceId, b.ref, from, stream, back);
    }

    /// @dev Takes a gross amount with what comes on top out of the free balance; it is for the caller to place.
    function _paid(Books memory b, uint64 gross) private pure returns (Parts memory parts) {
        b.licence = _split(b.licence, gross, b.background, parts);
        b.account = _payFree(b.productionId, b.account, parts);
    }

    /// @dev Opens a stream of parts that are paid for. Dues are whole units per cycle, rounded for the member.
    function _open(Books memory b, Parts memory parts, uint40 start, uint40 end, uint64 released)
        private
        returns (Stream memory stream)
    {
        unchecked {
            // Both are cycles of 16 bits, and the last isn't before the first.
            uint64 cycles = uint64((end - 1 - EPOCH) / CYCLE_SECONDS - (start - EPOCH) / CYCLE_SECONDS + 1);
            parts.dues -= parts.dues % cycles;
        }
        Schedules.Schedule memory s = Schedules.spread(parts.gross - parts.dues, start, end, EPOCH, CYCLE_SECONDS);
        _track(b.memberId).add(s);
        (uint256 benefitsNow, uint256 levyNow) =
            _side.add(parts.dues, parts.benefits, parts.levy, s.firstCycle, s.lastCycle);
        b.account = b.account.addOnTop(benefitsNow, levyNow);
        stream = Stream(start, end, parts.gross, parts.dues, parts.benefits, parts.levy, parts.counted);
        emit StreamOpened(b.licenceId, b.ref, stream, released);
    }

    function _booksOf(uint24 productionId, uint24 memberId, uint256 ref, bool background)
        private
        view
        returns (Books memory b)
    {
        b.productionId = productionId;
        b.memberId = memberId;
        b.licenceId = licenceIdOf(productionId, memberId);
        b.ref = ref;
        b.background = background;
        b.account = _load(productionId);
        b.licence = _licences[b.licenceId];
    }

    function _storeBooks(Books memory b) private {
        _productions[b.productionId].word = b.account;
        _licences[b.licenceId] = b.licence;
    }

    /// @dev Most of `wanted` that `available` surely pays, benefits and levy included; two units for their rounding up.
    function _affordable(Books memory b, uint256 available, uint256 wanted) private pure returns (uint64) {
        uint256 bps = b.licence.benefitsBps(b.background);
        uint256 countable = _least(wanted, b.licence.room());
        unchecked {
            uint256 cost = _withOnTop(b.licence, wanted, 0) + (countable * bps + WHOLE_BPS - 1) / WHOLE_BPS;
            if (cost <= available) return uint64(wanted);
            uint256 part = available * WHOLE_BPS / (WHOLE_BPS + bps + b.licence.levyBps());
            return part > 2 ? uint64(part - 2) : 0;
        }
    }
}
