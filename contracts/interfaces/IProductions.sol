// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Studios and their productions
/// @notice A production is a number. Its EIDR or ISAN is kept as a hash, and only once.
interface IProductions {
    enum Status {
        NONE,
        ACTIVE,
        CANCELLED
    }

    /// @param starts First second of the schedule.
    /// @param ends The second after the schedule.
    struct Production {
        address studio;
        uint40 starts;
        uint40 ends;
        Status status;
        bool onStrike;
    }

    /// @notice A time in which the members' replicas may not be used. `until` is 0 while it lasts.
    struct Strike {
        uint40 from;
        uint40 until;
    }

    event StudioAdmitted(address indexed studio, bool admitted);
    event ProductionRegistered(
        uint24 indexed productionId,
        address indexed studio,
        bytes32 identifierHash,
        uint40 starts,
        uint40 ends,
        uint16 reportDays
    );
    event BreakdownSet(uint24 indexed productionId, bytes32 root);
    event Rescheduled(uint24 indexed productionId, uint40 starts, uint40 ends);
    event PrimaryReporterSet(uint24 indexed productionId, address reporter);
    event ReporterSet(uint24 indexed productionId, address indexed reporter, bool allowed);
    event ProductionCancelled(uint24 indexed productionId);
    event StrikeDeclared(uint24 indexed productionId);
    event StrikeEnded(uint24 indexed productionId);

    /// @notice This address is not a studio the union has admitted. Ask the union to admit it.
    error NotAdmitted(address caller);

    /// @notice There is no production with this number. Register it first.
    error UnknownProduction(uint24 productionId);

    /// @notice Only the production's studio may do this. Send it from the studio's key.
    error NotTheStudio(uint24 productionId, address caller);

    /// @notice This EIDR or ISAN is already registered. Use the production that has it.
    error IdentifierTaken(bytes32 identifierHash, uint24 productionId);

    /// @notice The hash of an EIDR or ISAN and the root of the breakdown are needed.
    error MissingHash();

    /// @notice The schedule must end after it starts, and after now.
    error EmptySchedule(uint40 starts, uint40 ends);

    /// @notice The production was cancelled; nothing new can be licensed, granted or scheduled for it.
    error ProductionIsCancelled(uint24 productionId);

    /// @notice The union is on strike at this production. Wait until the strike ends.
    error OnStrike(uint24 productionId);

    /// @notice The production is not on strike.
    error NotOnStrike(uint24 productionId);

    /// @notice Admits a studio, or ends its admission: it then registers nothing new. Only the enroller.
    function admitStudio(address studio, bool admitted) external;

    /// @notice Registers a production. Only an admitted studio.
    /// @param identifierHash keccak256 of the canonical EIDR or ISAN.
    /// @param breakdownRoot Merkle root over the script's scenes (OpenZeppelin's tree: sorted pairs, leaves hashed twice).
    /// @param reporter Hot key that may report usage and nothing else; zero for the studio's own key.
    function register(bytes32 identifierHash, uint40 starts, uint40 ends, bytes32 breakdownRoot, address reporter)
        external
        returns (uint24 productionId);

    /// @notice Replaces the breakdown when the script changes. Grants already made keep their scene.
    function setBreakdown(uint24 productionId, bytes32 root) external;

    /// @notice Changes the schedule. Licences keep the end they were bought with.
    function reschedule(uint24 productionId, uint40 starts, uint40 ends) external;

    /// @notice Names the reporter whose reports cost least.
    function setPrimaryReporter(uint24 productionId, address reporter) external;

    /// @notice Allows or forbids a further reporter.
    function setReporter(uint24 productionId, address reporter, bool allowed) external;

    /// @notice Ends the production, its licences and its training at once. What was earned stays owed.
    function cancel(uint24 productionId) external;

    /// @notice Halts use of replicas at these productions. Only the strike committee.
    function declareStrike(uint24[] calldata productionIds) external;

    /// @notice Ends the strike at these productions. Only the strike committee.
    function endStrike(uint24[] calldata productionIds) external;

    /// @notice Reverts unless `caller` is the production's studio.
    function requireStudio(uint24 productionId, address caller) external view;

    /// @notice Reverts unless `caller` is the studio and the production is neither cancelled nor on strike.
    /// @return production Schedule and studio.
    function requireOpen(uint24 productionId, address caller) external view returns (Production memory production);

    /// @notice The same, and whether the scene belongs to the production's breakdown.
    function requireOpenScene(uint24 productionId, address caller, bytes32 sceneHash, bytes32[] calldata proof)
        external
        view
        returns (bool);

    /// @notice Whether `who` may report usage: the studio or one of its reporters.
    function mayReport(uint24 productionId, address who) external view returns (bool);

    /// @notice Whether the union was on strike at this production at the time given (seconds).
    function struckAt(uint24 productionId, uint256 time) external view returns (bool);

    /// @notice Studio, schedule and status.
    function productionOf(uint24 productionId) external view returns (Production memory);

    /// @notice Root of the current breakdown.
    function breakdownOf(uint24 productionId) external view returns (bytes32);

    /// @notice How many productions were registered; numbers run from 1.
    function productionCount() external view returns (uint24);
}
