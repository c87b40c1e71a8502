"""Invitations as calendar files, one for each meeting: any calendar program opens them."""

from importer.invitations.folder import Saved, save_invitations

__all__ = ["Saved", "save_invitations"]
