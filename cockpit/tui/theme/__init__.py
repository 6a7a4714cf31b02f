"""Themes: TOML files turned into Textual's and Rich's colours."""
