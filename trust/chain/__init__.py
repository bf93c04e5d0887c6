"""The chain: node, artifacts, deployments, events and reverts."""
