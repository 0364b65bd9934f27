"""How the project obtains and runs its compiler, its chain and its Python environments.

Everything here needs the standard library only: it runs before any package is installed.
"""
