// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPayroll} from "../interfaces/IPayroll.sol";
import {IRateCard} from "../interfaces/IRateCard.sol";

/// @dev One storage word an account. Structs in memory would cost more gas to load and pack than all the arithmetic
/// (tests/gas.json), so the books are kept in words, and amounts move between lanes of them.
type ProductionWord is uint256;

type LicenceWord is uint256;

type MemberWord is uint256;

type WalletWord is uint256;

using ProductionWords for ProductionWord global;
using LicenceWords for LicenceWord global;
using MemberWords for MemberWord global;
using WalletWords for WalletWord global;

/// @title Unsigned lanes of a word
/// @dev The assertions hold the books together: an amount never leaves its lane. No input can reach them; money in a
/// lane was funded first, and a dollar supply of 2^48 units a lane (281 million dollars between two paydays) is far off.
library Lanes {
    function get(uint256 word, uint256 shift, uint256 bits) internal pure returns (uint256) {
        unchecked {
            return (word >> shift) & ((1 << bits) - 1);
        }
    }

    function add(uint256 word, uint256 shift, uint256 bits, uint256 amount) internal pure returns (uint256) {
        unchecked {
            assert(get(word, shift, bits) + amount >> bits == 0);
            return word + (amount << shift);
        }
    }

    function sub(uint256 word, uint256 shift, uint256 bits, uint256 amount) internal pure returns (uint256) {
        unchecked {
            assert(get(word, shift, bits) >= amount);
            return word - (amount << shift);
        }
    }

    function set(uint256 word, uint256 shift, uint256 bits, uint256 value) internal pure returns (uint256) {
        unchecked {
            assert(value >> bits == 0);
            return (word & ~(((1 << bits) - 1) << shift)) | (value << shift);
        }
    }
}

/// @title free 64, reserved 64, benefits 56, levy 56, open, in arrears
library ProductionWords {
    uint256 private constant OPEN = 1 << 240;
    uint256 private constant IN_ARREARS = 1 << 248;

    function opened() internal pure returns (ProductionWord) {
        return ProductionWord.wrap(OPEN);
    }

    function isOpen(ProductionWord w) internal pure returns (bool) {
        return ProductionWord.unwrap(w) & OPEN != 0;
    }

    function inArrears(ProductionWord w) internal pure returns (bool) {
        return ProductionWord.unwrap(w) & IN_ARREARS != 0;
    }

    function withArrears(ProductionWord w, bool on) internal pure returns (ProductionWord) {
        uint256 word = ProductionWord.unwrap(w);
        return ProductionWord.wrap(on ? word | IN_ARREARS : word & ~IN_ARREARS);
    }

    function free(ProductionWord w) internal pure returns (uint256) {
        return uint64(ProductionWord.unwrap(w));
    }

    function addFree(ProductionWord w, uint256 amount) internal pure returns (ProductionWord) {
        return ProductionWord.wrap(Lanes.add(ProductionWord.unwrap(w), 0, 64, amount));
    }

    function subFree(ProductionWord w, uint256 amount) internal pure returns (ProductionWord) {
        return ProductionWord.wrap(Lanes.sub(ProductionWord.unwrap(w), 0, 64, amount));
    }

    function addReserved(ProductionWord w, uint256 amount) internal pure returns (ProductionWord) {
        return ProductionWord.wrap(Lanes.add(ProductionWord.unwrap(w), 64, 64, amount));
    }

    function subReserved(ProductionWord w, uint256 amount) internal pure returns (ProductionWord) {
        return ProductionWord.wrap(Lanes.sub(ProductionWord.unwrap(w), 64, 64, amount));
    }

    function addOnTop(ProductionWord w, uint256 benefits, uint256 levy) internal pure returns (ProductionWord) {
        return ProductionWord.wrap(Lanes.add(Lanes.add(ProductionWord.unwrap(w), 128, 56, benefits), 184, 56, levy));
    }

    function onTop(ProductionWord w) internal pure returns (uint64 benefits, uint64 levy) {
        uint256 word = ProductionWord.unwrap(w);
        return (uint56(word >> 128), uint56(word >> 184));
    }

    function swept(ProductionWord w) internal pure returns (ProductionWord) {
        return ProductionWord.wrap(ProductionWord.unwrap(w) & ~(((uint256(1) << 112) - 1) << 128));
    }

    function unpack(ProductionWord w) internal pure returns (IPayroll.ProductionAccount memory account) {
        uint256 word = ProductionWord.unwrap(w);
        account.free = uint64(word);
        account.reserved = uint64(word >> 64);
        account.benefits = uint56(word >> 128);
        account.levy = uint56(word >> 184);
        account.open = isOpen(w);
        account.inArrears = inArrears(w);
    }
}

/// @title counted 64, ceiling 64, version 16, premium share 16, benefits 16, background benefits 16, dues 16, levy 16
library LicenceWords {
    function from(IRateCard.Rates calldata r) internal pure returns (LicenceWord) {
        return LicenceWord.wrap(
            (uint256(r.benefitsCeiling) << 64) | (uint256(r.version) << 128) | (uint256(r.premiumShareBps) << 144)
                | (uint256(r.benefitsBps) << 160) | (uint256(r.backgroundBenefitsBps) << 176)
                | (uint256(r.duesBps) << 192) | (uint256(r.levyBps) << 208)
        );
    }

    /// @dev What is left below the benefits ceiling.
    function room(LicenceWord w) internal pure returns (uint256) {
        uint256 word = LicenceWord.unwrap(w);
        unchecked {
            return uint64(word >> 64) - uint64(word);
        }
    }

    function count(LicenceWord w, uint256 amount) internal pure returns (LicenceWord) {
        return LicenceWord.wrap(Lanes.add(LicenceWord.unwrap(w), 0, 64, amount));
    }

    function uncount(LicenceWord w, uint256 amount) internal pure returns (LicenceWord) {
        return LicenceWord.wrap(Lanes.sub(LicenceWord.unwrap(w), 0, 64, amount));
    }

    function benefitsBps(LicenceWord w, bool background) internal pure returns (uint256) {
        return uint16(LicenceWord.unwrap(w) >> (background ? 176 : 160));
    }

    function version(LicenceWord w) internal pure returns (uint16) {
        return uint16(LicenceWord.unwrap(w) >> 128);
    }

    function premiumShareBps(LicenceWord w) internal pure returns (uint256) {
        return uint16(LicenceWord.unwrap(w) >> 144);
    }

    function duesBps(LicenceWord w) internal pure returns (uint256) {
        return uint16(LicenceWord.unwrap(w) >> 192);
    }

    function levyBps(LicenceWord w) internal pure returns (uint256) {
        return uint16(LicenceWord.unwrap(w) >> 208);
    }

    function unpack(LicenceWord w) internal pure returns (IPayroll.LicenceAccount memory account) {
        uint256 word = LicenceWord.unwrap(w);
        account.counted = uint64(word);
        account.ceiling = uint64(word >> 64);
        account.version = uint16(word >> 128);
        account.premiumShareBps = uint16(word >> 144);
        account.benefitsBps = uint16(word >> 160);
        account.backgroundBenefitsBps = uint16(word >> 176);
        account.duesBps = uint16(word >> 192);
        account.levyBps = uint16(word >> 208);
    }
}

/// @title owed 64, dues 48, agent's part 48, rate 48, paid to 16, agent's bps 10, agent's remainder 14, agent pending
library MemberWords {
    uint256 private constant WHOLE_BPS = 10_000;
    uint256 private constant AGENT_PENDING = 1 << 248;
    /// @dev The lanes that a payday empties: owed, dues and the agent's part.
    uint256 private constant DUE = (1 << 160) - 1;

    function owed(MemberWord w) internal pure returns (uint64) {
        return uint64(MemberWord.unwrap(w));
    }

    function dues(MemberWord w) internal pure returns (uint64) {
        return uint48(MemberWord.unwrap(w) >> 64);
    }

    function agentOwed(MemberWord w) internal pure returns (uint64) {
        return uint48(MemberWord.unwrap(w) >> 112);
    }

    function rate(MemberWord w) internal pure returns (uint256) {
        return uint48(MemberWord.unwrap(w) >> 160);
    }

    function paidTo(MemberWord w) internal pure returns (uint16) {
        return uint16(MemberWord.unwrap(w) >> 208);
    }

    function agentPending(MemberWord w) internal pure returns (bool) {
        return MemberWord.unwrap(w) & AGENT_PENDING != 0;
    }

    function withAgentPending(MemberWord w) internal pure returns (MemberWord) {
        return MemberWord.wrap(MemberWord.unwrap(w) | AGENT_PENDING);
    }

    /// @dev A new agent's share; the fraction of a unit the old agent had not reached stays with the member.
    function withAgent(MemberWord w, uint16 bps) internal pure returns (MemberWord) {
        uint256 word = MemberWord.unwrap(w) & ~AGENT_PENDING;
        return MemberWord.wrap(Lanes.set(Lanes.set(Lanes.set(word, 224, 10, bps), 234, 14, 0), 112, 48, 0));
    }

    function settledTo(MemberWord w, uint16 cycle, uint256 newRate) internal pure returns (MemberWord) {
        return MemberWord.wrap(Lanes.set(Lanes.set(MemberWord.unwrap(w), 208, 16, cycle), 160, 48, newRate));
    }

    function addOwed(MemberWord w, uint256 amount) internal pure returns (MemberWord) {
        return MemberWord.wrap(Lanes.add(MemberWord.unwrap(w), 0, 64, amount));
    }

    function addDues(MemberWord w, uint256 amount) internal pure returns (MemberWord) {
        return MemberWord.wrap(Lanes.add(MemberWord.unwrap(w), 64, 48, amount));
    }

    function emptied(MemberWord w) internal pure returns (MemberWord) {
        return MemberWord.wrap(MemberWord.unwrap(w) & ~DUE);
    }

    function nothingDue(MemberWord w) internal pure returns (bool) {
        return MemberWord.unwrap(w) & DUE == 0;
    }

    /// @notice Adds net pay, splitting off the agent's share now in force; the remainder is carried, so that the
    /// agent's total doesn't depend on how often this runs.
    function accrue(MemberWord w, uint256 net) internal pure returns (MemberWord) {
        uint256 word = MemberWord.unwrap(w);
        uint256 bps = Lanes.get(word, 224, 10);
        if (bps > 0) {
            uint256 product = net * bps + Lanes.get(word, 234, 14);
            uint256 share = product / WHOLE_BPS;
            word = Lanes.add(Lanes.set(word, 234, 14, product % WHOLE_BPS), 112, 48, share);
            net -= share;
        }
        return MemberWord.wrap(Lanes.add(word, 0, 64, net));
    }

    function unpack(MemberWord w) internal pure returns (IPayroll.MemberAccount memory account) {
        uint256 word = MemberWord.unwrap(w);
        account.owed = owed(w);
        account.dues = uint48(dues(w));
        account.agentOwed = uint48(agentOwed(w));
        account.rate = uint48(word >> 160);
        account.paidTo = paidTo(w);
        account.agentBps = uint16(Lanes.get(word, 224, 10));
        account.agentRemainder = uint16(Lanes.get(word, 234, 14));
        account.agentPending = agentPending(w);
    }
}

/// @title current 160, when the pending wallet takes over 40; 0 when none is pending
library WalletWords {
    function packed(address wallet, uint40 from) internal pure returns (WalletWord) {
        return WalletWord.wrap(uint160(wallet) | (uint256(from) << 160));
    }

    function current(WalletWord w) internal pure returns (address) {
        return address(uint160(WalletWord.unwrap(w)));
    }

    function pendingFrom(WalletWord w) internal pure returns (uint40) {
        return uint40(WalletWord.unwrap(w) >> 160);
    }

    function isPending(WalletWord w) internal pure returns (bool) {
        return WalletWord.unwrap(w) >> 160 != 0;
    }

    /// @dev Whether the pending wallet's time has come.
    function isDue(WalletWord w) internal view returns (bool) {
        return isPending(w) && block.timestamp >= pendingFrom(w);
    }
}
