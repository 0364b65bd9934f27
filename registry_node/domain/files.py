"""The rules for files that a user names, to be written or read."""

from __future__ import annotations

from pathlib import Path

from registry_node.domain.errors import InvalidInput


def check_new(file: Path, *, force: bool, if_folder: str = "Name a file in it.") -> None:
    """Raises `InvalidInput` for a file that is there, unless `force` replaces it, for a folder,
    and for a place in a folder that is not there: a mistyped one is not made."""
    if file.is_dir():
        raise InvalidInput(f"{file} is a folder.", if_folder)
    check_folder(file.parent)
    if file.exists() and not force:
        raise InvalidInput(f"{file} exists.", "Name another file, or give --force to replace it.")


def unreadable(file: Path, error: OSError) -> InvalidInput:
    """The error for a file that a user names to be read, and that cannot be."""
    if isinstance(error, FileNotFoundError):
        return InvalidInput(f"There is no file {file}.", "Check its name and folder.")
    return InvalidInput(f"{file} cannot be read: {error.strerror}.", "Name a file that can be.")


def check_folder(folder: Path) -> None:
    """Raises `InvalidInput` when there is no such folder."""
    if not folder.is_dir():
        raise InvalidInput(f"There is no folder {folder}.", "Make it, or name another place.")
