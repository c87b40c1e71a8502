"""The edge to Microsoft Graph: who people are, and one idempotent call for each meeting."""
