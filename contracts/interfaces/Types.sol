// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What kind of recording a record holds. A set of modalities is a bit mask: bit n is modality n.
enum Modality {
    FACE,
    BODY,
    VOICE,
    MOTION,
    PERFORMANCE,
    SCRIPT
}

/// @dev Number of modalities, and the mask with all of them.
uint256 constant MODALITIES = 6;
uint8 constant ALL_MODALITIES = 0x3f;

/// @dev The mask of SCRIPT alone: use of it is script work, which needs a writers' room.
uint8 constant SCRIPT_MODALITY = 0x20;

/// @notice PASSIVE: touch-up or background placement. ACTIVE: new actions or lines that were never recorded.
enum AssetClass {
    PASSIVE,
    ACTIVE
}

/// @notice How the replica came to be; prices the day of digital performance and picks the benefits rate.
enum ReplicaType {
    EMPLOYMENT_BASED,
    INDEPENDENT,
    BACKGROUND
}

/// @notice What a use did. Only the first two are open to a PASSIVE grant.
enum UseKind {
    TOUCH_UP,
    PLACEMENT,
    NEW_ACTION,
    NEW_LINE
}

/// @notice Who advised the member on this consent (California Labor Code 927 asks for one of them).
enum Representation {
    UNION,
    COUNSEL
}

/// @notice What a charge to a production account paid for.
enum Charge {
    LICENCE_FEE,
    TRAINING_FEE,
    EXTENSION_FEE,
    SCENE_FEE,
    ITERATION_FEE,
    PREMIUM,
    OTHER
}

/// @notice The number of the one licence a production can hold of a member: production in the high, member in the low
/// 24 bits.
function licenceIdOf(uint24 productionId, uint24 memberId) pure returns (uint256) {
    return (uint256(productionId) << 24) | memberId;
}

/// @notice The production and member of a licence number.
function licenceParts(uint256 licenceId) pure returns (uint24 productionId, uint24 memberId) {
    // A number above 48 bits never names a licence; truncation is caught by the licence not existing.
    // forge-lint: disable-next-line(unsafe-typecast)
    return (uint24(licenceId >> 24), uint24(licenceId));
}
