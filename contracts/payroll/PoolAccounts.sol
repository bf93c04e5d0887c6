// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnsemblePools} from "../interfaces/IEnsemblePools.sol";
import {IPayroll} from "../interfaces/IPayroll.sol";
import {BoundedTransfer} from "./BoundedTransfer.sol";
import {CycleDeltas} from "./CycleDeltas.sol";
import {MemberBooks} from "./MemberBooks.sol";
import {PayrollState} from "./PayrollState.sol";
import {PoolSlots} from "./PoolSlots.sol";
import {PoolIndex, PoolTerms} from "./PoolWords.sol";
import {Rosters} from "./Rosters.sol";
import {Split} from "./Split.sol";
import {ProductionWord} from "./Words.sol";

/// @title What pools have taken in, what each seat has earned of it, and paying it
abstract contract PoolAccounts is IEnsemblePools, PayrollState {
    using CycleDeltas for CycleDeltas.Track;
    using MemberBooks for MemberBooks.State;
    using PoolSlots for PoolSlots.State;
    using PoolSlots for PoolSlots.Chunk;
    using Rosters for bytes;
    using Split for uint256;

    /// @dev What a gross amount of a pool splits into.
    struct Portion {
        uint256 gross;
        uint256 dues;
        uint256 benefits;
        uint256 levy;
    }

    /// @dev A seat of a roster, and how far it is paid.
    struct Due {
        uint256 seat;
        uint256 from;
    }

    function _pool(uint32 poolId) internal view returns (PoolSlots.Pool storage slot, PoolTerms terms) {
        slot = _pools.pools[poolId];
        terms = slot.terms;
        require(terms.exists(), NoPool(poolId));
    }

    /// @dev The pool with what streamed until now divided, and stored so.
    function _settled(uint32 poolId) internal returns (PoolSlots.Pool storage slot, PoolIndex index, PoolTerms terms) {
        (slot, terms) = _pool(poolId);
        index = slot.index;
        if (terms.streams() && index.units() > 0) {
            (index, terms) = _settle(poolId, index, terms);
            (slot.index, slot.terms) = (index, terms);
        }
    }

    function _settle(uint32 poolId, PoolIndex index, PoolTerms terms) internal view returns (PoolIndex, PoolTerms) {
        uint256 amount;
        (amount, terms) = _streamed(poolId, terms);
        return (index.earn(amount), terms);
    }

    /// @dev What streams brought since they were settled last. Of the present cycle it is the part of its pay that the
    /// clock has reached, less what was taken of it before.
    function _streamed(uint32 poolId, PoolTerms terms) internal view returns (uint256 amount, PoolTerms) {
        CycleDeltas.Track storage track = _pools.tracks[poolId];
        uint256 today = _today();
        (uint256 whole, uint256 rate) = track.accrue(terms.settledTo(), today, terms.rate());
        (uint256 cycle,) = track.accrue(today, today + 1, rate);
        uint256 partly = cycle * ((block.timestamp - EPOCH) % CYCLE_SECONDS) / CYCLE_SECONDS;
        return (whole + partly - terms.partly(), terms.settled(today, rate, partly));
    }

    function _portion(PoolTerms terms, uint256 gross) internal pure returns (Portion memory) {
        return Portion({
            gross: gross,
            dues: gross.shareDown(terms.duesBps()),
            benefits: gross.shareUp(terms.benefitsBps()),
            levy: gross.shareUp(terms.levyBps())
        });
    }

    /// @dev So many times the portion of one.
    function _times(Portion memory one, uint256 many) internal pure returns (Portion memory) {
        return Portion(one.gross * many, one.dues * many, one.benefits * many, one.levy * many);
    }

    function _cost(Portion memory p) internal pure returns (uint256) {
        return p.gross + p.benefits + p.levy;
    }

    /// @dev Takes a portion with what comes on top out of the production's free balance.
    function _takeFree(uint24 productionId, Portion memory p) internal {
        require(p.gross > 0, IPayroll.NothingToMove());
        ProductionWord account = _affording(productionId, _cost(p));
        _productions[productionId].word = account.subFree(_cost(p)).addOnTop(p.benefits, p.levy);
    }

    function _affording(uint24 productionId, uint256 cost) internal view returns (ProductionWord account) {
        account = _loadSolvent(productionId);
        require(account.free() >= cost, IPayroll.InsufficientBalance(productionId, account.free(), cost));
    }

    /// @dev The chunk, when start and roster are the ones it was seated with.
    function _chunk(Chunk calldata chunk) internal view returns (PoolSlots.Chunk storage slot) {
        slot = _pools.chunk(chunk.poolId, chunk.number);
        require(
            slot.hash == keccak256(abi.encodePacked(chunk.start, chunk.roster)),
            NotThisChunk(chunk.poolId, chunk.number)
        );
    }

    /// @dev The seats of a chunk in which some are marked, each with how far it is paid. Those still seated lose the
    /// mark: all are paid alike now.
    function _unmarked(PoolSlots.Chunk storage slot, bytes calldata roster, uint256 from)
        internal
        returns (Due[] memory list)
    {
        uint256 count = roster.seats();
        list = new Due[](count);
        for (uint256 i = 0; i < count; i++) {
            uint256 its = from;
            if (slot.isMarked(i)) {
                its = slot.seats[i];
                if (its == PoolSlots.VACATED) continue;
                slot.unmark(i);
            }
            list[i] = Due(roster.seatAt(i), its);
        }
    }

    /// @dev Pays these seats what they earned, or, when none is given, all seats of the roster what they earned since
    /// `from`. What a wallet can't take is owed in the member's account, for the next payday. The books are done before.
    function _pay(uint32 poolId, bytes calldata roster, Due[] memory list, uint256 from, uint256 earned)
        internal
        returns (uint64)
    {
        bool all = list.length == 0;
        uint256 count = all ? roster.seats() : list.length;
        uint256 paid = 0;
        // A position below 400, and sums of money, which is 64 bits.
        unchecked {
            for (uint256 i = 0; i < count; i++) {
                uint256 seat = all ? roster.seatAt(i) : list[i].seat;
                uint256 amount = _between(Rosters.unitsOf(seat), all ? from : list[i].from, earned);
                if (amount == 0) continue;
                paid += amount;
                address wallet = _members.payee(Rosters.memberOf(seat));
                if (!BoundedTransfer.tryTransfer(address(TOKEN), wallet, amount)) _hold(poolId, seat, wallet, amount);
            }
            // forge-lint: disable-next-line(unsafe-typecast)
            return uint64(paid);
        }
    }

    /// @dev Whole money that `units` earned between two figures, as a difference of floors: however a way is cut into
    /// steps, their sum is the same.
    function _between(uint256 units, uint256 from, uint256 to) internal pure returns (uint256) {
        // 32 bits times 128 can't overflow.
        unchecked {
            return (units * to >> 64) - (units * from >> 64);
        }
    }

    function _hold(uint32 poolId, uint256 seat, address wallet, uint256 amount) private {
        uint24 memberId = Rosters.memberOf(seat);
        MemberBooks.Slot storage account = _members.accounts[memberId];
        account.word = account.word.addOwed(amount);
        emit PoolPayHeld(poolId, memberId, wallet, uint64(amount));
    }
}
