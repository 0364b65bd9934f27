"""Set-up, deployment, demonstration and benchmarks."""
