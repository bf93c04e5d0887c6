// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IRateCard} from "./interfaces/IRateCard.sol";
import {AssetClass, ReplicaType, MODALITIES} from "./interfaces/Types.sol";

/// @title The union's rate card
contract RateCard is IRateCard, AccessManaged {
    uint16 private constant WHOLE_BPS = 10_000;

    /// @inheritdoc IRateCard
    uint16 public lastVersion;

    mapping(uint16 version => Card) private _cards;

    constructor(address access) AccessManaged(access) {}

    /// @inheritdoc IRateCard
    function publish(Card calldata card) external restricted returns (uint16 version) {
        uint40 earliest = uint40(block.timestamp);
        if (lastVersion > 0 && _cards[lastVersion].effectiveFrom > earliest) {
            earliest = _cards[lastVersion].effectiveFrom;
        }
        require(card.effectiveFrom >= earliest, EffectiveInThePast(card.effectiveFrom, earliest));
        _checkPrices(card);
        _checkRates(card);

        version = ++lastVersion;
        _cards[version] = card;
        emit RateCardPublished(version, card);
    }

    /// @inheritdoc IRateCard
    function currentVersion() external view returns (uint16) {
        return _current();
    }

    /// @inheritdoc IRateCard
    function cardOf(uint16 version) external view returns (Card memory) {
        return _card(version);
    }

    /// @inheritdoc IRateCard
    function licenceTerms(uint16 version, uint8 modalities, bool training, bool minor)
        external
        view
        returns (uint64 licenceFee, uint64 trainingFee, uint16 termDays, Rates memory rates)
    {
        Card storage card = _card(version);
        licenceFee = _sum(card.licenceFees, modalities);
        if (training) trainingFee = _sum(card.trainingFees, modalities);
        termDays = minor ? card.maxMinorTermDays : card.maxTermDays;
        rates = Rates({
            version: version,
            premiumShareBps: card.premiumShareBps,
            benefitsBps: card.benefitsBps,
            backgroundBenefitsBps: card.backgroundBenefitsBps,
            duesBps: card.duesBps,
            levyBps: card.levyBps,
            benefitsCeiling: card.benefitsCeiling
        });
    }

    /// @inheritdoc IRateCard
    function sceneTerms(uint16 version, uint8 modalities, AssetClass assetClass, ReplicaType replicaType)
        external
        view
        returns (uint64 sceneFee, uint64 iterationFee, uint40 day)
    {
        Card storage card = _card(version);
        bool active = assetClass == AssetClass.ACTIVE;
        sceneFee = _sum(active ? card.activeSceneFees : card.passiveSceneFees, modalities);
        iterationFee = _sum(active ? card.activeIterationFees : card.passiveIterationFees, modalities);
        day = card.dayRates[uint256(replicaType)];
    }

    /// @inheritdoc IRateCard
    function dayRate(uint16 version, ReplicaType replicaType) external view returns (uint40) {
        return _cards[version].dayRates[uint256(replicaType)];
    }

    /// @inheritdoc IRateCard
    function currentLimits() external view returns (uint16 noticeHours, uint16 reportDays) {
        Card storage card = _cards[_current()];
        return (card.noticeHours, card.reportDays);
    }

    function _current() internal view returns (uint16 version) {
        version = lastVersion;
        while (version > 0 && _cards[version].effectiveFrom > block.timestamp) version--;
        require(version > 0, UnknownVersion(0));
    }

    function _card(uint16 version) internal view returns (Card storage card) {
        card = _cards[version];
        require(card.effectiveFrom > 0, UnknownVersion(version));
    }

    /// @dev Six prices share a word, so a sum over modalities reads storage once.
    function _sum(uint40[6] storage prices, uint8 modalities) internal view returns (uint64 total) {
        uint40[6] memory loaded = prices;
        for (uint256 m = 0; m < MODALITIES; m++) {
            if (modalities & (1 << m) != 0) total += loaded[m];
        }
    }

    function _checkPrices(Card calldata card) internal pure {
        for (uint256 m = 0; m < MODALITIES; m++) {
            uint40 scan = card.licenceFees[m];
            require(scan > 0 && card.trainingFees[m] > 0, MissingRate());
            require(card.passiveIterationFees[m] > 0 && card.activeIterationFees[m] > 0, MissingRate());
            uint40 passive = card.passiveSceneFees[m];
            require(passive > scan, UseNotDearerThanScan(m, AssetClass.PASSIVE, passive, scan));
            uint40 active = card.activeSceneFees[m];
            require(active > scan, UseNotDearerThanScan(m, AssetClass.ACTIVE, active, scan));
        }
        for (uint256 r = 0; r < 3; r++) {
            require(card.dayRates[r] > 0, MissingRate());
        }
    }

    function _checkRates(Card calldata card) internal pure {
        uint16[5] memory shares =
            [card.premiumShareBps, card.benefitsBps, card.backgroundBenefitsBps, card.duesBps, card.levyBps];
        for (uint256 i = 0; i < 5; i++) {
            require(shares[i] <= WHOLE_BPS, ShareTooLarge(shares[i]));
        }
        require(card.premiumShareBps > 0 && card.benefitsCeiling > 0, MissingRate());
        require(card.maxTermDays > 0 && card.maxMinorTermDays > 0, MissingRate());
        require(card.noticeHours > 0 && card.reportDays > 0, MissingRate());
    }
}
