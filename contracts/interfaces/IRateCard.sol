// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AssetClass, ReplicaType} from "./Types.sol";

/// @title The union's rate card
/// @notice Prices and rules, versioned and effective-dated. A licence keeps the version it was bought under. Amounts
/// are base units (six decimals); shares are basis points (1/10,000).
interface IRateCard {
    /// @notice One version. Arrays by modality run FACE, BODY, VOICE, MOTION, PERFORMANCE, SCRIPT; by replica type
    /// EMPLOYMENT_BASED, INDEPENDENT, BACKGROUND.
    /// @param licenceFees Price of the scan: what the first opt-in earns for one production.
    /// @param trainingFees Added for the right to train on the modality for one production.
    /// @param passiveSceneFees Price of the second opt-in, PASSIVE. Must exceed the scan's.
    /// @param activeSceneFees Price of the second opt-in, ACTIVE. Must exceed the scan's.
    /// @param passiveIterationFees Price of one iteration, PASSIVE.
    /// @param activeIterationFees Price of one iteration, ACTIVE.
    /// @param dayRates A day of digital performance, the premium's floor.
    /// @param effectiveFrom Seconds; never in the past, never before the version before it.
    /// @param premiumShareBps Share of stated savings that is the substitution premium.
    /// @param benefitsBps Pension and health, on top of a principal's earnings.
    /// @param backgroundBenefitsBps The same for background replicas.
    /// @param benefitsCeiling Earnings per member and production above which no benefits are due.
    /// @param duesBps Union dues, out of the member's gross.
    /// @param levyBps Pipeline levy, on top.
    /// @param maxTermDays Longest licence.
    /// @param maxMinorTermDays Longest licence of a minor.
    /// @param noticeHours Notice before a scan unless the consent waives it.
    /// @param reportDays How long after a grant's window its uses may be reported.
    /// @param roomEpisodes The last number of episodes of the writers' room's first and second tier; above is the third.
    /// @param roomWriters Least writers of a room, by tier.
    /// @param acknowledgeDays How long a disclosure may wait for its recipient, and a report for the studio.
    /// @param challengeDays How long an attested human-audit credit may be challenged before it is issued.
    struct Card {
        uint40[6] licenceFees;
        uint40[6] trainingFees;
        uint40[6] passiveSceneFees;
        uint40[6] activeSceneFees;
        uint40[6] passiveIterationFees;
        uint40[6] activeIterationFees;
        uint40[3] dayRates;
        uint40 effectiveFrom;
        uint16 premiumShareBps;
        uint16 benefitsBps;
        uint16 backgroundBenefitsBps;
        uint64 benefitsCeiling;
        uint16 duesBps;
        uint16 levyBps;
        uint16 maxTermDays;
        uint16 maxMinorTermDays;
        uint16 noticeHours;
        uint16 reportDays;
        uint16[2] roomEpisodes;
        uint8[3] roomWriters;
        uint16 acknowledgeDays;
        uint16 challengeDays;
    }

    /// @notice The rates a licence carries with it into its payroll account.
    struct Rates {
        uint16 version;
        uint16 premiumShareBps;
        uint16 benefitsBps;
        uint16 backgroundBenefitsBps;
        uint16 duesBps;
        uint16 levyBps;
        uint64 benefitsCeiling;
    }

    event RateCardPublished(uint16 indexed version, Card card);

    /// @notice Use of a scan must cost more than the scan. Raise the scene fee of this modality and class.
    error UseNotDearerThanScan(uint256 modality, AssetClass assetClass, uint40 sceneFee, uint40 licenceFee);

    /// @notice A version takes effect now or later, and not before the one before it. Give a later time.
    error EffectiveInThePast(uint40 effectiveFrom, uint40 earliest);

    /// @notice A share is over the whole (10,000 basis points). Correct it.
    error ShareTooLarge(uint16 bps);

    /// @notice Every modality needs a price and every limit a value above zero. Fill in the missing one.
    error MissingRate();

    /// @notice A minor's longest term can't exceed an adult's. Shorten it.
    error MinorTermTooLong(uint16 minorDays, uint16 adultDays);

    /// @notice The second tier of writers' rooms must end after the first. Give more episodes for it.
    error TiersNotAscending(uint16 firstEnds, uint16 secondEnds);

    /// @notice A larger series can't need fewer writers. Raise the later tier's.
    error RoomShrinks(uint8 writers, uint8 tierBefore);

    /// @notice There is no such version, or none in effect yet. Publish one, or name an existing one.
    error UnknownVersion(uint16 version);

    /// @notice The rate card in effect is another version. Order again at its prices.
    error RateCardChanged(uint16 ordered, uint16 current);

    /// @notice Publishes the next version. Only the rate setter, through the timelock.
    function publish(Card calldata card) external returns (uint16 version);

    /// @notice The version in effect now.
    function currentVersion() external view returns (uint16);

    /// @notice How many versions were published; numbers run from 1.
    function lastVersion() external view returns (uint16);

    /// @notice A whole version.
    function cardOf(uint16 version) external view returns (Card memory);

    /// @notice Least fees for a licence of these modalities, the rates it carries, and the longest term in days.
    function licenceTerms(uint16 version, uint8 modalities, bool training, bool minor)
        external
        view
        returns (uint64 licenceFee, uint64 trainingFee, uint16 termDays, Rates memory rates);

    /// @notice The same, for a version that must be the one in effect.
    function currentTerms(uint16 version, uint8 modalities, bool training, bool minor)
        external
        view
        returns (uint64 licenceFee, uint64 trainingFee, uint16 termDays, Rates memory rates);

    /// @notice Least fees for a scene, and the day of digital performance.
    function sceneTerms(uint16 version, uint8 modalities, AssetClass assetClass, ReplicaType replicaType)
        external
        view
        returns (uint64 sceneFee, uint64 iterationFee, uint40 dayRate);

    /// @notice A day of digital performance.
    function dayRate(uint16 version, ReplicaType replicaType) external view returns (uint40);

    /// @notice Rules of the version in effect now that are not a licence's: hours of notice, days to report.
    function currentLimits() external view returns (uint16 noticeHours, uint16 reportDays);

    /// @notice Least human writers of a room for so many episodes, under a version.
    function minimumRoom(uint16 version, uint16 episodes) external view returns (uint8 writers);

    /// @notice The version in effect now and its terms of transparency: days to acknowledge, days to challenge.
    function transparencyTerms() external view returns (uint16 version, uint16 acknowledgeDays, uint16 challengeDays);
}
