// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPayroll} from "../interfaces/IPayroll.sol";
import {ISubstitutionPremiums} from "../interfaces/ISubstitutionPremiums.sol";
import {IUsageLedger} from "../interfaces/IUsageLedger.sol";
import {GrantWord} from "../lib/GrantWord.sol";

/// @title Which premiums stream, and what productions owe of them
abstract contract PremiumBooks is ISubstitutionPremiums {
    /// @dev Premium so far, and a digest of the grant's live streams, oldest first: one word, because whoever lowers a
    /// premium can bring the streams along.
    struct Book {
        uint64 gross;
        bytes24 digest;
    }

    struct Arrear {
        uint256 grantId;
        uint64 gross;
        uint40 start;
        uint40 end;
    }

    struct Queue {
        uint256 head;
        Arrear[] entries;
    }

    IUsageLedger internal immutable LEDGER;
    IPayroll internal immutable PAYROLL;

    mapping(uint256 grantId => Book) private _books;
    mapping(uint24 productionId => Queue) private _queues;

    constructor(IUsageLedger ledger, IPayroll payroll) {
        LEDGER = ledger;
        PAYROLL = payroll;
    }

    /// @inheritdoc ISubstitutionPremiums
    function premiumOf(uint256 grantId) public view returns (uint64) {
        return _books[grantId].gross;
    }

    /// @inheritdoc ISubstitutionPremiums
    function arrearsOf(uint24 productionId) external view returns (uint64 gross) {
        Queue storage queue = _queues[productionId];
        for (uint256 i = queue.head; i < queue.entries.length; i++) {
            gross += queue.entries[i].gross;
        }
    }

    /// @inheritdoc ISubstitutionPremiums
    function collectArrears(uint24 productionId, uint256 most) external {
        Queue storage queue = _queues[productionId];
        uint256 length = queue.entries.length;
        uint256 head = queue.head;
        if (head == length) return;
        for (; most > 0 && head < length; most--) {
            Arrear memory arrear = queue.entries[head];
            uint64 owing = arrear.gross == 0 ? 0 : _collect(arrear);
            if (owing > 0) {
                queue.entries[head].gross = owing;
                break;
            }
            delete queue.entries[head];
            head++;
        }
        queue.head = head;
        if (head == length) PAYROLL.endArrears(productionId);
    }

    /// @dev Streams from now; what the balance can't pay joins the queue.
    function _stream(uint256 grantId, GrantWord g, uint64 gross, uint64 floorHeld, uint40 seconds_) internal {
        uint40 start = uint40(block.timestamp);
        Book memory book = _books[grantId];
        (IPayroll.Stream memory stream, uint64 owing) =
            PAYROLL.openStream(_order(grantId, g, gross, floorHeld, start, start + seconds_, false));
        book.gross += gross;
        if (stream.gross > 0) book.digest = _extended(book.digest, stream);
        _books[grantId] = book;
        if (owing > 0) {
            _queues[g.productionId()].entries.push(Arrear(grantId, owing, start, start + seconds_));
            emit ArrearsOwed(g.productionId(), g.memberId(), grantId, owing, start, start + seconds_);
        }
    }

    /// @dev Arrears first, then streams, newest first; what was earned stays.
    function _lower(uint256 grantId, GrantWord g, uint64 by, IPayroll.Stream[] calldata streams)
        internal
        returns (uint64 returned)
    {
        Book memory book = _books[grantId];
        require(_digestOf(streams) == book.digest, StreamsMismatch(grantId));
        returned = _forgive(grantId, g, by);
        bool[] memory gone = new bool[](streams.length);
        IPayroll.Stream memory reopened;
        for (uint256 i = streams.length; i > 0 && returned < by; i--) {
            uint64 back;
            (back, reopened) = PAYROLL.cutStream(
                g.productionId(), g.memberId(), grantId, g.isBackground(), by - returned, streams[i - 1]
            );
            returned += back;
            gone[i - 1] = back > 0;
        }
        // In the order of the events: what stays, then what was reopened.
        book.digest = 0;
        for (uint256 i = 0; i < streams.length; i++) {
            if (!gone[i]) book.digest = _extended(book.digest, streams[i]);
        }
        if (reopened.gross > 0) book.digest = _extended(book.digest, reopened);
        book.gross -= returned;
        _books[grantId] = book;
    }

    function _collect(Arrear memory arrear) private returns (uint64 owing) {
        GrantWord g = LEDGER.wordOf(arrear.grantId);
        IPayroll.Stream memory stream;
        (stream, owing) = PAYROLL.openStream(_order(arrear.grantId, g, arrear.gross, 0, arrear.start, arrear.end, true));
        if (stream.gross > 0) {
            Book storage book = _books[arrear.grantId];
            book.digest = _extended(book.digest, stream);
        }
        if (owing < arrear.gross) {
            emit ArrearsCollected(g.productionId(), g.memberId(), arrear.grantId, arrear.gross - owing);
        }
    }

    function _forgive(uint256 grantId, GrantWord g, uint64 by) private returns (uint64 forgiven) {
        Queue storage queue = _queues[g.productionId()];
        for (uint256 i = queue.entries.length; i > queue.head && forgiven < by; i--) {
            Arrear storage arrear = queue.entries[i - 1];
            if (arrear.grantId != grantId || arrear.gross == 0) continue;
            uint64 part = arrear.gross < by - forgiven ? arrear.gross : by - forgiven;
            arrear.gross -= part;
            forgiven += part;
            emit ArrearsForgiven(g.productionId(), g.memberId(), grantId, part);
        }
    }

    function _order(
        uint256 grantId,
        GrantWord g,
        uint64 gross,
        uint64 floorHeld,
        uint40 start,
        uint40 end,
        bool collecting
    ) private pure returns (IPayroll.StreamOrder memory) {
        return IPayroll.StreamOrder({
            productionId: g.productionId(),
            memberId: g.memberId(),
            ref: grantId,
            gross: gross,
            floorHeld: floorHeld,
            start: start,
            end: end,
            background: g.isBackground(),
            collecting: collecting
        });
    }

    function _digestOf(IPayroll.Stream[] calldata streams) private pure returns (bytes24 digest) {
        for (uint256 i = 0; i < streams.length; i++) {
            digest = _extended(digest, streams[i]);
        }
    }

    function _extended(bytes24 digest, IPayroll.Stream memory stream) private pure returns (bytes24) {
        return bytes24(keccak256(abi.encode(digest, stream)));
    }
}
