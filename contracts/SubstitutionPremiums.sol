// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {MemberConsents} from "./consents/MemberConsents.sol";
import {IMembers} from "./interfaces/IMembers.sol";
import {IPayroll} from "./interfaces/IPayroll.sol";
import {IProductions} from "./interfaces/IProductions.sol";
import {IRateCard} from "./interfaces/IRateCard.sol";
import {ISubstitutionPremiums} from "./interfaces/ISubstitutionPremiums.sol";
import {IUsageLedger} from "./interfaces/IUsageLedger.sol";
import {GrantWord} from "./lib/GrantWord.sol";
import {licenceIdOf} from "./interfaces/Types.sol";
import {LicenceWord} from "./payroll/Words.sol";
import {PremiumBooks} from "./premiums/PremiumBooks.sol";

/// @title Savings statements and substitution premiums
contract SubstitutionPremiums is PremiumBooks, MemberConsents {
    using SafeCast for uint256;

    bytes32 private constant SAVINGS_TYPEHASH = keccak256(
        "Savings(uint64 travel,uint64 lodging,uint64 insurance,uint64 overtime,uint64 reshoots,uint64 other)"
    );
    bytes32 private constant RESTATEMENT_TYPEHASH = keccak256(
        "Restatement(uint256 grantId,Savings savings,bytes32 evidenceHash,uint256 nonce,uint256 deadline)Savings(uint64 travel,uint64 lodging,uint64 insurance,uint64 overtime,uint64 reshoots,uint64 other)"
    );
    uint256 private constant WHOLE_BPS = 10_000;

    struct Modules {
        IMembers members;
        IRateCard rateCard;
        IProductions productions;
        IUsageLedger ledger;
        IPayroll payroll;
    }

    IRateCard private immutable RATE_CARD;
    IProductions private immutable PRODUCTIONS;

    constructor(Modules memory modules) MemberConsents(modules.members) PremiumBooks(modules.ledger, modules.payroll) {
        RATE_CARD = modules.rateCard;
        PRODUCTIONS = modules.productions;
    }

    /// @inheritdoc ISubstitutionPremiums
    function file(uint256 grantId, Savings calldata savings, bytes32 evidenceHash, uint40 streamSeconds) external {
        _file(grantId, savings, evidenceHash, streamSeconds);
    }

    /// @inheritdoc ISubstitutionPremiums
    function fileShared(Share[] calldata shares, Savings calldata total, bytes32 evidenceHash, uint40 streamSeconds)
        external
    {
        Savings memory sum;
        for (uint256 i = 0; i < shares.length; i++) {
            uint256 grantId = shares[i].grantId;
            require(i == 0 || grantId > shares[i - 1].grantId, GrantsNotAscending(grantId));
            Savings calldata part = shares[i].savings;
            sum.travel += part.travel;
            sum.lodging += part.lodging;
            sum.insurance += part.insurance;
            sum.overtime += part.overtime;
            sum.reshoots += part.reshoots;
            sum.other += part.other;
        }
        require(keccak256(abi.encode(sum)) == keccak256(abi.encode(total)), SharesDontSum());
        emit SavingsShared(evidenceHash, total, shares.length);
        for (uint256 i = 0; i < shares.length; i++) {
            _file(shares[i].grantId, shares[i].savings, evidenceHash, streamSeconds);
        }
    }

    /// @inheritdoc ISubstitutionPremiums
    function restate(Restatement calldata r, IPayroll.Stream[] calldata streams, bytes calldata signature) external {
        GrantWord g = LEDGER.wordOf(r.grantId);
        PRODUCTIONS.requireStudio(g.productionId(), msg.sender);
        require(r.evidenceHash != 0, MissingEvidence());
        uint64 premium = _premium(g, r.savings);
        uint64 before = premiumOf(r.grantId);
        require(premium < before, NotLower(r.grantId, premium, before));
        _takeConsent(g.memberId(), r.nonce, r.deadline, _restatementHash(r), signature);
        uint64 returned = _lower(r.grantId, g, before - premium, streams);
        emit SavingsRestated(r.grantId, r.evidenceHash, r.savings, before - returned, returned);
    }

    /// @inheritdoc ISubstitutionPremiums
    function startFloor(uint256 grantId) external {
        uint256 until = LEDGER.reportableUntil(grantId);
        require(block.timestamp > until, StillFileable(grantId, until));
        GrantWord g = LEDGER.wordOf(grantId);
        uint64 floor = premiumOf(grantId) == 0 ? _floor(g) : 0;
        require(floor > 0 && !LEDGER.endedUnused(grantId), NoFloorToStart(grantId));
        emit FloorStarted(grantId, floor);
        _stream(grantId, g, floor, floor, uint40(g.longestStreamWeeks()) * 1 weeks);
    }

    /// @inheritdoc ISubstitutionPremiums
    function floorOf(uint256 grantId) public view returns (uint64) {
        return _floor(LEDGER.wordOf(grantId));
    }

    /// @inheritdoc ISubstitutionPremiums
    function floorHeld(uint256 grantId) external view returns (uint64) {
        return premiumOf(grantId) == 0 ? floorOf(grantId) : 0;
    }

    /// @inheritdoc ISubstitutionPremiums
    function premiumFor(uint256 grantId, Savings calldata savings) external view returns (uint64) {
        return _premium(LEDGER.wordOf(grantId), savings);
    }

    function _file(uint256 grantId, Savings calldata savings, bytes32 evidenceHash, uint40 streamSeconds) private {
        GrantWord g = LEDGER.wordOf(grantId);
        PRODUCTIONS.requireStudio(g.productionId(), msg.sender);
        require(evidenceHash != 0, MissingEvidence());
        uint256 longest = uint256(g.longestStreamWeeks()) * 1 weeks;
        require(streamSeconds <= longest, StreamTooLong(streamSeconds, longest));

        uint64 before = premiumOf(grantId);
        uint64 premium = _share(g, savings);
        // Nothing was streamed yet: the floor is still reserved. Later statements start from at least the floor.
        uint64 held = before == 0 ? _floor(g) : 0;
        if (premium < held) premium = held;
        if (premium < before) premium = _premium(g, savings);
        require(premium >= before, LowerThanBefore(grantId, premium, before));
        emit SavingsStated(grantId, evidenceHash, savings, premium);
        if (premium == before) return;
        _stream(grantId, g, premium - before, held, streamSeconds);
    }

    function _premium(GrantWord g, Savings calldata s) private view returns (uint64) {
        uint64 share = _share(g, s);
        uint64 floor = _floor(g);
        return share > floor ? share : floor;
    }

    /// @dev The share of the savings, rounded up: against the studio.
    function _share(GrantWord g, Savings calldata s) private view returns (uint64) {
        LicenceWord licence = PAYROLL.licenceWord(licenceIdOf(g.productionId(), g.memberId()));
        uint256 total = uint256(s.travel) + s.lodging + s.insurance + s.overtime + s.reshoots + s.other;
        return ((total * licence.premiumShareBps() + WHOLE_BPS - 1) / WHOLE_BPS).toUint64();
    }

    function _floor(GrantWord g) private view returns (uint64) {
        LicenceWord licence = PAYROLL.licenceWord(licenceIdOf(g.productionId(), g.memberId()));
        return uint64(g.digitalDays()) * RATE_CARD.dayRate(licence.version(), g.replicaType());
    }

    function _restatementHash(Restatement calldata r) private pure returns (bytes32) {
        Savings calldata s = r.savings;
        bytes32 savingsHash =
            keccak256(abi.encode(SAVINGS_TYPEHASH, s.travel, s.lodging, s.insurance, s.overtime, s.reshoots, s.other));
        return keccak256(abi.encode(RESTATEMENT_TYPEHASH, r.grantId, savingsHash, r.evidenceHash, r.nonce, r.deadline));
    }
}
