"""The chain: contracts' interfaces, deployments, the RPC client, decoding."""
